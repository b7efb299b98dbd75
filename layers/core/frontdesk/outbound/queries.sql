-- Calls that the clinic makes.

-- name: clinics
SELECT org_id FROM directory.organizations_that_call() AS org_id

-- name: rules
SELECT o.time_zone, o.outbound_purposes AS purposes, o.outbound_from AS starts, o.outbound_to AS ends,
    o.outbound_attempts AS attempts, o.outbound_concurrency AS concurrency,
    o.outbound_spacing_min AS spacing_min, o.reminder_days, (
        SELECT n.vapi_id FROM phone_numbers n
        WHERE n.org_id = o.id AND n.status = 'attached' AND n.vapi_id IS NOT NULL
        ORDER BY n.e164 = o.phone_number DESC, n.e164
        LIMIT 1
    ) AS phone_number_id, now() AS at
FROM organizations o
WHERE o.id = (SELECT auth.org_id())

-- name: take_lease
INSERT INTO leases AS l (name, holder, until)
VALUES (%(name)s::text, %(holder)s::uuid, now() + make_interval(secs => %(seconds)s))
ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until WHERE l.until < now()

-- name: give_lease
DELETE FROM leases WHERE name = %(name)s::text AND holder = %(holder)s::uuid

-- name: visits_to_remind_of
-- Not of what was arranged after the reminder's own day had begun: Python knows when that was, and sorts them out.
SELECT a.id, a.visit_start, a.placed_at, a.patient_id, p.phone AS number
FROM appointments a
JOIN patients p ON p.org_id = a.org_id AND p.id = a.patient_id
WHERE a.org_id = (SELECT auth.org_id()) AND a.visit_start > %(now)s::timestamptz
    AND a.visit_start < %(until)s::timestamptz AND a.status = 'booked' AND a.confirmed_at IS NULL

-- name: add_reminder
INSERT INTO outbound_calls (org_id, purpose, key, number, patient_id, appointment_id, visit_start, not_before,
    expires_at, next_at)
VALUES ((SELECT auth.org_id()), 'reminder', %(key)s::text, %(number)s::text, %(patient_id)s::bigint,
    %(id)s::bigint, %(visit_start)s::timestamptz, %(not_before)s::timestamptz, %(expires_at)s::timestamptz,
    %(not_before)s::timestamptz)
ON CONFLICT ON CONSTRAINT once_a_thing DO NOTHING

-- name: add_news
-- What somebody is to be told: of a freed time as long as it is kept, of a request until the visit or for a while.
INSERT INTO outbound_calls (org_id, purpose, key, number, patient_id, appointment_id, visit_start,
    communication_id, not_before, expires_at, next_at)
SELECT c.org_id, n.purpose, 'communication:' || c.id, n.number, n.patient_id, c.appointment_id, a.visit_start, c.id,
    c.created_at, n.expires_at, c.created_at
FROM communications c
LEFT JOIN patients p ON p.org_id = c.org_id AND p.id = c.patient_id
LEFT JOIN waitlist w ON w.org_id = c.org_id AND w.id = c.waitlist_id
LEFT JOIN appointments a ON a.org_id = c.org_id AND a.id = c.appointment_id
LEFT JOIN appointments k ON k.org_id = c.org_id AND k.waitlist_id = c.waitlist_id
CROSS JOIN LATERAL (
    SELECT CASE c.kind WHEN 'waitlist_offer' THEN 'waitlist_offer' ELSE 'approval_result' END AS purpose,
        coalesce(p.phone, w.phone) AS number, coalesce(c.patient_id, w.patient_id) AS patient_id,
        CASE WHEN c.kind = 'waitlist_offer' THEN k.held_until
            ELSE least(a.visit_start, c.created_at + interval '3 days') END AS expires_at
) n
WHERE c.org_id = (SELECT auth.org_id()) AND c.told_at IS NULL AND n.number IS NOT NULL
    AND n.purpose = ANY (%(purposes)s::text[]) AND n.expires_at > greatest(c.created_at, %(now)s::timestamptz)
ON CONFLICT ON CONSTRAINT once_a_thing DO NOTHING

-- name: add_recall
-- A line of a list that is uploaded again while its call is still to be made, or was made, is the same call.
INSERT INTO outbound_calls (org_id, purpose, key, number, patient_id, not_before, expires_at, next_at)
VALUES ((SELECT auth.org_id()), 'recall', %(key)s::text, %(number)s::text, %(patient_id)s::bigint,
    %(not_before)s::timestamptz, %(expires_at)s::timestamptz, %(not_before)s::timestamptz)
