-- How a call is answered before anybody has spoken: by which squad, whom not at all, and what is copied of it
-- for when this database can't be asked.

ALTER TABLE organizations
    ADD after_hours text NOT NULL DEFAULT 'agent' CHECK (after_hours IN ('agent', 'message'));
COMMENT ON COLUMN organizations.after_hours IS
    'Who answers outside hours: the agent, which knows the hours, or a message that says them.';

CREATE TABLE vapi_squads (
    name text PRIMARY KEY CHECK (name <> ''),
    vapi_id text NOT NULL CHECK (vapi_id <> ''),
    seen_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE vapi_squads IS 'The squads that clinics share, and their ids at Vapi, where a push makes them.';

CREATE TABLE blocked_callers (
    org_id uuid NOT NULL REFERENCES organizations (id),
    number text NOT NULL CHECK (number ~ '^\+[1-9][0-9]{6,14}$'),
    blocked_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (org_id, number)
);
COMMENT ON TABLE blocked_callers IS 'Who is told by a sentence that nobody takes the call.';

CREATE TABLE entry_copies (
    org_id uuid NOT NULL REFERENCES organizations (id),
    e164 text NOT NULL,
    PRIMARY KEY (org_id, e164)
);
COMMENT ON TABLE entry_copies IS
    'Of which numbers a copy was written of what their calls are answered by, so that one which is given back loses it.';
