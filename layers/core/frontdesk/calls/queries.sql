-- name: drop_expired_memories
DELETE FROM caller_memories
WHERE org_id = (SELECT auth.org_id()) AND expires_at <= now()

-- name: to_remember
-- What our own rows say of a call by telephone; no row when nothing of it is to be remembered. What was changed
-- counts for whom the call has proven; of a call without any tool not even the language is known.
SELECT c.caller_number, c.proven_patient_id AS patient_id, c.language, c.sought, changed.action AS changed,
    changed.provider_id AS changed_provider_id, changed.is_virtual, o.outcome AS claimed,
    coalesce(t.status IN ('failed', 'nobody_there'), false) AS reached_nobody,
    CASE WHEN c.proven_patient_id IS NOT NULL THEN desk.open_for(c.proven_patient_id) ELSE '{}' END AS is_open
FROM calls c
LEFT JOIN call_outcomes o ON o.org_id = c.org_id AND o.call_id = c.id
LEFT JOIN LATERAL (
    SELECT l.action, (l.change -> 'after' ->> 'provider_id')::bigint AS provider_id, a.is_virtual
    FROM audit_log l
    LEFT JOIN appointments a ON a.org_id = l.org_id AND a.id = l.appointment_id
    WHERE l.org_id = c.org_id AND l.at >= c.started_at AND l.call_id = c.id
        AND l.patient_id = c.proven_patient_id AND l.action IN (
            'appointment.booked', 'appointment.pending', 'appointment.moved', 'appointment.cancelled')
    ORDER BY l.id DESC
    LIMIT 1
) changed ON true
LEFT JOIN LATERAL (
    SELECT status FROM transfers
    WHERE org_id = c.org_id AND call_id = c.id
    ORDER BY id DESC
    LIMIT 1
) t ON true
WHERE c.org_id = (SELECT auth.org_id()) AND c.id = %(call_id)s::text AND c.forgotten_at IS NULL
    AND c.kind IN ('inboundPhoneCall', 'outboundPhoneCall') AND c.caller_number ~ '^\+[1-9][0-9]{6,14}$'
    AND EXISTS (SELECT FROM tool_calls WHERE org_id = c.org_id AND call_id = c.id)
    AND NOT EXISTS (
        SELECT FROM memory_refusals r
        WHERE r.org_id = c.org_id AND CASE WHEN c.proven_patient_id IS NOT NULL
            THEN r.patient_id = c.proven_patient_id ELSE r.caller_number = c.caller_number END
    )
-- Whoever asks to be forgotten meanwhile waits, and forgets this too.
FOR NO KEY UPDATE OF c

-- name: remember
-- What was said stays until something else is said; a report that comes late replaces nothing newer.
INSERT INTO caller_memories AS m (org_id, caller_number, patient_id, language, provider_id, outcome, promise,
    preferences, call_id, updated_at, expires_at)
SELECT c.org_id, c.caller_number, c.proven_patient_id, c.language, %(provider_id)s::bigint, %(outcome)s::text,
    %(promise)s::text, %(preferences)s::jsonb, c.id, c.last_tool_at,
    c.last_tool_at + make_interval(days => o.memory_days)
FROM calls c
JOIN organizations o ON o.id = c.org_id
WHERE c.org_id = (SELECT auth.org_id()) AND c.id = %(call_id)s::text
    AND c.last_tool_at + make_interval(days => o.memory_days) > now()
ON CONFLICT ON CONSTRAINT once_a_person_and_number DO UPDATE
SET language = excluded.language, provider_id = coalesce(excluded.provider_id, m.provider_id),
    outcome = excluded.outcome, promise = excluded.promise,
    preferences = CASE excluded.preferences WHEN '{}' THEN m.preferences ELSE excluded.preferences END,
    call_id = excluded.call_id, updated_at = excluded.updated_at, expires_at = excluded.expires_at
WHERE m.updated_at <= excluded.updated_at

-- name: recalled
SELECT desk.recalled(%(number)s::text)

-- name: memory_of_patient
SELECT m.language, p.name AS provider, m.outcome, m.preferences, m.promise,
    desk.open_for(m.patient_id) AS is_open
FROM caller_memories m
LEFT JOIN providers p ON p.org_id = m.org_id AND p.id = m.provider_id AND p.is_active
WHERE m.org_id = (SELECT auth.org_id()) AND m.patient_id = %(patient_id)s::bigint AND m.expires_at > now()
ORDER BY m.updated_at DESC
LIMIT 1