ON CONFLICT ON CONSTRAINT once_a_thing DO NOTHING

-- name: known_recalls
SELECT key FROM outbound_calls
WHERE org_id = (SELECT auth.org_id()) AND key = ANY (%(keys)s::text[]) AND status <> 'cancelled'

-- name: leave_cancelled
-- What was cancelled may be asked for anew: the old row keeps its attempts, and gives up its key.
UPDATE outbound_calls
SET key = key || ':' || id
WHERE org_id = (SELECT auth.org_id()) AND key = ANY (%(keys)s::text[]) AND status = 'cancelled'

-- name: agree
UPDATE patients SET may_be_called = %(may)s::boolean
WHERE org_id = (SELECT auth.org_id()) AND id = %(patient_id)s::bigint

-- name: agreed
SELECT id AS patient_id, may_be_called FROM patients
WHERE org_id = (SELECT auth.org_id()) AND id = ANY (%(patient_ids)s::bigint[])

-- name: open_items
-- What is not over, with what decides about it; the number is the patient's of today. What is being called comes first,
-- then what the clinic calls for at all, the most urgent before the rest.
WITH asked AS MATERIALIZED (
    -- Whom the clinic has called lately; not what never was a call.
    SELECT x.number, x.patient_id, max(t.asked_since) AS last_at
    FROM organizations o
    JOIN outbound_attempts t ON t.org_id = o.id
        AND t.asked_since > now() - make_interval(mins => o.outbound_spacing_min)
        AND t.ended_reason IS DISTINCT FROM 'frontdesk-not-begun'
    JOIN outbound_calls x ON x.org_id = t.org_id AND x.id = t.item_id
    WHERE o.id = (SELECT auth.org_id())
    GROUP BY x.number, x.patient_id
)
SELECT c.id, c.purpose, n.number, n.patient_id, p.may_be_called,
    EXISTS (SELECT FROM do_not_call d WHERE d.org_id = c.org_id AND d.number = n.number) AS is_on_list,
    EXISTS (
        SELECT FROM calls t
        WHERE t.org_id = c.org_id AND t.caller_number = n.number AND t.started_at > now() - interval '1 hour'
            AND t.last_tool_at > now() - interval '10 minutes' AND t.ended_at IS NULL
    ) AS is_on_the_phone,
    CASE
        WHEN c.purpose = 'reminder' THEN CASE
            WHEN a.id IS NULL OR a.status <> 'booked' THEN 'the visit is not booked any more'
            WHEN a.visit_start <> c.visit_start THEN 'the visit has moved'
            WHEN a.confirmed_at IS NOT NULL THEN 'the visit is confirmed already'
        END
        WHEN m.told_at IS NOT NULL THEN 'they have been told already'
        WHEN c.purpose = 'waitlist_offer' AND k.id IS NULL THEN 'the time is not kept for them any more'
        WHEN c.purpose = 'approval_result' AND (a.id IS NULL OR a.visit_start <> c.visit_start
            OR a.status <> CASE WHEN m.kind IN ('approved', 'clinic_moved') THEN 'booked' ELSE 'cancelled' END)
            THEN 'the visit has changed again'
    END AS untrue,
    c.status = 'calling' AS is_calling, c.not_before, c.expires_at, c.next_at, c.attempts,
    (SELECT max(k.last_at) FROM asked k WHERE k.number = n.number OR k.patient_id = n.patient_id) AS last_asked
FROM outbound_calls c
JOIN organizations o ON o.id = c.org_id
LEFT JOIN appointments a ON a.org_id = c.org_id AND a.id = c.appointment_id
LEFT JOIN communications m ON m.org_id = c.org_id AND m.id = c.communication_id
LEFT JOIN waitlist w ON w.org_id = c.org_id AND w.id = m.waitlist_id
LEFT JOIN appointments k ON k.org_id = c.org_id AND k.waitlist_id = m.waitlist_id AND k.held_until > now()
LEFT JOIN patients p ON p.org_id = c.org_id AND p.id = coalesce(c.patient_id, w.patient_id)
CROSS JOIN LATERAL (SELECT CASE WHEN c.status = 'calling' THEN c.number ELSE coalesce(p.phone, w.phone, c.number)
    END AS number, p.id AS patient_id) n
