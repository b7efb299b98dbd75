-- What the clinic reads of its notices, in its inbox and by mail; what a caller who agreed reads on their telephone.

ALTER TABLE organizations
    ADD digest_email text CHECK (digest_email <> ''),
    ADD digest_hour smallint NOT NULL DEFAULT 7 CHECK (digest_hour BETWEEN 0 AND 23),
    ADD texts_enabled boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN organizations.digest_email IS 'Who is mailed each day what nobody has read; null: nobody.';
COMMENT ON COLUMN organizations.digest_hour IS 'From when on, by the clinic''s clock.';
COMMENT ON COLUMN organizations.texts_enabled IS 'Whether callers are asked if they would like the time as a text message.';

-- By id alone, a page of one clinic's would be looked for among everybody's.
DROP INDEX notifications_unread, notifications_org_id_id_idx;
ALTER TABLE notifications
    DROP CONSTRAINT notifications_pkey,
    DROP CONSTRAINT notifications_org_id_id_key,
    ADD PRIMARY KEY (org_id, id);
CREATE INDEX notifications_unread ON notifications (org_id, id DESC) WHERE read_at IS NULL;
CREATE INDEX notifications_degraded ON notifications (org_id, of, at) WHERE kind = 'sync_degraded';

CREATE TABLE digests (
    org_id uuid NOT NULL REFERENCES organizations (id),
    day date NOT NULL,
    began_at timestamptz NOT NULL DEFAULT now(),
    status text NOT NULL DEFAULT 'sending' CHECK (status IN ('nothing', 'sending', 'sent', 'failed')),
    message_id text,
    failure text,
    PRIMARY KEY (org_id, day)
);
COMMENT ON TABLE digests IS
    'A clinic''s mail of a day, written down before it is sent: one whose answer was lost stays `sending`, and is not sent again.';

CREATE TABLE text_messages (
    id bigint GENERATED ALWAYS AS IDENTITY (START WITH 1000),
    org_id uuid NOT NULL,
    call_id text NOT NULL,
    patient_id bigint NOT NULL,
    appointment_id bigint NOT NULL,
    language text NOT NULL CHECK (language IN ('en', 'zh')),
    agreed_at timestamptz NOT NULL DEFAULT now(),
    visit_start timestamptz NOT NULL,
    visit_status text NOT NULL,
    status text NOT NULL DEFAULT 'waiting'
        CHECK (status IN ('waiting', 'sending', 'sent', 'opted_out', 'failed', 'dropped')),
    tried_at timestamptz,
    message_id text,
    failure text,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, call_id) REFERENCES calls (org_id, id) ON DELETE CASCADE,
    FOREIGN KEY (org_id, patient_id) REFERENCES patients (org_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE text_messages IS
    'What a caller agreed to be texted. Neither number nor words are kept: both are made of the rows at sending.';
COMMENT ON COLUMN text_messages.visit_start IS 'What it says, or last said it would.';
COMMENT ON COLUMN text_messages.status IS
    '`sending`: asked for, and nobody wrote down the answer; not asked for again. `dropped`: nothing to say any more, or nobody to say it to.';
CREATE INDEX ON text_messages (org_id, appointment_id, id);
CREATE INDEX text_messages_waiting ON text_messages (org_id, id) WHERE status = 'waiting';
