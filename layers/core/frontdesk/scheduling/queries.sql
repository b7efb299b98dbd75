-- name: providers
SELECT id, name, name_zh, specialty, languages
FROM providers
WHERE org_id = (SELECT auth.org_id()) AND is_active
ORDER BY id

-- name: appointment_types
SELECT id, name, name_zh, also_called, duration_min, buffer_before_min, buffer_after_min
FROM appointment_types
WHERE org_id = (SELECT auth.org_id()) AND is_active
ORDER BY id

-- name: appointment_type
-- Also one that is not offered any more: what was booked as such may still be moved.
SELECT id, name, name_zh, also_called, duration_min, buffer_before_min, buffer_after_min
FROM appointment_types
WHERE org_id = (SELECT auth.org_id()) AND id = %(id)s::bigint

-- name: shifts
SELECT provider_id, weekday, starts, ends
FROM working_hours
WHERE org_id = (SELECT auth.org_id())
ORDER BY provider_id, weekday, starts

-- name: time_off
SELECT provider_id, starts_at, ends_at
FROM time_off
WHERE org_id = (SELECT auth.org_id()) AND ends_at > %(since)s::timestamptz
    AND starts_at < %(until)s::timestamptz
ORDER BY starts_at

-- name: busy
-- What keeps providers from being booked, buffers included. An expired hold blocks nobody, though its row
-- may still be there; nor does the hold of the call that asks. `occupied_to` is bounded on both sides
-- because nothing occupies more than a day: the index reads the window and no more.
SELECT provider_id, occupied_from AS starts_at, occupied_to AS ends_at
FROM appointments
WHERE org_id = (SELECT auth.org_id()) AND provider_id = ANY (%(provider_ids)s::bigint[])
    AND status IN ('held', 'pending', 'booked', 'arrived', 'fulfilled')
    AND occupied_to > %(since)s::timestamptz
    AND occupied_to < %(until)s::timestamptz + interval '1 day'
    AND occupied_from < %(until)s::timestamptz
    AND NOT (status = 'held' AND (held_until <= %(now)s::timestamptz OR call_id = %(call_id)s::text))
    AND id IS DISTINCT FROM %(except_id)s::bigint
ORDER BY provider_id, occupied_from

-- name: drop_holds
-- The call's own hold, and the clinic's expired ones: a constraint can't look at the clock. Those that
-- another call is clearing at this moment are left to it, so that two never wait for each other in a ring.
DELETE FROM appointments
WHERE org_id = (SELECT auth.org_id()) AND id IN (
    SELECT id
    FROM appointments
    WHERE org_id = (SELECT auth.org_id()) AND status = 'held'
        AND (call_id = %(call_id)s::text OR held_until <= %(now)s::timestamptz)
    FOR UPDATE SKIP LOCKED
)

-- name: live_holds
SELECT count(*)
FROM appointments
WHERE org_id = (SELECT auth.org_id()) AND capped_as = %(capped_as)s::text AND status = 'held'
    AND held_until > %(now)s::timestamptz AND call_id <> %(call_id)s::text

-- name: hold
-- Sets a start aside for one call. No row back: somebody else was first.
INSERT INTO appointments (org_id, provider_id, type_id, status, visit, occupied, held_until, call_id, capped_as)
VALUES (
    (SELECT auth.org_id()), %(provider_id)s::bigint, %(type_id)s::bigint, 'held',
    tstzrange(%(starts_at)s, %(ends_at)s), tstzrange(%(occupied_from)s, %(occupied_to)s),
    %(held_until)s::timestamptz, %(call_id)s::text, %(capped_as)s::text
)
-- Any conflict: also with the call's own expired hold, while another call is still clearing it.
ON CONFLICT DO NOTHING
RETURNING id

-- name: held_provider
SELECT provider_id
FROM appointments
WHERE org_id = (SELECT auth.org_id()) AND status = 'held' AND call_id = %(call_id)s::text
    AND held_until > %(now)s::timestamptz

