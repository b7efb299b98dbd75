-- A clinic's agents, and the tools that all of them share. Tools are the platform's: each is registered once
-- at Vapi, for everybody, so their tables belong to no clinic.

CREATE TABLE agents (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organizations (id),
    name text NOT NULL CHECK (name <> '' AND length(name) <= 40),
    template text NOT NULL CHECK (template IN ('squad', 'assistant')),
    languages text[] NOT NULL CHECK (cardinality(languages) > 0 AND languages <@ '{en,zh}'),
    voice text NOT NULL,
    greeting text NOT NULL DEFAULT '',
    greeting_zh text NOT NULL DEFAULT '',
    instructions text NOT NULL DEFAULT '',
    transfer_reasons text[],
    model text NOT NULL,
    temperature numeric(2, 1) NOT NULL CHECK (temperature BETWEEN 0 AND 1),
    version integer NOT NULL DEFAULT 1 CHECK (version > 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    -- What became of it at Vapi.
    vapi_assistant_id text UNIQUE,
    creating_since timestamptz,
    synced_version integer NOT NULL DEFAULT 0,
    synced_tools text NOT NULL DEFAULT '',
    synced_at timestamptz,
    sync_error text,
    leased_by uuid,
    leased_until timestamptz,
    UNIQUE (org_id, id),
    CHECK (synced_version <= version),
    CHECK (template = 'assistant' OR vapi_assistant_id IS NULL)
);
COMMENT ON COLUMN agents.transfer_reasons IS 'For what this agent hands a call to a person; null: for all reasons there are.';
COMMENT ON COLUMN agents.deleted_at IS 'Goes when its assistant is gone from Vapi.';
COMMENT ON COLUMN agents.creating_since IS 'An assistant was asked for, and the answer is not recorded: look for it before asking again.';
COMMENT ON COLUMN agents.synced_tools IS 'The fingerprint of the tools that it was linked to; another than the platform''s: it is behind.';
CREATE INDEX ON agents (org_id, created_at);

CREATE TABLE tool_definitions (
    tool_name text PRIMARY KEY CHECK (tool_name <> ''),
    definition jsonb NOT NULL
);
COMMENT ON TABLE tool_definitions IS
    'The tools of the release that was deployed last, written by its migrator. Workers of an older one go by it too.';

CREATE TABLE vapi_tools (
    vapi_tool_id text PRIMARY KEY CHECK (vapi_tool_id <> ''),
    tool_name text NOT NULL,
    definition_hash text NOT NULL CHECK (definition_hash ~ '^[0-9a-f]{64}$'),
    registered_at timestamptz NOT NULL DEFAULT now(),
    superseded_at timestamptz,
    unlinked_at timestamptz CHECK (unlinked_at IS NULL OR superseded_at IS NOT NULL)
);
COMMENT ON COLUMN vapi_tools.superseded_at IS
    'It has a successor. It stays at Vapi until nothing links it and the calls that began with it are over.';
COMMENT ON COLUMN vapi_tools.unlinked_at IS
    'Since when nothing has been seen to link it: a call that began before may still have it.';
CREATE UNIQUE INDEX one_live_tool_a_name ON vapi_tools (tool_name) WHERE superseded_at IS NULL;

CREATE TABLE org_tools (
    org_id uuid NOT NULL REFERENCES organizations (id),
    tool_name text NOT NULL,
    -- A tool that somebody is linked to can't be forgotten.
    vapi_tool_id text NOT NULL REFERENCES vapi_tools (vapi_tool_id),
    definition_hash text NOT NULL,
    linked_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT once_a_clinic PRIMARY KEY (org_id, tool_name)
);
CREATE INDEX ON org_tools (vapi_tool_id);

CREATE TABLE leases (
    name text PRIMARY KEY,
    holder uuid NOT NULL,
    until timestamptz NOT NULL
);
COMMENT ON TABLE leases IS
    'Who does what only one may do at a time while Vapi is awaited, when no lock may be held. One that ran out is anybody''s.';
