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