-- name: booked_since
SELECT count(*)
FROM appointments
WHERE org_id = (SELECT auth.org_id()) AND capped_as = %(capped_as)s::text
    AND created_at >= %(since)s::timestamptz AND status IN ('pending', 'booked')
    AND visit_start > %(now)s::timestamptz

-- name: booked_by_this_call
-- The same visit, asked for again after a barge-in: as long as its row stands it is the answer.
SELECT a.id, a.provider_id, p.name AS provider_name, p.name_zh AS provider_name_zh, a.patient_id, a.type_id,
    t.name AS type_name, t.name_zh AS type_name_zh, a.status, lower(a.visit) AS starts_at,
    upper(a.visit) AS ends_at
FROM appointments a
JOIN providers p ON p.org_id = a.org_id AND p.id = a.provider_id
JOIN appointment_types t ON t.org_id = a.org_id AND t.id = a.type_id
WHERE a.org_id = (SELECT auth.org_id()) AND a.patient_id = %(patient_id)s::bigint
    AND a.visit_start = %(starts_at)s::timestamptz AND a.call_id = %(call_id)s::text
    AND a.type_id = %(type_id)s::bigint AND a.provider_id = coalesce(%(provider_id)s::bigint, a.provider_id)
    AND a.status IN ('pending', 'booked')

-- name: book
-- Takes a time for one provider. The constraint `one_at_a_time` refuses an overlap of the
-- occupied ranges, so of two callers who want the same start exactly one gets it.
INSERT INTO appointments (org_id, provider_id, patient_id, type_id, status, visit, occupied, reason, language,
    is_virtual, call_id, capped_as)
VALUES (
    (SELECT auth.org_id()), %(provider_id)s::bigint, %(patient_id)s::bigint, %(type_id)s::bigint, 'booked',
    tstzrange(%(starts_at)s, %(ends_at)s), tstzrange(%(occupied_from)s, %(occupied_to)s),
    %(reason)s::text, %(language)s::text, %(is_virtual)s::boolean, %(call_id)s::text, %(capped_as)s::text
)
ON CONFLICT ON CONSTRAINT one_at_a_time DO NOTHING
RETURNING id

-- name: of_patient
SELECT a.id, a.provider_id, p.name AS provider_name, p.name_zh AS provider_name_zh, a.patient_id, a.type_id,
    t.name AS type_name, t.name_zh AS type_name_zh, a.status, lower(a.visit) AS starts_at,
    upper(a.visit) AS ends_at
FROM appointments a
JOIN providers p ON p.org_id = a.org_id AND p.id = a.provider_id
JOIN appointment_types t ON t.org_id = a.org_id AND t.id = a.type_id
WHERE a.org_id = (SELECT auth.org_id()) AND a.patient_id = %(patient_id)s::bigint AND a.id = %(id)s::bigint

-- name: next_of_patient
SELECT a.id, a.provider_id, p.name AS provider_name, p.name_zh AS provider_name_zh, a.patient_id, a.type_id,
    t.name AS type_name, t.name_zh AS type_name_zh, a.status, lower(a.visit) AS starts_at,
    upper(a.visit) AS ends_at
FROM appointments a
JOIN providers p ON p.org_id = a.org_id AND p.id = a.provider_id
JOIN appointment_types t ON t.org_id = a.org_id AND t.id = a.type_id
WHERE a.org_id = (SELECT auth.org_id()) AND a.patient_id = %(patient_id)s::bigint
    AND a.visit_start >= %(since)s::timestamptz AND a.visit_start < %(until)s::timestamptz
    AND a.status IN ('pending', 'booked')
    AND a.provider_id = coalesce(%(provider_id)s::bigint, a.provider_id)
ORDER BY a.visit_start
LIMIT 10

-- name: lock_providers
-- Moves of one provider's visits go one after the other: two that cross would deadlock. Sorted, always.
SELECT count(pg_advisory_xact_lock(hashtextextended((SELECT auth.org_id())::text || id::text, 2)))
FROM (SELECT DISTINCT id FROM unnest(%(provider_ids)s::bigint[]) AS id ORDER BY id) sorted

