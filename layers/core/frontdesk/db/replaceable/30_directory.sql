-- The questions that come before the clinic is known, or that span clinics. SECURITY DEFINER functions of a
-- role that cannot log in, sees some tables by policies of its own, and answers with ids only. This file
-- lists them all.

CREATE SCHEMA IF NOT EXISTS directory;

CREATE POLICY directory_reads ON phone_numbers FOR SELECT TO frontdesk_directory USING (true);
CREATE POLICY directory_reads ON vapi_entries FOR SELECT TO frontdesk_directory USING (true);
CREATE POLICY directory_reads ON appointments FOR SELECT TO frontdesk_directory USING (status IN ('held', 'pending'));
CREATE POLICY directory_reads ON waitlist_offers FOR SELECT TO frontdesk_directory USING (outcome IS NULL);
CREATE POLICY directory_reads ON text_messages FOR SELECT TO frontdesk_directory USING (status = 'waiting');
CREATE POLICY directory_reads ON organizations FOR SELECT TO frontdesk_directory USING (true);
CREATE POLICY directory_reads ON agents FOR SELECT TO frontdesk_directory USING (true);
CREATE POLICY directory_reads ON org_tools FOR SELECT TO frontdesk_directory USING (true);
CREATE POLICY directory_reads ON members FOR SELECT TO frontdesk_directory USING (true);
CREATE POLICY directory_reads ON calls FOR SELECT TO frontdesk_directory
    USING (true);
CREATE POLICY directory_reads ON document_versions FOR SELECT TO frontdesk_directory
    USING (status NOT IN ('ready', 'failed'));
CREATE POLICY directory_reads ON calendar_connections FOR SELECT TO frontdesk_directory USING (true);
CREATE POLICY directory_reads ON calendars FOR SELECT TO frontdesk_directory USING (true);
CREATE POLICY directory_reads ON calendar_events FOR SELECT TO frontdesk_directory USING (due_since IS NOT NULL);
CREATE POLICY directory_reads ON calendar_channels FOR SELECT TO frontdesk_directory USING (true);
CREATE POLICY directory_reads ON emr_connections FOR SELECT TO frontdesk_directory USING (true);
CREATE POLICY directory_reads ON invitations FOR SELECT TO frontdesk_directory USING (expires_at > now());

-- Dropped first: once handed over they are no longer the owner's to replace, only to drop with the schema.
DROP FUNCTION IF EXISTS directory.organization_of_number(text);
DROP FUNCTION IF EXISTS directory.organization_of_vapi_id(text);
DROP FUNCTION IF EXISTS directory.organizations_to_sweep(timestamptz);
DROP FUNCTION IF EXISTS directory.organizations_with_holidays();
DROP FUNCTION IF EXISTS directory.organizations_with_a_digest();
DROP FUNCTION IF EXISTS directory.organizations_with_texts();
DROP FUNCTION IF EXISTS directory.organization_of_member(text);
DROP FUNCTION IF EXISTS directory.organization_of_invitation(text);
DROP FUNCTION IF EXISTS directory.organizations();
DROP FUNCTION IF EXISTS directory.agents_at_vapi();
DROP FUNCTION IF EXISTS directory.agents_behind(text);
DROP FUNCTION IF EXISTS directory.tools_linked();
DROP FUNCTION IF EXISTS directory.organizations_that_call();
DROP FUNCTION IF EXISTS directory.organizations_with_calls_to_close(timestamptz);
DROP FUNCTION IF EXISTS directory.organization_of_call(text);
DROP FUNCTION IF EXISTS directory.organizations_with_documents_to_resume(timestamptz);
DROP FUNCTION IF EXISTS directory.organizations_of_mailbox(text, text);
DROP FUNCTION IF EXISTS directory.calendar_connections_due();
DROP FUNCTION IF EXISTS directory.connection_of_channel(text, text);
DROP FUNCTION IF EXISTS directory.syncs_of_mailbox(text, text);
DROP FUNCTION IF EXISTS directory.emrs_due();
DROP FUNCTION IF EXISTS directory.figures();

CREATE FUNCTION directory.organization_of_number(called text) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
AS $$ SELECT n.org_id FROM public.phone_numbers n WHERE n.e164 = called $$;

CREATE FUNCTION directory.organization_of_vapi_id(squad_or_assistant text) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
AS $$ SELECT e.org_id FROM public.vapi_entries e WHERE e.vapi_id = squad_or_assistant $$;

