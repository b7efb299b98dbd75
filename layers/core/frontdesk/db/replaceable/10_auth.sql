-- Who is asking. The same names and shapes as Supabase's, so the policies run there unchanged.

CREATE SCHEMA IF NOT EXISTS auth;

CREATE OR REPLACE FUNCTION auth.jwt() RETURNS jsonb LANGUAGE sql STABLE
    -- After a transaction a custom setting is '', not null.
    RETURN coalesce(nullif(current_setting('request.jwt.claims', true), ''), '{}')::jsonb;

CREATE OR REPLACE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE
    RETURN (auth.jwt() ->> 'sub')::uuid;

CREATE OR REPLACE FUNCTION auth.org_id() RETURNS uuid LANGUAGE sql STABLE
    RETURN (auth.jwt() -> 'app_metadata' ->> 'org_id')::uuid;
