-- What a call leaves behind: when and how it ended, what was said (redacted), what happened in it, what a
-- caller is remembered by, and what the clinic is told.

ALTER TABLE calls
    ADD ended_at timestamptz,
    ADD ended_reason text,
    ADD duration_s integer CHECK (duration_s >= 0),
    ADD cost_usd numeric(12, 6),
    ADD summary text,
    ADD structured jsonb,
    ADD recording_url text,
    ADD recording_object text,
    ADD reported_at timestamptz,
    ADD checked_at timestamptz,
    ADD flags text[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN calls.duration_s IS 'Computed from start and end; the report has none.';
COMMENT ON COLUMN calls.summary IS 'Redacted.';
COMMENT ON COLUMN calls.recording_url IS 'As Vapi gave it. Only a link: the sound is the clinic''s own when `recording_object` says where in S3.';
COMMENT ON COLUMN calls.reported_at IS 'When its end-of-call-report was settled; null: none came (yet).';
COMMENT ON COLUMN calls.checked_at IS 'When what was said was compared with what the rows say; a tool call after that is compared again.';
COMMENT ON COLUMN calls.flags IS 'What somebody should look at, such as `promise_broken`, `emergency`, `not_told`, `no_report`.';
CREATE INDEX calls_by_start ON calls (org_id, started_at DESC, id);
CREATE INDEX calls_running ON calls (last_tool_at) WHERE ended_at IS NULL;

CREATE TABLE call_messages (
    org_id uuid NOT NULL,
    call_id text NOT NULL,
    type text NOT NULL,
    content_hash bytea NOT NULL,
    taken_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (org_id, call_id, type, content_hash),
    FOREIGN KEY (org_id, call_id) REFERENCES calls (org_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE call_messages IS 'What has been done with: written in the transaction that does it, so a message twice is done once.';

CREATE TABLE transcripts (
    org_id uuid NOT NULL,
    call_id text NOT NULL,
    place integer NOT NULL CHECK (place >= 0),
    role text NOT NULL CHECK (role IN ('assistant', 'caller')),
    assistant text,
    said_at timestamptz NOT NULL,
    text text NOT NULL,
    PRIMARY KEY (org_id, call_id, place),
    FOREIGN KEY (org_id, call_id) REFERENCES calls (org_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE transcripts IS 'Turn by turn, redacted before it was stored. `assistant` is the squad''s member who spoke.';

CREATE TABLE call_originals (
    org_id uuid NOT NULL,
    call_id text NOT NULL,
    object_name text NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (org_id, call_id),
    FOREIGN KEY (org_id, call_id) REFERENCES calls (org_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE call_originals IS 'Where the unredacted transcript lies, under a key of its own, when the clinic keeps it.';

CREATE TABLE call_events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id uuid NOT NULL,
    call_id text NOT NULL,
    at timestamptz NOT NULL,
    kind text NOT NULL CHECK (kind <> ''),
    detail jsonb NOT NULL DEFAULT '{}',
    FOREIGN KEY (org_id, call_id) REFERENCES calls (org_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE call_events IS
    'What happened beside speech and tools: `answered`, `handoff`, `status`, `language`, `hang`, `emergency`. Names of assistants and ids only.';
CREATE INDEX ON call_events (org_id, call_id, at);

CREATE TABLE caller_memories (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organizations (id),
    caller_number text NOT NULL CHECK (caller_number ~ '^\+[1-9][0-9]{6,14}$'),
    patient_id bigint,
    language text NOT NULL CHECK (language IN ('en', 'zh')),
    provider_id bigint,
    outcome text,
    promise text,
    preferences jsonb NOT NULL DEFAULT '{}',
    call_id text,
    updated_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    CONSTRAINT once_a_person_and_number UNIQUE NULLS NOT DISTINCT (org_id, caller_number, patient_id),
    FOREIGN KEY (org_id, patient_id) REFERENCES patients (org_id, id) ON DELETE CASCADE,
    FOREIGN KEY (org_id, provider_id) REFERENCES providers (org_id, id)
);
COMMENT ON TABLE caller_memories IS
    'What the desk remembers of earlier calls: choices and ids, nothing clinical. Without a patient: of a number whose caller proved nobody.';

CREATE TABLE notifications (
    id bigint GENERATED ALWAYS AS IDENTITY (START WITH 1000) PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organizations (id),
    kind text NOT NULL CHECK (kind IN (
        'booked', 'moved', 'cancelled', 'waitlisted', 'transfer_missed', 'promise_broken', 'sync_degraded',
        'approval_wanted', 'emergency', 'call_lost')),
    at timestamptz NOT NULL DEFAULT now(),
    call_id text,
    patient_id bigint,
    appointment_id bigint,
    of text NOT NULL DEFAULT '',
    read_at timestamptz,
    read_by text,
    UNIQUE (org_id, id)
);
COMMENT ON TABLE notifications IS 'What the clinic''s people are told, by ids; `of` names anything else, such as an agent.';
CREATE INDEX ON notifications (org_id, id DESC);
CREATE INDEX notifications_unread ON notifications (org_id) WHERE read_at IS NULL;
CREATE UNIQUE INDEX notified_once ON notifications
    (org_id, kind, coalesce(call_id, ''), coalesce(appointment_id, 0), of) WHERE call_id IS NOT NULL;
