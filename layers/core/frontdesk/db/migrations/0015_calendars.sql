-- Calendars outside: whose consent stands behind what, and which of their calendars is whose.

CREATE TABLE calendar_consents (
    org_id uuid NOT NULL REFERENCES organizations (id),
    id uuid NOT NULL,
    vendor text NOT NULL CHECK (vendor IN ('google', 'outlook')),
    member_id text NOT NULL,
    verifier text NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (org_id, id)
);
COMMENT ON TABLE calendar_consents IS 'A member who was sent to a vendor and isn''t back yet; who comes back takes the row along.';
COMMENT ON COLUMN calendar_consents.verifier IS
    'Of PKCE (RFC 7636). Worth nothing without the code, which the vendor gives to the browser alone, once.';

CREATE TABLE calendar_connections (
    id bigint GENERATED ALWAYS AS IDENTITY (START WITH 1000),
    org_id uuid NOT NULL REFERENCES organizations (id),
    vendor text NOT NULL CHECK (vendor IN ('google', 'outlook')),
    account text NOT NULL CHECK (account <> ''),
    connected_by text NOT NULL,
    connected_at timestamptz NOT NULL DEFAULT now(),
    failure text DEFAULT 'unfinished' CHECK (failure IN ('unfinished', 'consent_gone', 'forbidden', 'unreadable')),
    refresh_token bytea[],
    access_token bytea[],
    access_expires_at timestamptz,
    version bigint NOT NULL DEFAULT 0,
    leased_until timestamptz,
    PRIMARY KEY (org_id, id),
    UNIQUE (org_id, vendor, account),
    CHECK ((failure IS NULL) = (refresh_token IS NOT NULL)),
    CHECK ((access_token IS NULL) = (access_expires_at IS NULL))
);
COMMENT ON TABLE calendar_connections IS 'One mailbox whose owner consented. Two clinics may each have one of the same.';
COMMENT ON COLUMN calendar_connections.account IS 'The mailbox, as an address in lower case.';
COMMENT ON COLUMN calendar_connections.failure IS 'Why a person has to connect it again; then there are no tokens.';
COMMENT ON COLUMN calendar_connections.refresh_token IS
    'Encrypted by KMS, in parts of what that takes at once, for this clinic, this row and this use: it opens in no other.';
COMMENT ON COLUMN calendar_connections.version IS 'Goes up with the tokens.';
COMMENT ON COLUMN calendar_connections.leased_until IS 'Until when one function alone refreshes them.';
CREATE INDEX ON calendar_connections (vendor, account);

CREATE TABLE calendars (
    id bigint GENERATED ALWAYS AS IDENTITY (START WITH 1000),
    org_id uuid NOT NULL,
    connection_id bigint NOT NULL,
    vendor_id text NOT NULL,
    name text NOT NULL,
    time_zone text,
    is_primary boolean NOT NULL,
    is_writable boolean NOT NULL,
    owner text,
    lookup text,
    provider_id bigint,
    PRIMARY KEY (org_id, id),
    UNIQUE (org_id, connection_id, vendor_id),
    UNIQUE (org_id, provider_id),
    FOREIGN KEY (org_id, connection_id) REFERENCES calendar_connections (org_id, id) ON DELETE CASCADE,
    FOREIGN KEY (org_id, provider_id) REFERENCES providers (org_id, id)
);
COMMENT ON COLUMN calendars.provider_id IS 'Whose it is; null: nobody''s, so nothing is read there or written.';
COMMENT ON COLUMN calendars.owner IS 'The mailbox it lies in, where the vendor counts requests by it.';
COMMENT ON COLUMN calendars.lookup IS 'What the vendor''s question for busy times is to be given, if anything.';

ALTER TABLE notifications DROP CONSTRAINT notifications_kind_check;
ALTER TABLE notifications ADD CONSTRAINT notifications_kind_check CHECK (kind IN (
    'booked', 'moved', 'cancelled', 'waitlisted', 'transfer_missed', 'promise_broken', 'sync_degraded',
    'approval_wanted', 'emergency', 'call_lost', 'calendar_disconnected'));