-- name: mark_forgotten
-- This call, and those of the same person whose report may yet come, or come again, and would be remembered by it.
-- Before the memories are deleted: a report that is just being settled is waited for, and what it wrote is seen.
UPDATE calls
SET forgotten_at = now()
WHERE org_id = (SELECT auth.org_id()) AND started_at > now() - interval '2 days' AND forgotten_at IS NULL
    AND (id = %(call_id)s::text OR proven_patient_id = %(patient_id)s::bigint
        OR caller_number = %(number)s::text AND proven_patient_id IS NULL)

-- name: forget
DELETE FROM caller_memories
WHERE org_id = (SELECT auth.org_id()) AND (
    patient_id = %(patient_id)s::bigint OR caller_number = %(number)s::text AND patient_id IS NULL)

-- name: refuse_memory
INSERT INTO memory_refusals (org_id, caller_number, patient_id)
SELECT (SELECT auth.org_id()), one.caller_number, one.patient_id
FROM (VALUES (%(number)s::text, NULL::bigint), (NULL, %(patient_id)s::bigint)) AS one (caller_number, patient_id)
WHERE one.caller_number IS NOT NULL OR one.patient_id IS NOT NULL
ON CONFLICT ON CONSTRAINT refused_once DO NOTHING

-- name: log_outcome
INSERT INTO call_outcomes (org_id, call_id, outcome, language, patient_id, appointment_id)
VALUES (
    (SELECT auth.org_id()), %(call_id)s::text, %(outcome)s::text, %(language)s::text, %(patient_id)s::bigint,
    %(appointment_id)s::bigint
)
ON CONFLICT (org_id, call_id) DO UPDATE
SET outcome = excluded.outcome, language = excluded.language,
    patient_id = coalesce(excluded.patient_id, call_outcomes.patient_id),
    appointment_id = coalesce(excluded.appointment_id, call_outcomes.appointment_id), logged_at = now()

-- name: appointment_exists
SELECT true
FROM appointments
WHERE org_id = (SELECT auth.org_id()) AND id = %(id)s::bigint AND patient_id = %(patient_id)s::bigint

-- name: transfer_line
-- The line for that reason first, then the one for any; those with hours before those without. Hours that
-- end before they start run past midnight, and belong to the day they begin on.
SELECT number
FROM transfer_lines
WHERE org_id = (SELECT auth.org_id()) AND (reason = %(reason)s::text OR reason IS NULL)
    AND CASE
        WHEN starts IS NULL THEN weekday IS NULL OR weekday = %(weekday)s::int
        WHEN starts <= %(at)s::time
            THEN (weekday IS NULL OR weekday = %(weekday)s::int) AND (%(at)s::time < ends OR ends <= starts)
        ELSE (weekday IS NULL OR weekday %% 7 + 1 = %(weekday)s::int) AND %(at)s::time < ends AND ends <= starts
    END
ORDER BY reason NULLS LAST, starts NULLS LAST, id
LIMIT 1

-- name: ask_for_transfer
INSERT INTO transfers (org_id, call_id, reason, notes, is_flagged, number, status)
VALUES (
    (SELECT auth.org_id()), %(call_id)s::text, %(reason)s::text, %(notes)s::text, %(is_flagged)s::boolean,
    %(number)s::text, %(status)s::text
)
RETURNING id

-- name: settle_transfer
UPDATE transfers
SET status = %(status)s::text, settled_at = now()
WHERE org_id = (SELECT auth.org_id()) AND id = %(id)s::bigint

-- name: transfer_under_way
-- Accepted, or asked for so lately that the answer may be on its way: Vapi is not asked twice.
SELECT status
FROM transfers
WHERE org_id = (SELECT auth.org_id()) AND call_id = %(call_id)s::text
    AND (status = 'accepted' OR (status = 'asked' AND asked_at > now() - interval '20 seconds'))
ORDER BY id DESC
LIMIT 1

-- name: let_go
-- The call is over, and with it what was held for it.
DELETE FROM appointments
WHERE org_id = (SELECT auth.org_id()) AND status = 'held' AND call_id = %(call_id)s::text

