-- A clinic whose diary and charts are in its own EMR: which one, how it is reached, and what we know of it.

ALTER TABLE organizations
    ADD emr text CHECK (emr IN ('oscar', 'fhir')),
    ADD CONSTRAINT emr_books_at_once CHECK (emr IS NULL OR booking_mode = 'autonomous');
COMMENT ON COLUMN organizations.emr IS 'Where the clinic''s diary and charts are; null: here.';

CREATE TABLE emr_connections (
    org_id uuid PRIMARY KEY REFERENCES organizations (id),
    server jsonb NOT NULL,
    version integer NOT NULL DEFAULT 1,
    connected_at timestamptz NOT NULL DEFAULT now(),
    failures integer NOT NULL DEFAULT 0,
    retry_at timestamptz,
    due_at timestamptz NOT NULL DEFAULT now(),
    syncing_until timestamptz,
    synced_at timestamptz,
    sync_failure text,
    sync_failures integer NOT NULL DEFAULT 0,
    charts_position text,
    charts_read_at timestamptz
);
COMMENT ON TABLE emr_connections IS 'How a clinic''s EMR is reached; what is secret of it is in Secrets Manager.';
COMMENT ON COLUMN emr_connections.server IS 'As `emr.oscar_server` and `emr.fhir_server` have it, but for secrets.';
COMMENT ON COLUMN emr_connections.version IS 'Goes up with each change of that or of the secret.';
COMMENT ON COLUMN emr_connections.failures IS 'Of the breaker: requests in a row that no answer came of.';
COMMENT ON COLUMN emr_connections.retry_at IS 'Of the breaker: it is open, and from then on one request may try; null: closed.';
COMMENT ON COLUMN emr_connections.due_at IS 'When its diary is read next; after failures later.';
COMMENT ON COLUMN emr_connections.syncing_until IS 'Until when one function alone reads it; then that one is taken for dead.';
COMMENT ON COLUMN emr_connections.synced_at IS 'When the last reading that came to its end began.';
COMMENT ON COLUMN emr_connections.sync_failure IS 'Of the last reading, by the name of an error.';
COMMENT ON COLUMN emr_connections.charts_position IS 'Where reading everybody''s telephone numbers goes on; null: at the beginning.';
COMMENT ON COLUMN emr_connections.charts_read_at IS 'When the last reading of them all began that came to its end.';
CREATE INDEX emr_connections_due ON emr_connections (due_at);