CREATE FUNCTION directory.organizations_to_sweep(at timestamptz) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
AS $$
    SELECT a.org_id FROM public.appointments a WHERE a.status = 'held' AND a.held_until <= at
    UNION SELECT a.org_id FROM public.appointments a WHERE a.status = 'pending' AND a.pending_until <= at
    UNION SELECT o.org_id FROM public.waitlist_offers o WHERE o.outcome IS NULL
$$;

CREATE FUNCTION directory.organizations_with_holidays() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
AS $$ SELECT o.id FROM public.organizations o WHERE o.holiday_province IS NOT NULL $$;

CREATE FUNCTION directory.organizations_with_a_digest() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
AS $$ SELECT o.id FROM public.organizations o WHERE o.digest_email IS NOT NULL ORDER BY o.id $$;

CREATE FUNCTION directory.organizations_with_texts() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
AS $$ SELECT DISTINCT t.org_id FROM public.text_messages t WHERE t.status = 'waiting' $$;

CREATE FUNCTION directory.organization_of_member(sub text) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
AS $$ SELECT m.org_id FROM public.members m WHERE m.user_id = sub $$;

-- Of several clinics that invite one address, the first; the others' invitations stay open.
CREATE FUNCTION directory.organization_of_invitation(address text) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
AS $$ SELECT i.org_id FROM public.invitations i WHERE i.email = address ORDER BY i.created_at, i.org_id LIMIT 1 $$;

CREATE FUNCTION directory.organizations() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
AS $$ SELECT o.id FROM public.organizations o ORDER BY o.id $$;

