-- Who works at a clinic. A person belongs to one clinic: the key is the issuer's `sub` alone, so a sign-up
-- that is told twice finds itself, and a token's clinic is never a choice.

CREATE TABLE members (
    user_id text PRIMARY KEY CHECK (user_id <> ''),
    org_id uuid NOT NULL REFERENCES organizations (id),
    email text NOT NULL DEFAULT '',
    role text NOT NULL CHECK (role IN ('owner', 'admin', 'viewer')),
    created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN members.user_id IS 'The `sub` of their tokens.';
CREATE INDEX ON members (org_id);

CREATE TABLE invitations (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    org_id uuid NOT NULL REFERENCES organizations (id),
    email text NOT NULL CHECK (email ~ '^[^@\s]+@[^@\s]+$' AND email = lower(email)),
    role text NOT NULL CHECK (role IN ('owner', 'admin', 'viewer')),
    invited_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL DEFAULT now() + interval '14 days',
    CONSTRAINT one_invitation_an_address UNIQUE (org_id, email)
);
CREATE INDEX ON invitations (email);
COMMENT ON TABLE invitations IS 'Taken, and removed, when somebody whose address is proven signs in.';

-- A clinic that has just signed up has no number, and perhaps no address yet.
ALTER TABLE organizations ALTER COLUMN phone_number DROP NOT NULL;