-- name: take_out
-- A move frees the old time first, then takes the new one under the same id, in one transaction: a lost
-- race rolls both back. An UPDATE of the range has no ON CONFLICT, so it is not one.
DELETE FROM appointments
WHERE org_id = (SELECT auth.org_id()) AND patient_id = %(patient_id)s::bigint AND id = %(id)s::bigint
    AND status IN ('pending', 'booked')
RETURNING id, type_id, status, reason, language, is_virtual, call_id, capped_as, created_at

-- name: put_back
INSERT INTO appointments (id, org_id, provider_id, patient_id, type_id, status, visit, occupied, reason,
    language, is_virtual, call_id, capped_as, created_at)
OVERRIDING SYSTEM VALUE
VALUES (
    %(id)s::bigint, (SELECT auth.org_id()), %(provider_id)s::bigint, %(patient_id)s::bigint,
    %(type_id)s::bigint, %(status)s::text, tstzrange(%(starts_at)s, %(ends_at)s),
    tstzrange(%(occupied_from)s, %(occupied_to)s), %(reason)s::text, %(language)s::text,
    %(is_virtual)s::boolean, %(call_id)s::text, %(capped_as)s::text, %(created_at)s::timestamptz
)
ON CONFLICT ON CONSTRAINT one_at_a_time DO NOTHING
RETURNING id

-- name: cancel
UPDATE appointments
SET status = 'cancelled', cancelled_at = %(now)s::timestamptz, cancel_reason = %(reason)s::text
WHERE org_id = (SELECT auth.org_id()) AND patient_id = %(patient_id)s::bigint AND id = %(id)s::bigint
    AND status IN ('pending', 'booked')

-- name: clinic_closed
SELECT starts_at, ends_at
FROM time_off
WHERE org_id = (SELECT auth.org_id()) AND provider_id IS NULL AND ends_at > %(since)s::timestamptz
    AND starts_at < %(until)s::timestamptz
ORDER BY starts_at

-- name: clinics_to_sweep
SELECT org_id FROM directory.organizations_with_expired_holds(%(now)s::timestamptz) AS org_id

-- name: sweep_holds
-- Expired holds. One that a call is clearing or extending at this moment is left to it.
DELETE FROM appointments
WHERE org_id = (SELECT auth.org_id()) AND id IN (
    SELECT id
    FROM appointments
    WHERE org_id = (SELECT auth.org_id()) AND status = 'held' AND held_until <= %(now)s::timestamptz
    FOR UPDATE SKIP LOCKED
)

-- name: local_now
SELECT time_zone, now() AS at
FROM organizations
WHERE id = (SELECT auth.org_id())

-- name: visits_between
SELECT a.id, a.status, lower(a.visit) AS starts_at, upper(a.visit) AS ends_at, a.provider_id,
    p.name AS provider_name, a.patient_id, t.name AS appointment_type, a.is_virtual
FROM appointments a
JOIN providers p ON p.org_id = a.org_id AND p.id = a.provider_id
JOIN appointment_types t ON t.org_id = a.org_id AND t.id = a.type_id
WHERE a.org_id = (SELECT auth.org_id()) AND a.status <> 'held'
    AND a.visit_start >= %(since)s::timestamptz AND a.visit_start < %(until)s::timestamptz
    AND a.provider_id = coalesce(%(provider_id)s::bigint, a.provider_id)
ORDER BY a.visit_start, a.provider_id, a.id

-- name: decide
-- Guarded by the old status, so of two decisions at once the second sees what the first has made. The
-- history is written by the same statement: one row changed is one row written.
WITH changed AS (
    UPDATE appointments
    SET status = %(status)s::text
    WHERE org_id = (SELECT auth.org_id()) AND id = %(id)s::bigint AND status = ANY (%(allowed_from)s::text[])
    RETURNING id, patient_id
)
INSERT INTO audit_log (org_id, action, outcome, patient_id, appointment_id)
SELECT (SELECT auth.org_id()), 'decide_' || %(decision)s::text, 'done', patient_id, id
FROM changed

-- name: status
SELECT status
FROM appointments
WHERE org_id = (SELECT auth.org_id()) AND id = %(id)s::bigint AND status <> 'held'
