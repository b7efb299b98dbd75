-- Calls that the clinic makes: what for, to whom, when, how often it was tried, and whom it never calls.

ALTER TABLE organizations
    ADD outbound_purposes text[] NOT NULL DEFAULT '{}'
        CHECK (outbound_purposes <@ '{reminder,waitlist_offer,approval_result,recall}'),
    ADD outbound_from time NOT NULL DEFAULT '09:00',
    ADD outbound_to time NOT NULL DEFAULT '20:00',
    ADD outbound_attempts integer NOT NULL DEFAULT 3 CHECK (outbound_attempts BETWEEN 1 AND 6),
    ADD outbound_spacing_min integer NOT NULL DEFAULT 120 CHECK (outbound_spacing_min BETWEEN 15 AND 2880),
    ADD outbound_concurrency integer NOT NULL DEFAULT 1 CHECK (outbound_concurrency BETWEEN 1 AND 10),
    ADD reminder_days integer NOT NULL DEFAULT 1 CHECK (reminder_days BETWEEN 1 AND 14),
    ADD voicemail_is_enough boolean NOT NULL DEFAULT true,
    ADD CONSTRAINT quiet_hours CHECK (outbound_from < outbound_to);
COMMENT ON COLUMN organizations.outbound_purposes IS 'What the clinic calls people for; empty: it calls nobody.';
COMMENT ON COLUMN organizations.outbound_from IS
    'No call begins before, nor at or after `outbound_to`, by the clock of the clinic and of whoever is called.';
COMMENT ON COLUMN organizations.voicemail_is_enough IS 'A message left on a machine is an end; else it is tried again.';

ALTER TABLE patients ADD may_be_called boolean;
COMMENT ON COLUMN patients.may_be_called IS
    'False: never by us. True: they agreed. Null: nobody asked, so only about what they asked for themselves.';

ALTER TABLE appointments
    ADD confirmed_at timestamptz,
    ADD placed_at timestamptz NOT NULL DEFAULT now();
COMMENT ON COLUMN appointments.confirmed_at IS 'When the patient said they will come. A move makes the row anew, and this null.';
COMMENT ON COLUMN appointments.placed_at IS 'When it took the time it has: nobody is reminded of what they arranged a moment ago.';

CREATE TABLE do_not_call (
    org_id uuid NOT NULL REFERENCES organizations (id),
    number text NOT NULL CHECK (number ~ '^\+[1-9][0-9]{6,14}$'),
    since timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (org_id, number)
);
COMMENT ON TABLE do_not_call IS 'Numbers that the clinic never calls by machine, whoever answers there and whatever for.';

CREATE TABLE outbound_calls (
    id bigint GENERATED ALWAYS AS IDENTITY (START WITH 1000) PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organizations (id),
    purpose text NOT NULL CHECK (purpose IN ('reminder', 'waitlist_offer', 'approval_result', 'recall')),
    key text NOT NULL,
    number text NOT NULL CHECK (number ~ '^\+[1-9][0-9]{6,14}$'),
    patient_id bigint,
    appointment_id bigint,
    visit_start timestamptz,
    communication_id bigint,
    status text NOT NULL DEFAULT 'waiting'
        CHECK (status IN ('waiting', 'calling', 'done', 'gave_up', 'cancelled')),
    not_before timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    next_at timestamptz NOT NULL,
    attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    outcome text,
    created_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    UNIQUE (org_id, id),
    CONSTRAINT once_a_thing UNIQUE (org_id, key),
    CHECK (expires_at > not_before),
    CHECK ((status IN ('done', 'gave_up', 'cancelled')) = (ended_at IS NOT NULL)),
    FOREIGN KEY (org_id, patient_id) REFERENCES patients (org_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE outbound_calls IS 'Calls to make. `key` says what one is about, so planning it again makes no other.';
COMMENT ON COLUMN outbound_calls.number IS 'That was, or is to be, called: the patient''s of today, when there is one.';
COMMENT ON COLUMN outbound_calls.visit_start IS 'Of the appointment when this was planned; another one by now: it is about nothing any more.';
CREATE INDEX outbound_to_make ON outbound_calls (org_id, status, next_at) WHERE status IN ('waiting', 'calling');
CREATE INDEX ON outbound_calls (org_id, id DESC);
CREATE UNIQUE INDEX one_call_a_number ON outbound_calls (org_id, number) WHERE status = 'calling';
CREATE UNIQUE INDEX one_call_a_person ON outbound_calls (org_id, patient_id)
    WHERE status = 'calling' AND patient_id IS NOT NULL;

CREATE TABLE outbound_attempts (
    org_id uuid NOT NULL,
    item_id bigint NOT NULL,
    attempt integer NOT NULL CHECK (attempt > 0),
    asked_since timestamptz NOT NULL,
    vapi_call_id text,
    ended_reason text,
    settled_at timestamptz,
    PRIMARY KEY (org_id, item_id, attempt),
    FOREIGN KEY (org_id, item_id) REFERENCES outbound_calls (org_id, id) ON DELETE CASCADE
);
COMMENT ON COLUMN outbound_attempts.asked_since IS
    'Written before Vapi is asked. Without a call''s id beside it nobody knows whether the call is there: look before asking again.';
CREATE INDEX ON outbound_attempts (org_id, asked_since);
CREATE UNIQUE INDEX one_attempt_at_a_time ON outbound_attempts (org_id, item_id) WHERE settled_at IS NULL;
CREATE UNIQUE INDEX one_attempt_a_call ON outbound_attempts (org_id, vapi_call_id) WHERE vapi_call_id IS NOT NULL;