WHERE c.org_id = (SELECT auth.org_id()) AND (c.status = 'calling'
    OR c.status = 'waiting' AND (NOT %(only_due)s::boolean OR c.not_before <= now() AND c.next_at <= now()))
ORDER BY c.status = 'calling' DESC, c.purpose = ANY (o.outbound_purposes) DESC, c.expires_at, c.id
LIMIT %(limit)s::integer

-- name: claim
-- No row: somebody else has it. A person, or number, that is being called about something else violates
-- `one_call_a_person`, or `one_call_a_number`.
UPDATE outbound_calls c
SET status = 'calling', attempts = c.attempts + 1, number = %(number)s::text, patient_id = %(patient_id)s::bigint
WHERE c.org_id = (SELECT auth.org_id()) AND c.id = %(id)s::bigint AND c.status = 'waiting'
RETURNING c.attempts

-- name: ask_since
-- By the clock, not the transaction's start: what is made after this is looked for from here.
INSERT INTO outbound_attempts (org_id, item_id, attempt, asked_since)
VALUES ((SELECT auth.org_id()), %(item_id)s::bigint, %(attempt)s::integer, clock_timestamp())

-- name: unclaim
-- Vapi has certainly made no call, so it was no attempt.
WITH gone AS (
    DELETE FROM outbound_attempts
    WHERE org_id = (SELECT auth.org_id()) AND item_id = %(id)s::bigint AND attempt = %(attempt)s::integer
        AND vapi_call_id IS NULL
    RETURNING org_id, item_id
)
UPDATE outbound_calls c
SET status = 'waiting', attempts = c.attempts - 1, next_at = now() + interval '1 minute'
FROM gone g
WHERE c.org_id = g.org_id AND c.id = g.item_id

-- name: made
UPDATE outbound_attempts
SET vapi_call_id = %(call_id)s::text
WHERE org_id = (SELECT auth.org_id()) AND item_id = %(item_id)s::bigint AND attempt = %(attempt)s::integer
    AND vapi_call_id IS NULL

-- name: unsettled
-- Calls under way: those without an id were asked for, and nobody wrote down whether they were made.
SELECT item_id, attempt, asked_since, vapi_call_id, now() AS at
FROM outbound_attempts
WHERE org_id = (SELECT auth.org_id()) AND settled_at IS NULL
ORDER BY asked_since

-- name: who
-- Who is called, and about which visit: for the words that go along.
SELECT coalesce(p.language, o.languages[1]) AS language, coalesce(p.native_name, p.first_name, w.first_name) AS native,
    coalesce(p.first_name, w.first_name) AS first_name,
    c.visit_start, c.purpose, coalesce(o.phone_number, n.e164) AS call_back, m.kind
FROM outbound_calls c
JOIN organizations o ON o.id = c.org_id
LEFT JOIN phone_numbers n ON n.org_id = c.org_id AND n.vapi_id = %(phone_number_id)s::text
LEFT JOIN communications m ON m.org_id = c.org_id AND m.id = c.communication_id
LEFT JOIN waitlist w ON w.org_id = c.org_id AND w.id = m.waitlist_id
LEFT JOIN patients p ON p.org_id = c.org_id AND p.id = coalesce(c.patient_id, w.patient_id)
WHERE c.org_id = (SELECT auth.org_id()) AND c.id = %(id)s::bigint

-- name: settle_attempt
-- No row: another call was this attempt, or it is settled already, by more than a reason of our own. A report may come
-- after an attempt was taken for one that never was, and before the answer that has the call's id.
UPDATE outbound_attempts t
SET vapi_call_id = coalesce(t.vapi_call_id, %(call_id)s::text), ended_reason = %(ended_reason)s::text,
    settled_at = now()
WHERE t.org_id = (SELECT auth.org_id()) AND t.item_id = %(item_id)s::bigint AND t.attempt = %(attempt)s::integer
    AND (t.vapi_call_id IS NULL OR t.vapi_call_id = %(call_id)s::text)
    AND (t.settled_at IS NULL OR starts_with(t.ended_reason, 'frontdesk-') AND %(call_id)s::text IS NOT NULL)

