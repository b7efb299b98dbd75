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
-- This call, and those of the same person whose report may yet come and would be remembered by it. Before the
-- memories are deleted: a report that is just being settled is waited for, and what it wrote is seen then.
UPDATE calls
SET forgotten_at = now()
WHERE org_id = (SELECT auth.org_id()) AND started_at > now() - interval '2 days' AND forgotten_at IS NULL
    AND (id = %(call_id)s::text OR reported_at IS NULL AND (
        proven_patient_id = %(patient_id)s::bigint
        OR caller_number = %(number)s::text AND proven_patient_id IS NULL))

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

-- name: note_event
INSERT INTO call_events (org_id, call_id, at, kind, detail)
SELECT (SELECT auth.org_id()), c.id, now(), %(kind)s::text, %(detail)s::jsonb
FROM calls c WHERE c.org_id = (SELECT auth.org_id()) AND c.id = %(call_id)s::text

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
