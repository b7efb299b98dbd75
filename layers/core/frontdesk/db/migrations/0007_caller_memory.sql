-- What callers are remembered by: for how long, and who doesn't want to be.

ALTER TABLE organizations
    ADD memory_days integer NOT NULL DEFAULT 365 CHECK (memory_days BETWEEN 0 AND 3650);
COMMENT ON COLUMN organizations.memory_days IS 'How long a caller''s last call is remembered; 0: not at all.';

ALTER TABLE calls ADD forgotten_at timestamptz;
COMMENT ON COLUMN calls.forgotten_at IS 'When it was asked that nothing be remembered of this call.';

CREATE INDEX ON caller_memories (org_id, patient_id, updated_at) WHERE patient_id IS NOT NULL;
CREATE INDEX ON caller_memories (org_id, expires_at);
COMMENT ON COLUMN caller_memories.updated_at IS 'When that call was; the memory of an earlier one does not replace it.';

CREATE TABLE memory_refusals (
    org_id uuid NOT NULL REFERENCES organizations (id),
    caller_number text,
    patient_id bigint,
    refused_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT refused_once UNIQUE NULLS NOT DISTINCT (org_id, caller_number, patient_id),
    CHECK ((caller_number IS NULL) <> (patient_id IS NULL)),
    FOREIGN KEY (org_id, patient_id) REFERENCES patients (org_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE memory_refusals IS
    'Who is not to be remembered: a patient, whatever number they call from, or a number whose callers prove nobody.';