CREATE TABLE emr_providers (
    org_id uuid NOT NULL REFERENCES emr_connections (org_id) ON DELETE CASCADE,
    emr_id text NOT NULL,
    provider_id bigint NOT NULL,
    visits_read_at timestamptz,
    near_read_at timestamptz,
    openings_read_at timestamptz,
    openings_from date,
    PRIMARY KEY (org_id, emr_id),
    UNIQUE (org_id, provider_id),
    FOREIGN KEY (org_id, provider_id) REFERENCES providers (org_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE emr_providers IS 'Who sees patients, by their id there.';
COMMENT ON COLUMN emr_providers.visits_read_at IS 'When the last reading of their visits began, from today to the horizon.';
COMMENT ON COLUMN emr_providers.near_read_at IS 'Likewise of a reading that told at least of this week''s.';
COMMENT ON COLUMN emr_providers.openings_read_at IS 'Likewise of the time that may be booked; when the last one that came to its end began.';
COMMENT ON COLUMN emr_providers.openings_from IS 'The day on which that reading goes on; null: none is under way.';

CREATE TABLE emr_openings (
    org_id uuid NOT NULL,
    provider_id bigint NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    code text NOT NULL,
    PRIMARY KEY (org_id, provider_id, starts_at, code),
    FOREIGN KEY (org_id, provider_id) REFERENCES emr_providers (org_id, provider_id) ON DELETE CASCADE,
    -- What lets a reader bound its search on both sides, as in `appointments`.
    CHECK (starts_at < ends_at AND ends_at - starts_at <= interval '1 day')
);
COMMENT ON TABLE emr_openings IS 'Time that may be booked, by the EMR''s own templates; what is booked in it isn''t taken out.';
CREATE INDEX emr_openings_in_time ON emr_openings (org_id, provider_id, ends_at);

CREATE TABLE emr_types (
    org_id uuid NOT NULL REFERENCES emr_connections (org_id) ON DELETE CASCADE,
    type_id bigint NOT NULL,
    codes text[] NOT NULL DEFAULT '{}',
    name text NOT NULL DEFAULT '',
    PRIMARY KEY (org_id, type_id),
    FOREIGN KEY (org_id, type_id) REFERENCES appointment_types (org_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE emr_types IS 'Where a kind of visit differs: only in time of these codes, or by another name there. No row: any time, its own name.';

CREATE TABLE emr_visits (
    org_id uuid NOT NULL REFERENCES emr_connections (org_id) ON DELETE CASCADE,
    id bigint GENERATED ALWAYS AS IDENTITY,
    provider_id bigint NOT NULL,
    emr_id text,
    marker text,
    patient_emr_id text,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL CHECK (starts_at < ends_at),
    status text NOT NULL CHECK (status IN ('pending', 'booked', 'arrived', 'fulfilled', 'cancelled', 'noshow')),
    version text,
    type_name text NOT NULL DEFAULT '',
    appointment_id bigint,
    asked_at timestamptz,
    PRIMARY KEY (org_id, id),
    UNIQUE (org_id, emr_id),
    UNIQUE (org_id, marker),
    UNIQUE (org_id, appointment_id),
    FOREIGN KEY (org_id, provider_id) REFERENCES emr_providers (org_id, provider_id) ON DELETE CASCADE,
    CHECK (emr_id IS NOT NULL OR marker IS NOT NULL AND appointment_id IS NOT NULL)
);
COMMENT ON TABLE emr_visits IS 'What is in the EMR''s diary from today on, everybody''s; of our own also before it is there.';
COMMENT ON COLUMN emr_visits.emr_id IS 'Null: the EMR was asked for it, and nobody knows whether it stands.';
COMMENT ON COLUMN emr_visits.marker IS 'What we wrote, or write, on it; null: it isn''t ours.';
COMMENT ON COLUMN emr_visits.patient_emr_id IS 'Null: time that is blocked.';
COMMENT ON COLUMN emr_visits.appointment_id IS 'Its row in `appointments`: of all of ours, and of patients whom we know.';
COMMENT ON COLUMN emr_visits.status IS 'Of one that isn''t there any more: cancelled.';
COMMENT ON COLUMN emr_visits.type_name IS 'What kind of visit it is, in the EMR''s words; empty: it doesn''t say.';
COMMENT ON COLUMN emr_visits.asked_at IS
    'When the EMR was asked to write it, or the reading began that changed it here: what one that began before has read of it counts for nothing.';
CREATE INDEX emr_visits_in_time ON emr_visits (org_id, provider_id, ends_at);
CREATE INDEX emr_visits_of_a_patient ON emr_visits (org_id, patient_emr_id);

CREATE TABLE emr_patients (
    org_id uuid NOT NULL REFERENCES emr_connections (org_id) ON DELETE CASCADE,
    patient_id bigint NOT NULL,
    emr_id text,
    read_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (org_id, patient_id),
    UNIQUE (org_id, emr_id),
    FOREIGN KEY (org_id, patient_id) REFERENCES patients (org_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE emr_patients IS 'Whose chart a patient is; only of those somebody looked for.';
COMMENT ON COLUMN emr_patients.emr_id IS 'Null: the EMR was asked to register them, and nobody knows yet.';

CREATE TABLE emr_phones (
    org_id uuid NOT NULL REFERENCES emr_connections (org_id) ON DELETE CASCADE,
    phone text NOT NULL,
    emr_id text NOT NULL,
    read_at timestamptz NOT NULL,
    PRIMARY KEY (org_id, phone, emr_id)
);
COMMENT ON TABLE emr_phones IS 'Whose chart has a telephone number, E.164, of all charts: read at night, for a search there takes seconds.';
COMMENT ON COLUMN emr_phones.read_at IS 'By which reading; what the next whole one doesn''t find is gone.';
CREATE INDEX ON emr_phones (org_id, emr_id);

ALTER TABLE notifications DROP CONSTRAINT notifications_kind_check;
ALTER TABLE notifications ADD CONSTRAINT notifications_kind_check CHECK (kind IN (
    'booked', 'moved', 'cancelled', 'waitlisted', 'transfer_missed', 'promise_broken', 'sync_degraded',
    'approval_wanted', 'emergency', 'call_lost', 'calendar_disconnected', 'calendar_conflict', 'calendar_edited',
    'emr_disconnected', 'emr_unsure'));