-- name: clinic_of_call
-- Whose call it is: by the number that was dialled, else by the squad or assistant of a test call, else by the
-- call itself, which has been told of before.
SELECT coalesce(
    directory.organization_of_number(%(called)s::text),
    (SELECT directory.organization_of_vapi_id(v) FROM unnest(%(vapi_ids)s::text[]) v
     WHERE directory.organization_of_vapi_id(v) IS NOT NULL LIMIT 1),
    directory.organization_of_call(%(call_id)s::text))

-- name: take_up_call
-- A call may be told of before it asks for anything. Locks it, so that its messages are done with one by one.
INSERT INTO calls AS c (org_id, id, kind, caller_number, language)
SELECT o.id, %(call_id)s::text, %(kind)s::text, %(caller_number)s::text, o.languages[1]
FROM organizations o
WHERE o.id = (SELECT auth.org_id())
ON CONFLICT (org_id, id) DO UPDATE SET caller_number = coalesce(c.caller_number, excluded.caller_number)
RETURNING id

-- name: drop_erased
-- What is told late of a call that was erased, or of one of ours whose item was, brings nothing back: the call
-- goes again, and Vapi is asked again to delete it. One that was there before stays: it was about others too. No
-- row: nobody erased it.
WITH asked AS (
    INSERT INTO deletions (org_id, kind, name)
    SELECT (SELECT auth.org_id()), 'vapi_call', %(call_id)s::text
    WHERE EXISTS (
            SELECT FROM deletions
            WHERE org_id = (SELECT auth.org_id()) AND kind = 'vapi_call' AND name = %(call_id)s::text
        ) OR %(item_id)s::bigint IS NOT NULL AND NOT EXISTS (
            SELECT FROM outbound_calls WHERE org_id = (SELECT auth.org_id()) AND id = %(item_id)s::bigint
        )
    ON CONFLICT ON CONSTRAINT deleted_once DO UPDATE SET done_at = NULL
    RETURNING name, asked_at
), gone AS (
    DELETE FROM calls c USING asked a
    WHERE c.org_id = (SELECT auth.org_id()) AND c.id = a.name AND c.started_at >= a.asked_at
)
SELECT name FROM asked

-- name: take_message
-- No row touched: it was done with before.
INSERT INTO call_messages (org_id, call_id, type, content_hash)
VALUES ((SELECT auth.org_id()), %(call_id)s::text, %(type)s::text, %(content_hash)s::bytea)
ON CONFLICT DO NOTHING

-- name: was_taken_lately
SELECT taken_at > now() - interval '20 seconds' FROM call_messages
WHERE org_id = (SELECT auth.org_id()) AND call_id = %(call_id)s::text AND type = %(type)s::text
    AND content_hash = %(content_hash)s::bytea

-- name: told_of_handoff
-- By the report, whose handoffs say from whom, too.
SELECT EXISTS (
    SELECT FROM call_events
    WHERE org_id = (SELECT auth.org_id()) AND call_id = %(call_id)s::text AND kind = 'handoff'
        AND detail ? 'from' AND detail ->> 'to' = %(to)s::text
)

-- name: put_event
-- Of a call that is written down; nothing of another.
INSERT INTO call_events (org_id, call_id, at, kind, detail)
SELECT (SELECT auth.org_id()), c.id, coalesce(%(at)s::timestamptz, now()), %(kind)s::text, %(detail)s::jsonb
FROM calls c WHERE c.org_id = (SELECT auth.org_id()) AND c.id = %(call_id)s::text

-- name: put_events
INSERT INTO call_events (org_id, call_id, at, kind, detail)
SELECT (SELECT auth.org_id()), %(call_id)s::text, e.at, e.kind, e.detail
FROM ROWS FROM (jsonb_to_recordset(%(events)s::jsonb) AS (at timestamptz, kind text, detail jsonb))
    WITH ORDINALITY AS e (at, kind, detail, place)
ORDER BY e.place

-- name: drop_events
DELETE FROM call_events
WHERE org_id = (SELECT auth.org_id()) AND call_id = %(call_id)s::text AND kind = ANY (%(kinds)s::text[])

-- name: end_call
-- The first end that is told stands, until the report says better.
UPDATE calls
SET ended_at = coalesce(ended_at, %(at)s::timestamptz),
    ended_reason = coalesce(ended_reason, %(reason)s::text)
WHERE org_id = (SELECT auth.org_id()) AND id = %(call_id)s::text

