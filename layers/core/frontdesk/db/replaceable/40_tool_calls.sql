-- The two ends of a tool call's transaction, each one round trip.

CREATE SCHEMA IF NOT EXISTS desk;

DROP FUNCTION IF EXISTS desk.open_call;
CREATE FUNCTION desk.open_call(
    called text,            -- the number that was dialled, E.164; null for a test call
    vapi_ids text[],        -- squad and assistant ids of a test call
    call text,              -- the conversation's id
    call_kind text,         -- Vapi's call.type
    caller text,            -- the caller's number, E.164, when there is one
    tool_call text,         -- the id Vapi gave this tool call
    tool_name text,
    hash bytea,             -- of the arguments as they were sent, but for the language
    timeout_ms integer,     -- for each statement of this transaction
    told text,              -- a language the tool was told in this very call, when it was
    OUT organization jsonb, -- the clinic's row; null: this line is not set up
    OUT call_language text,
    OUT proven_patient_id bigint,
    OUT failed_proofs integer,
    OUT is_new boolean,     -- false: Vapi repeats this id
    OUT is_same boolean,    -- whether a repeat has the arguments of the first
    OUT earlier text,       -- the first answer, of a tool that writes
    OUT at timestamptz      -- the transaction's instant
)
LANGUAGE plpgsql AS $$
DECLARE
    org uuid := CASE WHEN called IS NULL THEN (
            SELECT directory.organization_of_vapi_id(v) FROM unnest(vapi_ids) v
            WHERE directory.organization_of_vapi_id(v) IS NOT NULL LIMIT 1
        ) ELSE directory.organization_of_number(called) END;
    first_hash bytea;
    first_tool text;
BEGIN
    at := now();
    -- First, so that who waits for a lock below is known by it (`traces.session_name`).
    PERFORM set_config('application_name', left(call || ' ' || tool_name, 63), true);
    IF org IS NULL THEN
        RETURN;
    END IF;
    PERFORM set_config('request.jwt.claims',
        jsonb_build_object('app_metadata', jsonb_build_object('org_id', org))::text, true);
    PERFORM set_config('statement_timeout', timeout_ms::text, true);
    PERFORM set_config('frontdesk.call_id', call, true),
        set_config('frontdesk.source', CASE WHEN call_kind LIKE '%PhoneCall' THEN 'phone' ELSE 'web' END, true);
    SELECT to_jsonb(o) INTO organization FROM public.organizations o WHERE o.id = org;

    -- Locks the conversation: what one call asks twice at once is answered one after the other.
    INSERT INTO public.calls AS c (org_id, id, kind, caller_number, language)
    VALUES (org, call, call_kind, caller, coalesce(told, organization -> 'languages' ->> 0))
    ON CONFLICT (org_id, id) DO UPDATE
        SET last_tool_at = now(), language = coalesce(told, c.language)
    RETURNING c.language, c.proven_patient_id, c.failed_proofs
    INTO call_language, open_call.proven_patient_id, open_call.failed_proofs;

    -- The call goes on, and so does what is held for it: by `holds.HOLD` each time, but not for ever.
    UPDATE public.appointments a
    SET held_until = least(now() + interval '5 minutes', a.created_at + interval '20 minutes')
    WHERE a.org_id = org AND a.call_id = call AND a.status = 'held' AND a.held_until > now()
        AND a.held_until < least(now() + interval '4 minutes', a.created_at + interval '20 minutes');

    INSERT INTO public.tool_calls (org_id, call_id, id, tool, arguments_hash)
    VALUES (org, call, tool_call, tool_name, hash)
    ON CONFLICT (org_id, call_id, id) DO NOTHING;
    is_new := FOUND;
    IF NOT is_new THEN
        SELECT t.result, t.arguments_hash, t.tool INTO earlier, first_hash, first_tool
        FROM public.tool_calls t WHERE t.org_id = org AND t.call_id = call AND t.id = tool_call;
        is_same := first_hash = hash AND first_tool = tool_name;
    END IF;
END
$$;

DROP FUNCTION IF EXISTS desk.close_call;
CREATE FUNCTION desk.close_call(
    call text,
    tool_call text,
    answered text,          -- kept when the tool writes; null for reads
    how text,               -- the outcome: done, refused, unclear, failed
    took_ms integer,
    spoken text,            -- the call's language from now on
    proven bigint,          -- the patient this call has proven to be, or null
    newly_failed integer,   -- failed proofs of identity in this tool call
    tool_name text,
    of_patient bigint,
    of_appointment bigint,
    wanted jsonb,           -- what the finder was asked for, or null
    of_patients bigint[]    -- whose files were looked at, when that was not one person's; or null
) RETURNS bigint[]          -- the calendar connections that are to hear of what was changed; null: none
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE public.tool_calls t SET result = answered, outcome = how, duration_ms = took_ms
    WHERE t.org_id = (SELECT auth.org_id()) AND t.call_id = call AND t.id = tool_call;
    UPDATE public.calls c
    SET language = spoken, proven_patient_id = coalesce(proven, c.proven_patient_id),
        failed_proofs = c.failed_proofs + newly_failed, sought = coalesce(wanted, c.sought)
    WHERE c.org_id = (SELECT auth.org_id()) AND c.id = call
        AND (c.language, c.proven_patient_id, newly_failed, c.sought)
            IS DISTINCT FROM (spoken, proven, 0, coalesce(wanted, c.sought));
    INSERT INTO public.audit_log (org_id, call_id, action, outcome, patient_id, patient_ids, appointment_id)
    VALUES ((SELECT auth.org_id()), call, tool_name, how, of_patient, of_patients, of_appointment);
    RETURN CASE WHEN answered IS NOT NULL THEN (
        SELECT array_agg(DISTINCT c.connection_id)
        FROM public.calendar_events e
        JOIN public.calendars c ON c.org_id = e.org_id AND c.id = coalesce(e.calendar_id, e.for_calendar_id)
        WHERE e.org_id = (SELECT auth.org_id()) AND e.due_since = now()
    ) END;
END
$$;