-- Whose assistant is whose.
CREATE FUNCTION directory.agents_at_vapi() RETURNS TABLE (org_id uuid, agent_id uuid, vapi_assistant_id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
AS $$
    SELECT a.org_id, a.id, a.vapi_assistant_id FROM public.agents a
    WHERE a.vapi_assistant_id IS NOT NULL AND a.deleted_at IS NULL
$$;

-- Those that are not, at Vapi, what they were saved as, or are linked to other tools than these.
CREATE FUNCTION directory.agents_behind(tools text) RETURNS TABLE (org_id uuid, agent_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
AS $$
    SELECT a.org_id, a.id FROM public.agents a
    WHERE a.deleted_at IS NOT NULL OR a.synced_version < a.version OR a.synced_tools <> tools
        OR a.sync_error IS NOT NULL
    ORDER BY a.org_id, a.id
$$;

CREATE FUNCTION directory.tools_linked() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
AS $$ SELECT DISTINCT t.vapi_tool_id FROM public.org_tools t $$;

-- Those that have switched on what they call people for.
CREATE FUNCTION directory.organizations_that_call() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
AS $$ SELECT o.id FROM public.organizations o WHERE o.outbound_purposes <> '{}' ORDER BY o.id $$;

-- Vapi's ids are each call's own; if two clinics have one all the same, it is nobody's.
CREATE FUNCTION directory.organization_of_call(call_id text) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
AS $$
    SELECT (array_agg(c.org_id))[1] FROM public.calls c WHERE c.id = call_id HAVING count(*) = 1
$$;

-- Whose calls have been silent since then without an end or without its report, or were asked something after they had been looked over.
CREATE FUNCTION directory.organizations_with_calls_to_close(silent_since timestamptz) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
AS $$
    SELECT c.org_id FROM public.calls c
    WHERE c.reported_at IS NULL AND c.last_tool_at < silent_since
        AND coalesce(c.ended_at, '-infinity') < silent_since AND NOT c.flags @> '{no_report}'
        AND coalesce(c.ended_reason, '') NOT IN ('outside-hours', 'blocked-caller')
    UNION SELECT c.org_id FROM public.calls c WHERE c.last_tool_at > c.checked_at
$$;

-- Whose documents nothing has come of since then, though they are neither ready nor failed.
CREATE FUNCTION directory.organizations_with_documents_to_resume(still_since timestamptz) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
AS $$
    SELECT DISTINCT v.org_id FROM public.document_versions v
    WHERE v.status NOT IN ('ready', 'failed') AND v.changed_at < still_since
$$;

-- Whose connections live by one person's consent: Google ends all of them at once.
CREATE FUNCTION directory.organizations_of_mailbox(of_vendor text, mailbox text) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
AS $$
    SELECT c.org_id FROM public.calendar_connections c WHERE c.vendor = of_vendor AND c.account = mailbox
$$;

-- Which nobody syncs though their time has come, or somebody asks for it, or who did has died over it. Who fails
-- waits for their time whoever asks.
CREATE FUNCTION directory.calendar_connections_due() RETURNS TABLE (org_id uuid, connection_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
AS $$
    SELECT c.org_id, c.id FROM public.calendar_connections c
    WHERE c.failure IS NULL AND coalesce(c.syncing_until < now(), true) AND (
        c.due_at <= now() OR c.syncing_until < now() OR c.sync_failures = 0 AND (c.wanted_at IS NOT NULL OR EXISTS (
            SELECT FROM public.calendar_events e
            JOIN public.calendars k ON k.org_id = e.org_id AND k.id = coalesce(e.calendar_id, e.for_calendar_id)
            WHERE e.org_id = c.org_id AND k.connection_id = c.id AND e.due_since IS NOT NULL
                -- In a calendar that has failed it waits.
                AND (k.failure IS NULL OR e.for_calendar_id IS DISTINCT FROM k.id)
        ))
    )
$$;

-- Who a vendor means; whether it is the vendor, its secret says.
CREATE FUNCTION directory.connection_of_channel(of_vendor text, channel_id text)
RETURNS TABLE (org_id uuid, connection_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
AS $$
    SELECT c.org_id, c.connection_id FROM public.calendar_channels c
    WHERE c.vendor = of_vendor AND c.id = channel_id
$$;

-- Whoever of all clinics is at that mailbox: Microsoft counts them together.
CREATE FUNCTION directory.syncs_of_mailbox(of_vendor text, mailbox text) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
AS $$
    SELECT count(*) FROM public.calendar_connections c
    WHERE c.vendor = of_vendor AND c.account = mailbox AND c.syncing_until > now()
$$;

-- Whose EMR nobody reads though its time has come.
CREATE FUNCTION directory.emrs_due() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
AS $$
    SELECT c.org_id FROM public.emr_connections c
    WHERE coalesce(c.syncing_until < now(), true)
        AND (c.due_at <= now() OR c.syncing_until < now())
$$;

-- How things stand over all clinics, in numbers alone; `measures.Figures` says what each is. A breaker that is
-- opened for the ninth time in a row has been open for about a quarter of an hour.
CREATE FUNCTION directory.figures() RETURNS TABLE (
    calls_now bigint, calendars_connected bigint, calendars_stale bigint, calendar_age_s bigint,
    calendar_outbox_age_s bigint, breakers_open bigint, breakers_open_long bigint, emrs_stale bigint,
    agents_behind bigint
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
AS $$
    SELECT
        (
            SELECT count(*) FROM public.calls c
            WHERE c.reported_at IS NULL AND c.ended_at IS NULL AND c.last_tool_at > now() - interval '45 minutes'
                AND NOT c.flags @> '{no_report}'
        ),
        k.connected, k.stale, k.age_s,
        (
            SELECT coalesce(extract(epoch FROM now() - min(e.due_since)), 0)::bigint
            FROM public.calendar_events e WHERE e.due_since IS NOT NULL
        ),
        m.open, m.open_long, m.stale,
        (
            SELECT count(*) FROM public.agents a
            WHERE (a.deleted_at IS NOT NULL OR a.synced_version < a.version)
                AND a.updated_at < now() - interval '15 minutes'
        )
    FROM (
        SELECT count(*) AS connected, count(*) FILTER (WHERE c.synced_at < now() - interval '30 minutes') AS stale,
            coalesce(extract(epoch FROM now() - min(c.synced_at)), 0)::bigint AS age_s
        FROM public.calendar_connections c WHERE c.failure IS NULL
    ) k, (
        SELECT count(*) FILTER (WHERE c.retry_at IS NOT NULL) AS open,
            count(*) FILTER (WHERE c.retry_at IS NOT NULL AND c.failures >= 9) AS open_long,
            count(*) FILTER (WHERE coalesce(c.synced_at, c.connected_at) < now() - interval '30 minutes') AS stale
        FROM public.emr_connections c
    ) m
$$;

GRANT USAGE, CREATE ON SCHEMA directory TO frontdesk_directory;
GRANT USAGE ON SCHEMA public TO frontdesk_directory;
GRANT SELECT (e164, org_id) ON phone_numbers TO frontdesk_directory;
GRANT SELECT (vapi_id, org_id) ON vapi_entries TO frontdesk_directory;
GRANT SELECT (id, holiday_province, digest_email, outbound_purposes) ON organizations TO frontdesk_directory;
GRANT SELECT (org_id, id, vapi_assistant_id, deleted_at, version, synced_version, synced_tools, sync_error,
    updated_at)
    ON agents
    TO frontdesk_directory;
GRANT SELECT (vapi_tool_id) ON org_tools TO frontdesk_directory;
GRANT SELECT (org_id, status) ON text_messages TO frontdesk_directory;
GRANT SELECT (org_id, outcome) ON waitlist_offers TO frontdesk_directory;
GRANT SELECT (org_id, status, held_until, pending_until) ON appointments TO frontdesk_directory;
GRANT SELECT (org_id, id, ended_at, ended_reason, reported_at, flags, last_tool_at, checked_at)
    ON calls
    TO frontdesk_directory;
GRANT SELECT (org_id, status, changed_at) ON document_versions TO frontdesk_directory;
GRANT SELECT (org_id, id, vendor, account, failure, due_at, wanted_at, syncing_until, sync_failures,
    synced_at)
    ON calendar_connections
    TO frontdesk_directory;
GRANT SELECT (org_id, id, connection_id, failure) ON calendars TO frontdesk_directory;
GRANT SELECT (org_id, calendar_id, for_calendar_id, due_since) ON calendar_events TO frontdesk_directory;
GRANT SELECT (org_id, vendor, id, connection_id) ON calendar_channels TO frontdesk_directory;
GRANT SELECT (org_id, due_at, syncing_until, failures, retry_at, synced_at, connected_at)
    ON emr_connections TO frontdesk_directory;
GRANT SELECT (user_id, org_id) ON members TO frontdesk_directory;
GRANT SELECT (email, org_id, created_at, expires_at) ON invitations TO frontdesk_directory;
-- The policies above name this role, and evaluating the common one asks for the claims.
GRANT USAGE ON SCHEMA auth TO frontdesk_directory;
ALTER FUNCTION directory.organization_of_number(text) OWNER TO frontdesk_directory;
ALTER FUNCTION directory.organization_of_vapi_id(text) OWNER TO frontdesk_directory;
ALTER FUNCTION directory.organizations_to_sweep(timestamptz) OWNER TO frontdesk_directory;
ALTER FUNCTION directory.organizations_with_holidays() OWNER TO frontdesk_directory;
ALTER FUNCTION directory.organizations_with_a_digest() OWNER TO frontdesk_directory;
ALTER FUNCTION directory.organizations_with_texts() OWNER TO frontdesk_directory;
ALTER FUNCTION directory.organization_of_member(text) OWNER TO frontdesk_directory;
ALTER FUNCTION directory.organization_of_invitation(text) OWNER TO frontdesk_directory;
ALTER FUNCTION directory.organizations() OWNER TO frontdesk_directory;
ALTER FUNCTION directory.agents_at_vapi() OWNER TO frontdesk_directory;
ALTER FUNCTION directory.agents_behind(text) OWNER TO frontdesk_directory;
ALTER FUNCTION directory.tools_linked() OWNER TO frontdesk_directory;
ALTER FUNCTION directory.organizations_that_call() OWNER TO frontdesk_directory;
ALTER FUNCTION directory.organizations_with_calls_to_close(timestamptz) OWNER TO frontdesk_directory;
ALTER FUNCTION directory.organization_of_call(text) OWNER TO frontdesk_directory;
ALTER FUNCTION directory.organizations_with_documents_to_resume(timestamptz) OWNER TO frontdesk_directory;
ALTER FUNCTION directory.organizations_of_mailbox(text, text) OWNER TO frontdesk_directory;
ALTER FUNCTION directory.calendar_connections_due() OWNER TO frontdesk_directory;
ALTER FUNCTION directory.connection_of_channel(text, text) OWNER TO frontdesk_directory;
ALTER FUNCTION directory.syncs_of_mailbox(text, text) OWNER TO frontdesk_directory;
ALTER FUNCTION directory.emrs_due() OWNER TO frontdesk_directory;
ALTER FUNCTION directory.figures() OWNER TO frontdesk_directory;
REVOKE CREATE ON SCHEMA directory FROM frontdesk_directory;
-- From here on only that role can say who may ask: of anybody else GRANT and REVOKE do nothing, and only warn.
SET LOCAL ROLE frontdesk_directory;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA directory FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA directory TO frontdesk_app;
GRANT EXECUTE ON FUNCTION directory.organizations() TO frontdesk_owner;
SET LOCAL ROLE frontdesk_owner;