-- name: settle_call
-- What a later report leaves out stays as an earlier one had it. Why the desk turned a caller away, Vapi can't tell.
UPDATE calls
SET started_at = coalesce(%(started_at)s::timestamptz, started_at),
    ended_at = coalesce(%(ended_at)s::timestamptz, ended_at, now()),
    ended_reason = CASE WHEN ended_reason IN ('outside-hours', 'blocked-caller') THEN ended_reason
        ELSE coalesce(%(ended_reason)s::text, nullif(ended_reason, 'no-report')) END,
    duration_s = coalesce(%(duration_s)s::integer, duration_s),
    cost_usd = coalesce(%(cost_usd)s::numeric, cost_usd),
    summary = coalesce(%(summary)s::text, summary),
    structured = coalesce(%(structured)s::jsonb, structured),
    recording_url = coalesce(%(recording_url)s::text, recording_url),
    turns_left_out = CASE WHEN %(has_turns)s::boolean THEN %(turns_left_out)s::integer ELSE turns_left_out END,
    reported_at = now(),
    flags = array_remove(flags, 'no_report'),
    resolved_flags = array_remove(resolved_flags, 'no_report')
WHERE org_id = (SELECT auth.org_id()) AND id = %(call_id)s::text

-- name: drop_turns
DELETE FROM transcripts WHERE org_id = (SELECT auth.org_id()) AND call_id = %(call_id)s::text

-- name: keep_turns
INSERT INTO transcripts (org_id, call_id, place, role, assistant, said_at, text)
SELECT (SELECT auth.org_id()), %(call_id)s::text, t.place - 1, t.role, t.assistant, t.said_at, t.text
FROM ROWS FROM (jsonb_to_recordset(%(turns)s::jsonb)
    AS (role text, assistant text, said_at timestamptz, text text)) WITH ORDINALITY
    AS t (role, assistant, said_at, text, place)

-- name: own_tool_calls
SELECT id FROM tool_calls WHERE org_id = (SELECT auth.org_id()) AND call_id = %(call_id)s::text

-- name: settle_transfers
-- What became of wishes for a person that were still open when the call ended. Vapi's word on how it ended
-- is the only one there is: an accepted transfer may have found nobody.
UPDATE transfers
SET status = CASE WHEN %(was_forwarded)s::boolean THEN 'accepted' ELSE 'failed' END, settled_at = now()
WHERE org_id = (SELECT auth.org_id()) AND call_id = %(call_id)s::text
    AND (status = 'asked' OR status = 'accepted' AND NOT %(was_forwarded)s::boolean)
RETURNING status, (
    SELECT c.proven_patient_id FROM calls c WHERE c.org_id = transfers.org_id AND c.id = transfers.call_id
) AS patient_id

-- name: known
-- Whom the call may have named: the proven patient, whoever has the caller's number, whoever was looked up.
SELECT jsonb_build_object(
    'phones', CASE WHEN c.caller_number IS NULL THEN '[]' ELSE jsonb_build_array(c.caller_number) END,
    'people', (
        SELECT coalesce(jsonb_agg(to_jsonb(p) ORDER BY p.id), '[]')
        FROM patients p
        WHERE p.org_id = c.org_id AND p.id IN (
            SELECT c.proven_patient_id
            UNION SELECT n.id FROM patients n WHERE n.org_id = c.org_id AND n.phone = c.caller_number
            UNION SELECT unnest(a.patient_ids || a.patient_id) FROM audit_log a
            WHERE a.org_id = c.org_id AND a.call_id = c.id AND a.at >= c.started_at - interval '1 hour'
                AND a.at >= c.last_tool_at - interval '1 day' AND a.at <= c.last_tool_at + interval '1 hour'
        )
    ),
    'providers', (
        SELECT coalesce(jsonb_agg(name), '[]')
        FROM (
            SELECT p.name FROM providers p WHERE p.org_id = c.org_id
            UNION SELECT p.name_zh FROM providers p WHERE p.org_id = c.org_id AND p.name_zh IS NOT NULL
        ) named
    )
)
FROM calls c
WHERE c.org_id = (SELECT auth.org_id()) AND c.id = %(call_id)s::text

-- name: flag
UPDATE calls
SET flags = (
        SELECT coalesce(array_agg(DISTINCT f ORDER BY f), '{}')
        FROM unnest(flags || %(add)s::text[]) f
        WHERE f <> ALL (%(remove)s::text[])
    )