-- name: came_to
-- What a call that was answered came to, by the rows it left.
SELECT CASE
        WHEN c.purpose = 'reminder' THEN CASE
            WHEN a.id IS NULL OR a.status IN ('cancelled', 'noshow') THEN 'cancelled'
            WHEN a.visit_start <> c.visit_start THEN 'moved'
            WHEN a.confirmed_at IS NOT NULL THEN 'confirmed'
        END
        WHEN EXISTS (
            SELECT FROM appointments b
            WHERE b.org_id = c.org_id AND b.patient_id = c.patient_id AND b.call_id = %(call_id)s::text
                AND b.status IN ('booked', 'pending')
        ) THEN 'booked'
        WHEN m.told_at IS NOT NULL THEN 'told'
    END
FROM outbound_calls c
LEFT JOIN appointments a ON a.org_id = c.org_id AND a.id = c.appointment_id
LEFT JOIN communications m ON m.org_id = c.org_id AND m.id = c.communication_id
WHERE c.org_id = (SELECT auth.org_id()) AND c.id = %(item_id)s::bigint

-- name: has_talked
-- Whether anybody there said enough for a tool to be asked.
SELECT EXISTS (
    SELECT FROM tool_calls WHERE org_id = (SELECT auth.org_id()) AND call_id = %(call_id)s::text
        AND tool NOT IN ('get_clinic_info', 'log_call_metadata'))

-- name: end_item
-- What was given up is done all the same when a late report says so.
UPDATE outbound_calls
SET status = %(status)s::text, outcome = %(outcome)s::text, ended_at = now()
WHERE org_id = (SELECT auth.org_id()) AND id = %(item_id)s::bigint
    AND (status IN ('waiting', 'calling') OR status = 'gave_up' AND %(status)s::text = 'done')

-- name: try_again
-- Later, or never when it was tried often enough, or would be too late. A call that never was is no reason to wait.
-- While another attempt is under way that one decides, for this is the late report of an earlier one.
UPDATE outbound_calls c
SET status = CASE WHEN n.is_over THEN 'gave_up' ELSE 'waiting' END, outcome = %(outcome)s::text,
    ended_at = CASE WHEN n.is_over THEN now() END, next_at = n.next_at
FROM organizations o, LATERAL (
    SELECT w.next_at, x.attempts >= o.outbound_attempts OR x.expires_at <= w.next_at AS is_over
    FROM outbound_calls x, LATERAL (
        SELECT now() + make_interval(mins => CASE WHEN %(at_once)s::boolean THEN 0 ELSE o.outbound_spacing_min END)
            AS next_at
    ) w
    WHERE x.org_id = o.id AND x.id = %(item_id)s::bigint
) n
WHERE o.id = (SELECT auth.org_id()) AND c.org_id = o.id AND c.id = %(item_id)s::bigint AND c.status IN ('waiting', 'calling')
    AND NOT EXISTS (
        SELECT FROM outbound_attempts t
        WHERE t.org_id = c.org_id AND t.item_id = c.id AND t.settled_at IS NULL
    )

-- name: voicemail_is_enough
SELECT voicemail_is_enough FROM organizations WHERE id = (SELECT auth.org_id())

-- name: listed
SELECT c.id, c.purpose, c.status, c.patient_id, c.appointment_id, c.number, c.attempts, c.next_at, c.outcome, c.created_at,
    c.ended_at, (
        SELECT coalesce(jsonb_agg(jsonb_build_object('asked_at', t.asked_since, 'call_id', t.vapi_call_id,
            'ended_reason', t.ended_reason) ORDER BY t.attempt), '[]')
        FROM outbound_attempts t
        WHERE t.org_id = c.org_id AND t.item_id = c.id
    ) AS tries
FROM outbound_calls c
WHERE c.org_id = (SELECT auth.org_id()) AND c.id < %(below)s::bigint
    AND c.status = coalesce(%(status)s::text, c.status)
ORDER BY c.id DESC
LIMIT %(limit)s::integer

-- name: never_call
INSERT INTO do_not_call (org_id, number) VALUES ((SELECT auth.org_id()), %(number)s::text)
ON CONFLICT DO NOTHING

-- name: call_again
DELETE FROM do_not_call WHERE org_id = (SELECT auth.org_id()) AND number = %(number)s::text

-- name: never_called
SELECT number, since FROM do_not_call WHERE org_id = (SELECT auth.org_id()) ORDER BY since DESC, number LIMIT 1000
