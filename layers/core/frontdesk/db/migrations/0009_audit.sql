-- The audit log by months, with who and from where; its seals; the legal hold; what is to be deleted elsewhere.

ALTER TABLE organizations ADD legal_hold boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN organizations.legal_hold IS 'While it is true nothing of the clinic is deleted by age, and nobody is erased.';

ALTER TABLE patients ADD erased_at timestamptz;
COMMENT ON COLUMN patients.erased_at IS 'Since when nothing but the id is kept: what stands in the row says nothing.';

CREATE INDEX ON calls (org_id, proven_patient_id) WHERE proven_patient_id IS NOT NULL;
CREATE INDEX ON patients (org_id, created_at) WHERE capped_as IS NOT NULL;
CREATE INDEX ON appointments (org_id, created_at) WHERE capped_as IS NOT NULL;

-- The owner, too, stands before its walls: without this it would find no row to move.
ALTER TABLE audit_log NO FORCE ROW LEVEL SECURITY;
ALTER TABLE audit_log RENAME TO audit_log_before;
ALTER TABLE audit_log_before DROP CONSTRAINT audit_log_pkey;
ALTER SEQUENCE audit_log_id_seq RENAME TO audit_log_before_id_seq;
DROP INDEX audit_log_org_id_at_idx;

CREATE TABLE audit_log (
    id bigint GENERATED ALWAYS AS IDENTITY,
    org_id uuid NOT NULL REFERENCES organizations (id),
    at timestamptz NOT NULL DEFAULT now(),
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    actor_kind text NOT NULL DEFAULT CASE
        WHEN coalesce(nullif(current_setting('request.jwt.claims', true), ''), '{}')::jsonb ? 'sub' THEN 'member'
        WHEN coalesce(current_setting('frontdesk.call_id', true), '') <> '' THEN 'call'
        ELSE 'system'
    END CHECK (actor_kind IN ('member', 'call', 'system')),
    actor text NOT NULL DEFAULT coalesce(
        coalesce(nullif(current_setting('request.jwt.claims', true), ''), '{}')::jsonb ->> 'sub',
        nullif(current_setting('frontdesk.call_id', true), ''),
        nullif(current_setting('frontdesk.actor', true), ''),
        current_user),
    source text NOT NULL DEFAULT coalesce(nullif(current_setting('frontdesk.source', true), ''), 'database'),
    call_id text,
    action text NOT NULL,
    outcome text NOT NULL,
    patient_id bigint,
    patient_ids bigint[],
    appointment_id bigint,
    change jsonb,
    PRIMARY KEY (org_id, at, id)
) PARTITION BY RANGE (at);
COMMENT ON TABLE audit_log IS
    'Who did what, whom of the patients it was about, when and from where, by ids. Append-only: the application may insert and read, nothing else, and what stands in `at`, `xid`, `actor_kind`, `actor` and `source` is not its choice.';
COMMENT ON COLUMN audit_log.xid IS 'The transaction that wrote it: by it the sealer knows that nothing more can come.';
COMMENT ON COLUMN audit_log.actor IS 'The `sub` of a member, the id of a call, or the name of one of our functions.';
COMMENT ON COLUMN audit_log.source IS 'An internet address, `phone`, `web`, `schedule`, `system`, `cli`, or `database` for none of ours.';
COMMENT ON COLUMN audit_log.patient_ids IS 'Of an answer that names several: all of them.';
COMMENT ON COLUMN audit_log.change IS 'Of an appointment: status, provider and time, before and after. Ids and times only.';
CREATE INDEX ON audit_log (org_id, xid);
CREATE INDEX ON audit_log (org_id, patient_id, at) WHERE patient_id IS NOT NULL;

-- Months are made ahead (60_archive.sql); should that ever fail for long, a row still finds its place here.
CREATE TABLE audit_log_rest PARTITION OF audit_log DEFAULT;

DO $$
DECLARE
    month timestamptz := date_trunc('month', coalesce((SELECT min(at) FROM audit_log_before), now()), 'UTC');
BEGIN
    WHILE month <= now() LOOP
        EXECUTE format('CREATE TABLE %I PARTITION OF audit_log FOR VALUES FROM (%L) TO (%L)',
            'audit_log_' || to_char(month AT TIME ZONE 'UTC', 'YYYY_MM'),
            month, date_add(month, '1 month', 'UTC'));
        month := date_add(month, '1 month', 'UTC');
    END LOOP;
END
$$;

-- Of before, what is known: a member's entry has their id in `change`, a call's the call.
INSERT INTO audit_log (id, org_id, at, actor_kind, actor, source, call_id, action, outcome, patient_id,
    appointment_id, change)
OVERRIDING SYSTEM VALUE
SELECT id, org_id, at,
    CASE WHEN change ? 'member' THEN 'member' WHEN call_id IS NOT NULL THEN 'call' ELSE 'system' END,
    coalesce(change ->> 'member', call_id, 'unknown'), 'unknown', call_id, action, outcome, patient_id,
    appointment_id, change
FROM audit_log_before
ORDER BY id;
SELECT setval(pg_get_serial_sequence('audit_log', 'id'), coalesce((SELECT max(id) FROM audit_log_before), 0) + 1, false);
DROP TABLE audit_log_before;

CREATE TABLE audit_seals (
    org_id uuid NOT NULL REFERENCES organizations (id),
    batch integer NOT NULL CHECK (batch > 0),
    from_xid xid8 NOT NULL,
    to_xid xid8 NOT NULL CHECK (to_xid >= from_xid),
    n_rows integer NOT NULL CHECK (n_rows >= 0),
    entries bytea NOT NULL,
    dropped_before timestamptz,
    previous_hash bytea NOT NULL,
    hash bytea NOT NULL,
    sealed_at timestamptz NOT NULL,
    PRIMARY KEY (org_id, batch)
);
-- Digests don't compress.
ALTER TABLE audit_seals ALTER entries SET STORAGE EXTERNAL;
COMMENT ON TABLE audit_seals IS
    'Batches of the audit log, each chained to the one before by its hash: all of a clinic''s rows whose `xid` is from `from_xid` to before `to_xid`.';
COMMENT ON COLUMN audit_seals.entries IS 'Of each row, by id: id and microseconds of `at` (8 bytes each, big-endian), SHA-256 of its canonical form.';
COMMENT ON COLUMN audit_seals.dropped_before IS 'Of a closing seal, which has no rows: older rows than this may be gone, by retention.';

CREATE TABLE deletions (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organizations (id),
    kind text NOT NULL CHECK (kind IN ('vapi_call', 'object')),
    name text NOT NULL CHECK (name <> ''),
    patient_id bigint,
    asked_at timestamptz NOT NULL DEFAULT now(),
    tries integer NOT NULL DEFAULT 0,
    failure text,
    done_at timestamptz,
    CONSTRAINT deleted_once UNIQUE (org_id, kind, name)
);
COMMENT ON TABLE deletions IS
    'What lies elsewhere and is to go: a call at Vapi, an object in S3. Written in the transaction that lets go of it here.';
COMMENT ON COLUMN deletions.patient_id IS 'Whose erasure asked for it; null: retention did.';
CREATE INDEX deletions_to_do ON deletions (org_id, id) WHERE done_at IS NULL;
