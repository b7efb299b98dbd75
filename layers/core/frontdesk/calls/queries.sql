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
