-- A call that rings: all that its answer is made of, and the record that it was answered, in one question.

DROP FUNCTION IF EXISTS desk.forwarding_number;
CREATE FUNCTION desk.forwarding_number(org uuid) RETURNS text
LANGUAGE sql STABLE AS $$
    -- The line that people answer at any time, else the clinic's own number; never one whose calls come to us,
    -- for that call would come back for ever.
    SELECT n.number FROM (
        (
            SELECT l.number, 1 AS place FROM public.transfer_lines l
            WHERE l.org_id = org AND l.reason IS NULL AND l.weekday IS NULL AND l.starts IS NULL
            ORDER BY l.id LIMIT 1
        )
        UNION ALL
        SELECT o.phone_number, 2 FROM public.organizations o WHERE o.id = org
    ) n
    WHERE n.number IS NOT NULL AND directory.organization_of_number(n.number) IS NULL
    ORDER BY n.place LIMIT 1
$$;

-- What is the same for every caller. The agent that was saved last, of those that are there, answers.
DROP FUNCTION IF EXISTS desk.entry;
CREATE FUNCTION desk.entry(
    org uuid, squad text, OUT agent jsonb, OUT squad_id text, OUT forward_to text, OUT knowledge jsonb
)
LANGUAGE sql STABLE AS $$
    SELECT
        (
            SELECT jsonb_build_object('template', a.template, 'assistant_id', a.vapi_assistant_id,
                'voice', a.voice, 'greeting', a.greeting, 'greeting_zh', a.greeting_zh,
                'instructions', a.instructions)
            FROM public.agents a WHERE a.org_id = org AND a.deleted_at IS NULL
            ORDER BY a.updated_at DESC, a.id LIMIT 1
        ),
        (SELECT v.vapi_id FROM public.vapi_squads v WHERE v.name = squad),
        desk.forwarding_number(org),
        (SELECT jsonb_object_agg(d.language, d.text) FROM public.knowledge_digests d WHERE d.org_id = org)
$$;

DROP FUNCTION IF EXISTS desk.answer_call;
CREATE FUNCTION desk.answer_call(
    called text,            -- the number that was dialled, E.164
    caller text,            -- the caller's, E.164, when there is one
    call text,              -- the conversation's id; null: nothing is written down
    call_kind text,         -- Vapi's call.type
    squad text,             -- the name of the squad that clinics share
    timeout_ms integer,     -- for each statement after this one
    OUT organization jsonb, -- the clinic's row; null: this line is not set up
    OUT agent jsonb,        -- what its latest agent says; null: it has none
    OUT squad_id text,      -- at Vapi, once anybody has looked
    OUT forward_to text,    -- where people answer
    OUT knowledge jsonb,    -- what its documents say of what is asked most, by language
    OUT is_blocked boolean,
    OUT recalled jsonb,     -- what may be said of earlier calls before anybody is proven
    OUT call_language text,
    OUT at timestamptz      -- the transaction's instant
)
LANGUAGE plpgsql AS $$
DECLARE
    org uuid := directory.organization_of_number(called);
BEGIN
    at := now();
    PERFORM set_config('application_name', left(coalesce(call, 'frontdesk') || ' messages', 63), true);
    IF org IS NULL THEN
        RETURN;
    END IF;
    PERFORM set_config('request.jwt.claims',
        jsonb_build_object('app_metadata', jsonb_build_object('org_id', org))::text, true);
    PERFORM set_config('statement_timeout', timeout_ms::text, true);
    SELECT to_jsonb(o) INTO organization FROM public.organizations o WHERE o.id = org;
    SELECT e.agent, e.squad_id, e.forward_to, e.knowledge
    INTO agent, answer_call.squad_id, answer_call.forward_to, answer_call.knowledge
    FROM desk.entry(org, squad) e;
    is_blocked := EXISTS (SELECT FROM public.blocked_callers b WHERE b.org_id = org AND b.number = caller);
    recalled := desk.recalled(caller);
    call_language := CASE WHEN organization -> 'languages' ? (recalled ->> 'language')
        THEN recalled ->> 'language' ELSE organization -> 'languages' ->> 0 END;
    IF call IS NULL THEN
        RETURN;
    END IF;
    INSERT INTO public.calls (org_id, id, kind, caller_number, language, ended_at, ended_reason)
    VALUES (org, call, call_kind, caller, call_language,
        CASE WHEN is_blocked THEN at END, CASE WHEN is_blocked THEN 'blocked-caller' END)
    ON CONFLICT (org_id, id) DO NOTHING;
    IF FOUND THEN
        INSERT INTO public.call_events (org_id, call_id, at, kind, detail)
        VALUES (org, call, answer_call.at, CASE WHEN is_blocked THEN 'blocked' ELSE 'answered' END,
            jsonb_strip_nulls(jsonb_build_object('template', agent -> 'template')));
    END IF;
END
$$;