WHERE org_id = (SELECT auth.org_id()) AND id = %(call_id)s::text
RETURNING flags

-- name: checked
UPDATE calls SET checked_at = clock_timestamp()
WHERE org_id = (SELECT auth.org_id()) AND id = %(call_id)s::text

-- name: flags
SELECT flags FROM calls WHERE org_id = (SELECT auth.org_id()) AND id = %(call_id)s::text

-- name: turns
SELECT role, assistant, said_at AS at, text
FROM transcripts
WHERE org_id = (SELECT auth.org_id()) AND call_id = %(call_id)s::text
ORDER BY place

-- name: changes_of_visits
-- What this call did to visits, in order, as the audit log has it.
SELECT substr(action, 13) AS what, at, appointment_id,
    (coalesce(change #>> '{after,start}', change #>> '{before,start}'))::timestamptz AS starts_at,
    coalesce(change #>> '{after,status}', '') AS status
FROM audit_log a
WHERE a.org_id = (SELECT auth.org_id()) AND a.call_id = %(call_id)s::text AND a.action LIKE 'appointment.%%'
    AND a.appointment_id IS NOT NULL AND a.at >= %(since)s::timestamptz AND a.at <= %(until)s::timestamptz
ORDER BY a.at, a.id

-- name: what_stands
-- All else that a promise can rest on.
SELECT jsonb_build_object(
    'tools', (
        SELECT coalesce(jsonb_agg(DISTINCT t.tool), '[]') FROM tool_calls t
        WHERE t.org_id = c.org_id AND t.call_id = c.id AND t.outcome = 'done'
    ),
    'since', (
        SELECT least(min(t.started_at), c.started_at, c.last_tool_at) FROM tool_calls t
        WHERE t.org_id = c.org_id AND t.call_id = c.id AND t.started_at > c.last_tool_at - interval '1 day'
    ),
    'until', c.last_tool_at + interval '1 hour',
    'started_at', c.started_at,
    'proven', c.proven_patient_id,
    'caller_language', c.language,
    'ended_reason', c.ended_reason,
    'structured', c.structured,
    'outcome', (SELECT o.outcome FROM call_outcomes o WHERE o.org_id = c.org_id AND o.call_id = c.id),
    'transfers', (
        SELECT coalesce(jsonb_agg(t.status), '[]') FROM transfers t
        WHERE t.org_id = c.org_id AND t.call_id = c.id
    ),
    'waits', EXISTS (
        SELECT FROM waitlist w
        WHERE w.org_id = c.org_id AND (w.call_id = c.id OR w.patient_id = c.proven_patient_id
            OR w.phone = c.caller_number)
    ),
    'handed', (
        SELECT count(*) FROM call_events e
        WHERE e.org_id = c.org_id AND e.call_id = c.id AND e.kind IN ('handoff', 'transfer')
    ),
    'visits', (
        SELECT coalesce(jsonb_agg(jsonb_build_object('status', v.status, 'starts_at', v.starts_at)), '[]')
        FROM visits v
        WHERE v.org_id = c.org_id AND v.starts_at >= c.last_tool_at - interval '1 day'
            AND (v.patient_id = c.proven_patient_id OR v.call_id = c.id)
    )
)
FROM calls c
WHERE c.org_id = (SELECT auth.org_id()) AND c.id = %(call_id)s::text

-- name: wanted_copies
-- By what the clinic wants, and what there is.
SELECT o.keeps_originals AND NOT EXISTS (
        SELECT FROM call_originals k WHERE k.org_id = c.org_id AND k.call_id = c.id
    ) AS original,
    CASE WHEN o.archives_recordings AND c.recording_object IS NULL THEN c.recording_url END AS recording_url
FROM calls c
JOIN organizations o ON o.id = c.org_id
WHERE c.org_id = (SELECT auth.org_id()) AND c.id = %(call_id)s::text

-- name: note_original
INSERT INTO call_originals (org_id, call_id, object_name, expires_at)
SELECT o.id, c.id, %(object_name)s::text, now() + o.original_days * interval '1 day'
FROM organizations o
JOIN calls c ON c.org_id = o.id AND c.id = %(call_id)s::text
WHERE o.id = (SELECT auth.org_id())
ON CONFLICT (org_id, call_id) DO UPDATE SET object_name = excluded.object_name

-- name: drop_object
-- The call went while its copy was made.
INSERT INTO deletions (org_id, kind, name)
VALUES ((SELECT auth.org_id()), 'object', %(object_name)s::text)
ON CONFLICT ON CONSTRAINT deleted_once DO UPDATE SET done_at = NULL

-- name: original
SELECT k.object_name, c.proven_patient_id AS patient_id
FROM call_originals k
JOIN calls c ON c.org_id = k.org_id AND c.id = k.call_id
WHERE k.org_id = (SELECT auth.org_id()) AND k.call_id = %(call_id)s::text AND k.expires_at > now()

-- name: note_recording
UPDATE calls SET recording_object = %(object_name)s::text
WHERE org_id = (SELECT auth.org_id()) AND id = %(call_id)s::text

-- name: silent_calls
-- Without an end or a report of it, and nothing was asked or told since then. Whom the desk turned away has no
-- report; a call that is being asked something is left alone.
SELECT c.id
FROM calls c
WHERE c.org_id = (SELECT auth.org_id()) AND c.reported_at IS NULL AND c.last_tool_at < %(silent_since)s::timestamptz
    AND coalesce(c.ended_at, '-infinity') < %(silent_since)s::timestamptz AND NOT c.flags @> '{no_report}'
    AND coalesce(c.ended_reason, '') NOT IN ('outside-hours', 'blocked-caller')
    AND NOT EXISTS (
        SELECT FROM call_messages m
        WHERE m.org_id = c.org_id AND m.call_id = c.id AND m.taken_at >= %(silent_since)s::timestamptz
    )
ORDER BY c.last_tool_at
LIMIT 200
FOR UPDATE SKIP LOCKED

-- name: lose_call
UPDATE calls SET ended_at = coalesce(ended_at, last_tool_at), ended_reason = coalesce(ended_reason, 'no-report')
WHERE org_id = (SELECT auth.org_id()) AND id = %(call_id)s::text

-- name: calls_to_check_again
-- Asked for something after they had been looked over.
SELECT id FROM calls
WHERE org_id = (SELECT auth.org_id()) AND last_tool_at > checked_at
ORDER BY last_tool_at
LIMIT 200
FOR UPDATE SKIP LOCKED

-- name: clinics_to_close
SELECT org_id FROM directory.organizations_with_calls_to_close(%(silent_since)s::timestamptz) AS org_id

-- name: calls
-- A page, newest first. Bounded by the start alone, so that the index by start serves every filter.
SELECT c.id, c.kind, c.caller_number, c.language, c.started_at, c.ended_at, c.duration_s, c.ended_reason,
    o.outcome, c.proven_patient_id AS patient_id,
    ARRAY(SELECT unnest(c.flags) EXCEPT SELECT unnest(c.resolved_flags) ORDER BY 1) AS flags
FROM calls c
LEFT JOIN call_outcomes o ON o.org_id = c.org_id AND o.call_id = c.id
WHERE c.org_id = (SELECT auth.org_id())
    AND c.started_at >= %(since)s::timestamptz AND c.started_at < %(until)s::timestamptz
    AND c.started_at <= coalesce(%(behind_start)s::timestamptz, 'infinity')
    AND (c.started_at < coalesce(%(behind_start)s::timestamptz, 'infinity') OR c.id > %(behind_id)s::text)
    AND (%(flagged)s::boolean IS NULL OR %(flagged)s::boolean = NOT c.flags <@ c.resolved_flags)
    AND (%(outcome)s::text IS NULL OR o.outcome = %(outcome)s::text)
    AND (%(language)s::text IS NULL OR c.language = %(language)s::text)
    AND (%(patient_id)s::bigint IS NULL OR c.proven_patient_id = %(patient_id)s::bigint
        OR o.patient_id = %(patient_id)s::bigint)
ORDER BY c.started_at DESC, c.id
LIMIT %(limit)s::integer

-- name: story
SELECT c.id, c.kind, c.caller_number, c.language, c.started_at, c.ended_at, c.duration_s, c.ended_reason,
    o.outcome, c.proven_patient_id AS patient_id, c.flags, c.resolved_flags, c.summary, c.structured,
    c.cost_usd, c.recording_url, c.recording_object IS NOT NULL AS is_archived, c.reported_at, c.turns_left_out,
    EXISTS (
        SELECT FROM call_originals k
        WHERE k.org_id = c.org_id AND k.call_id = c.id AND k.expires_at > now()
    ) AS has_original
FROM calls c
LEFT JOIN call_outcomes o ON o.org_id = c.org_id AND o.call_id = c.id
WHERE c.org_id = (SELECT auth.org_id()) AND c.id = %(call_id)s::text

-- name: timeline
-- Speech, tools and all else, in order. What a tool that writes had the desk say is kept word for word, so whoever
-- shows it redacts it first.
SELECT at, kind, role, assistant, text, tool, outcome, ms, detail
FROM (
    SELECT said_at AS at, 'speech' AS kind, role, assistant, text, NULL AS tool, NULL AS outcome,
        NULL::integer AS ms, '{}'::jsonb AS detail, place::bigint
    FROM transcripts WHERE org_id = (SELECT auth.org_id()) AND call_id = %(call_id)s::text
    UNION ALL
    SELECT started_at, 'tool', NULL, NULL, CASE WHEN result IS JSON OBJECT THEN result::jsonb ->> 'say' END, tool,
        outcome, duration_ms, '{}', 0
    FROM tool_calls WHERE org_id = (SELECT auth.org_id()) AND call_id = %(call_id)s::text
    UNION ALL
    SELECT at, kind, NULL, NULL, NULL, detail ->> 'tool', NULL, (detail ->> 'ms')::integer,
        detail - '{tool,ms}'::text[], id
    FROM call_events WHERE org_id = (SELECT auth.org_id()) AND call_id = %(call_id)s::text
    UNION ALL
    SELECT asked_at, 'transfer', NULL, NULL, NULL, NULL, status, NULL, jsonb_build_object('reason', reason), 0
    FROM transfers WHERE org_id = (SELECT auth.org_id()) AND call_id = %(call_id)s::text
) moments
ORDER BY at, kind = 'speech', place

-- name: visits_changed
-- Which visits the call made, moved or cancelled. Bounded by the call's own time, for the log is by time.
SELECT DISTINCT a.appointment_id
FROM audit_log a
JOIN calls c ON c.org_id = a.org_id AND c.id = a.call_id
WHERE a.org_id = (SELECT auth.org_id()) AND a.call_id = %(call_id)s::text AND a.action LIKE 'appointment.%%'
    AND a.appointment_id IS NOT NULL AND a.at >= %(since)s::timestamptz
    AND a.at <= c.last_tool_at + interval '1 hour'

-- name: visits_of_call
-- As they stand now.
SELECT v.id, v.status, v.starts_at, v.ends_at, v.provider_id, v.provider_name, v.patient_id,
    v.type_name AS appointment_type
FROM visits v
WHERE v.org_id = (SELECT auth.org_id()) AND v.id = ANY (%(appointment_ids)s::bigint[])
ORDER BY v.starts_at, v.id

-- name: notices_of_call
SELECT id, kind, of, at, appointment_id, read_at IS NOT NULL AS is_read
FROM notifications
WHERE org_id = (SELECT auth.org_id()) AND call_id = %(call_id)s::text
ORDER BY id

-- name: resolve
UPDATE calls
SET resolved_flags = ARRAY(SELECT f FROM unnest(flags) f WHERE f = ANY (%(resolved)s::text[]) ORDER BY f)
WHERE org_id = (SELECT auth.org_id()) AND id = %(call_id)s::text

-- name: entry
-- What is the same for every caller of every number.
SELECT to_jsonb(e) FROM desk.entry((SELECT auth.org_id()), %(squad)s::text) e

-- name: entry_numbers
SELECT array_agg(e164 ORDER BY e164) FROM phone_numbers WHERE org_id = (SELECT auth.org_id())

-- name: note_copies
INSERT INTO entry_copies (org_id, e164)
SELECT (SELECT auth.org_id()), number FROM unnest(%(numbers)s::text[]) AS number
ON CONFLICT DO NOTHING

-- name: copies_of_gone
-- Of those the clinic has no more, the ones nobody has: another clinic's copy is its own affair, at the same key.
SELECT array_agg(e164)
FROM entry_copies
WHERE org_id = (SELECT auth.org_id()) AND NOT (e164 = ANY (%(numbers)s::text[]))
    AND directory.organization_of_number(e164) IS NULL

-- name: forget_copies
DELETE FROM entry_copies WHERE org_id = (SELECT auth.org_id()) AND e164 = ANY (%(numbers)s::text[])

-- name: others_with
-- Who has those of the numbers that aren't that organization's; null stands for nobody.
SELECT jsonb_agg(DISTINCT owner)
FROM (SELECT directory.organization_of_number(number) AS owner FROM unnest(%(numbers)s::text[]) AS number) found
WHERE owner IS DISTINCT FROM %(org_id)s::uuid

-- name: every_clinic
SELECT coalesce(jsonb_agg(org_id), '[]')::text FROM directory.organizations() AS org_id

-- name: blocked
SELECT number, blocked_at FROM blocked_callers
WHERE org_id = (SELECT auth.org_id()) AND number = coalesce(%(number)s::text, number)
ORDER BY number

-- name: block
INSERT INTO blocked_callers (org_id, number) VALUES ((SELECT auth.org_id()), %(number)s::text)
ON CONFLICT DO NOTHING

-- name: unblock
DELETE FROM blocked_callers WHERE org_id = (SELECT auth.org_id()) AND number = %(number)s::text

-- name: turned_away
-- A message was said instead, so nothing else will end the call.
UPDATE calls SET ended_at = now(), ended_reason = %(why)s::text
WHERE org_id = (SELECT auth.org_id()) AND id = %(call_id)s::text AND ended_at IS NULL

-- name: own_line
SELECT desk.forwarding_number((SELECT auth.org_id()))

-- name: worked
-- The week of everybody who sees patients; null of who has only dates of their own.
SELECT p.id AS provider_id, w.weekday, w.starts, w.ends
FROM providers p
LEFT JOIN working_hours w ON w.org_id = (SELECT auth.org_id()) AND w.provider_id = p.id
WHERE p.org_id = (SELECT auth.org_id()) AND p.is_active
ORDER BY p.id, w.weekday, w.starts

-- name: language_heard
UPDATE calls SET language = %(language)s::text
WHERE org_id = (SELECT auth.org_id()) AND id = %(call_id)s::text AND language <> %(language)s::text

-- name: figures_by_day
-- A row for each local day on which a call began. Handled: it has ended, and neither was it transferred, nor did
-- its agent say that it came to nothing or is for somebody else.
SELECT (c.started_at AT TIME ZONE %(zone)s::text)::date AS day, count(*)::integer AS calls,
    count(*) FILTER (WHERE c.language = 'zh')::integer AS in_chinese,
    count(*) FILTER (WHERE o.outcome IN ('booked', 'rescheduled'))::integer AS booked,
    count(*) FILTER (WHERE h.is_handled)::integer AS handled,
    count(*) FILTER (WHERE c.ended_at IS NOT NULL)::integer AS ended,
    coalesce(sum(c.duration_s) FILTER (WHERE h.is_handled), 0)::integer AS handled_s
FROM calls c
LEFT JOIN call_outcomes o ON o.org_id = c.org_id AND o.call_id = c.id
CROSS JOIN LATERAL (
    SELECT c.ended_at IS NOT NULL
        AND o.outcome IN ('booked', 'rescheduled', 'cancelled', 'registered', 'waitlisted', 'clinic_info')
        AND NOT EXISTS (SELECT FROM transfers t WHERE t.org_id = c.org_id AND t.call_id = c.id) AS is_handled
) h
WHERE c.org_id = (SELECT auth.org_id())
    AND c.started_at >= %(since)s::timestamptz AND c.started_at < %(until)s::timestamptz
GROUP BY 1 ORDER BY 1

-- name: figures_of_tools
-- Of the latest calls of those days: how long callers waited for each tool, in milliseconds.
SELECT t.tool, count(*)::integer AS calls,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY t.duration_ms)::integer AS p50_ms,
    percentile_cont(0.99) WITHIN GROUP (ORDER BY t.duration_ms)::integer AS p99_ms,
    count(*) FILTER (WHERE t.outcome = 'failed')::integer AS failed
FROM (
    SELECT id FROM calls
    WHERE org_id = (SELECT auth.org_id())
        AND started_at >= %(since)s::timestamptz AND started_at < %(until)s::timestamptz
    ORDER BY started_at DESC, id
    LIMIT %(most)s::integer
) c
JOIN tool_calls t ON t.org_id = (SELECT auth.org_id()) AND t.call_id = c.id
WHERE t.duration_ms IS NOT NULL
GROUP BY t.tool ORDER BY t.tool
