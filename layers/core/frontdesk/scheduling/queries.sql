-- name: providers
SELECT id, name, name_zh, specialty, languages
FROM providers
WHERE org_id = (SELECT auth.org_id()) AND is_active
ORDER BY id

-- name: appointment_types
SELECT id, name, name_zh, also_called, duration_min, buffer_before_min, buffer_after_min, modes,
    is_for_new_patients, instructions, instructions_zh
FROM appointment_types
WHERE org_id = (SELECT auth.org_id()) AND is_active
ORDER BY id

-- name: appointment_type
-- Also one that is not offered any more: what was booked as such may still be moved.
SELECT id, name, name_zh, also_called, duration_min, buffer_before_min, buffer_after_min, modes,
    is_for_new_patients, instructions, instructions_zh
FROM appointment_types
WHERE org_id = (SELECT auth.org_id()) AND id = %(id)s::bigint

-- name: shifts
SELECT provider_id, weekday, starts, ends, location_id
FROM working_hours
WHERE org_id = (SELECT auth.org_id())
ORDER BY provider_id, weekday, starts

-- name: provider_types
SELECT provider_id, type_id, is_offered, duration_min
FROM provider_types
WHERE org_id = (SELECT auth.org_id())

-- name: caps
SELECT provider_id, type_id, period, most
FROM caps
WHERE org_id = (SELECT auth.org_id())

-- name: locations
SELECT id, name, name_zh
FROM locations
WHERE org_id = (SELECT auth.org_id())

-- name: date_hours
SELECT provider_id, day, starts, ends, location_id
FROM date_hours
WHERE org_id = (SELECT auth.org_id()) AND day BETWEEN %(first)s::date AND %(last)s::date
ORDER BY provider_id, day, starts

-- name: holidays
SELECT day
FROM holidays
WHERE org_id = (SELECT auth.org_id()) AND day BETWEEN %(first)s::date AND %(last)s::date AND is_closed
ORDER BY day

-- name: time_off
SELECT provider_id, starts_at, ends_at
FROM time_off
WHERE org_id = (SELECT auth.org_id()) AND ends_at > %(since)s::timestamptz
    AND starts_at < %(until)s::timestamptz
ORDER BY starts_at

-- name: busy
-- What keeps providers from being booked, buffers included, what touches as one. Neither an expired hold nor
-- a request that lapsed blocks anybody, though its row may still be there; nor does the hold of the call that
-- asks. A time kept for the waitlist is no call's, to which `=` would say neither yes nor no. `occupied_to` is
-- bounded on both sides because nothing occupies more than a day: the index reads the window and no more.
SELECT provider_id, lower(stretch) AS starts_at, upper(stretch) AS ends_at
FROM (
    SELECT provider_id, unnest(range_agg(occupied)) AS stretch
    FROM appointments
    WHERE org_id = (SELECT auth.org_id()) AND provider_id = ANY (%(provider_ids)s::bigint[])
        AND status IN ('held', 'pending', 'booked', 'arrived', 'fulfilled')
        AND occupied_to > %(since)s::timestamptz
        AND occupied_to < %(until)s::timestamptz + interval '1 day'
        AND occupied_from < %(until)s::timestamptz
        AND NOT (status = 'held'
            AND (held_until <= %(now)s::timestamptz OR call_id IS NOT DISTINCT FROM %(call_id)s::text))
        AND NOT (status = 'pending' AND pending_until <= %(now)s::timestamptz)
        AND id IS DISTINCT FROM %(except_id)s::bigint
    GROUP BY provider_id
) taken
ORDER BY provider_id, starts_at

-- name: counted
-- What caps count in those weeks: everything that blocks.
SELECT provider_id, type_id, visit_start AS starts_at
FROM appointments
WHERE org_id = (SELECT auth.org_id())
    AND status IN ('held', 'pending', 'booked', 'arrived', 'fulfilled')
    AND occupied_to > %(since)s::timestamptz
    AND occupied_to < %(until)s::timestamptz + interval '1 day'
    AND visit_start >= %(since)s::timestamptz AND visit_start < %(until)s::timestamptz
    AND NOT (status = 'held'
        AND (held_until <= %(now)s::timestamptz OR call_id IS NOT DISTINCT FROM %(call_id)s::text))
    AND NOT (status = 'pending' AND pending_until <= %(now)s::timestamptz)
    AND id IS DISTINCT FROM %(except_id)s::bigint

-- name: bookings_by_day
SELECT day.place::int AS place, a.provider_id, count(*) AS bookings
FROM unnest(%(midnights)s::timestamptz[], %(next_midnights)s::timestamptz[]) WITH ORDINALITY AS day (since, until, place)
JOIN appointments a ON a.org_id = (SELECT auth.org_id()) AND a.provider_id = ANY (%(provider_ids)s::bigint[])
    AND a.status IN ('pending', 'booked', 'arrived', 'fulfilled')
    AND a.occupied_to > day.since AND a.occupied_to < day.until + interval '1 day'
    AND a.visit_start >= day.since AND a.visit_start < day.until
GROUP BY day.place, a.provider_id

-- name: last_provider
-- Whom the caller saw last, or is to see: of the proven patient, else of everybody on that telephone.
SELECT a.provider_id
FROM appointments a
WHERE a.org_id = (SELECT auth.org_id()) AND a.status IN ('booked', 'arrived', 'fulfilled')
    AND a.patient_id = ANY (CASE WHEN %(patient_id)s::bigint IS NOT NULL THEN ARRAY[%(patient_id)s::bigint]
        ELSE ARRAY(
            SELECT p.id FROM patients p
            WHERE p.org_id = (SELECT auth.org_id()) AND p.phone = %(phone)s::text
        ) END)
ORDER BY a.visit_start DESC
LIMIT 1

-- name: lock_caps
SELECT pg_advisory_xact_lock(hashtextextended((SELECT auth.org_id())::text, 3))

-- name: was_seen
SELECT EXISTS (
    SELECT FROM appointments
    WHERE org_id = (SELECT auth.org_id()) AND patient_id = %(patient_id)s::bigint
        AND (status IN ('arrived', 'fulfilled')
            OR status = 'booked' AND visit_start < %(now)s::timestamptz)
)

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
RETURNING id

-- name: live_holds
SELECT count(*) AS holds
FROM appointments
WHERE org_id = (SELECT auth.org_id()) AND capped_as = %(capped_as)s::text AND status = 'held'
    AND held_until > %(now)s::timestamptz AND call_id <> %(call_id)s::text

-- name: hold
-- Sets a start aside for one call. No row back: somebody else was first.
INSERT INTO appointments (org_id, provider_id, location_id, type_id, status, visit, occupied, held_until,
    call_id, capped_as, waitlist_id)
VALUES (
    (SELECT auth.org_id()), %(provider_id)s::bigint, %(location_id)s::bigint, %(type_id)s::bigint, 'held',
    tstzrange(%(starts_at)s, %(ends_at)s), tstzrange(%(occupied_from)s, %(occupied_to)s),
    %(held_until)s::timestamptz, %(call_id)s::text, %(capped_as)s::text, %(waitlist_id)s::bigint
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
SELECT id, provider_id, provider_name, provider_name_zh, patient_id, type_id, type_name, type_name_zh,
    location_name, location_name_zh, status, starts_at, ends_at
FROM visits
WHERE org_id = (SELECT auth.org_id()) AND patient_id = %(patient_id)s::bigint
    AND starts_at = %(starts_at)s::timestamptz AND call_id = %(call_id)s::text
    AND type_id = %(type_id)s::bigint AND provider_id = coalesce(%(provider_id)s::bigint, provider_id)
    AND status IN ('pending', 'booked')

-- name: book
-- Takes a time for one provider. The constraint `one_at_a_time` refuses an overlap of the
-- occupied ranges, so of two callers who want the same start exactly one gets it.
-- A time that was kept for the caller on the waitlist has found its person with that.
WITH won AS (
    INSERT INTO appointments (org_id, provider_id, location_id, patient_id, type_id, status, pending_until, visit,
        occupied, reason, language, is_virtual, call_id, capped_as)
    VALUES (
        (SELECT auth.org_id()), %(provider_id)s::bigint, %(location_id)s::bigint, %(patient_id)s::bigint,
        %(type_id)s::bigint, %(status)s::text, %(pending_until)s::timestamptz,
        tstzrange(%(starts_at)s, %(ends_at)s), tstzrange(%(occupied_from)s, %(occupied_to)s),
        %(reason)s::text, %(language)s::text, %(is_virtual)s::boolean, %(call_id)s::text, %(capped_as)s::text
    )
    ON CONFLICT ON CONSTRAINT one_at_a_time DO NOTHING
    RETURNING id
), filled AS (
    UPDATE waitlist_offers o
    SET outcome = 'booked'
    FROM waitlist w
    WHERE EXISTS (SELECT FROM won) AND o.org_id = (SELECT auth.org_id()) AND o.outcome IS NULL
        AND o.provider_id = %(provider_id)s::bigint AND o.starts_at = %(starts_at)s::timestamptz
        AND w.org_id = o.org_id AND w.id = o.waitlist_id AND w.phone = %(capped_as)s::text
    RETURNING w.id
), off_the_list AS (
    UPDATE waitlist
    SET status = 'booked'
    WHERE org_id = (SELECT auth.org_id()) AND id IN (SELECT id FROM filled)
)
SELECT id FROM won

-- name: of_patient
SELECT id, provider_id, provider_name, provider_name_zh, patient_id, type_id, type_name, type_name_zh,
    location_name, location_name_zh, status, starts_at, ends_at
FROM visits
WHERE org_id = (SELECT auth.org_id()) AND patient_id = %(patient_id)s::bigint AND id = %(id)s::bigint

-- name: next_of_patient
SELECT id, provider_id, provider_name, provider_name_zh, patient_id, type_id, type_name, type_name_zh,
    location_name, location_name_zh, status, starts_at, ends_at
FROM visits
WHERE org_id = (SELECT auth.org_id()) AND patient_id = %(patient_id)s::bigint
    AND starts_at >= %(since)s::timestamptz AND starts_at < %(until)s::timestamptz
    AND status IN ('pending', 'booked')
    AND provider_id = coalesce(%(provider_id)s::bigint, provider_id)
ORDER BY starts_at
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
RETURNING id, type_id, reason, language, is_virtual, call_id, capped_as, created_at

-- name: put_back
INSERT INTO appointments (id, org_id, provider_id, location_id, patient_id, type_id, status, pending_until,
    visit, occupied, reason, language, is_virtual, call_id, capped_as, created_at)
OVERRIDING SYSTEM VALUE
VALUES (
    %(id)s::bigint, (SELECT auth.org_id()), %(provider_id)s::bigint, %(location_id)s::bigint,
    %(patient_id)s::bigint, %(type_id)s::bigint, %(status)s::text, %(pending_until)s::timestamptz,
    tstzrange(%(starts_at)s, %(ends_at)s), tstzrange(%(occupied_from)s, %(occupied_to)s), %(reason)s::text,
    %(language)s::text, %(is_virtual)s::boolean, %(call_id)s::text, %(capped_as)s::text,
    %(created_at)s::timestamptz
)
ON CONFLICT ON CONSTRAINT one_at_a_time DO NOTHING
RETURNING id

-- name: cancel
UPDATE appointments
SET status = 'cancelled', cancelled_at = %(now)s::timestamptz, cancel_reason = %(reason)s::text,
    pending_until = NULL
WHERE org_id = (SELECT auth.org_id()) AND patient_id = %(patient_id)s::bigint AND id = %(id)s::bigint
    AND status IN ('pending', 'booked')

-- name: lapse
-- Requests that nobody answered in time. Those that another is clearing at this moment are left to it.
WITH lapsed AS (
    UPDATE appointments
    SET status = 'cancelled', cancelled_at = %(now)s::timestamptz, cancel_reason = 'lapsed', pending_until = NULL
    WHERE org_id = (SELECT auth.org_id()) AND id IN (
        SELECT id
        FROM appointments
        WHERE org_id = (SELECT auth.org_id()) AND status = 'pending'
            AND pending_until <= %(now)s::timestamptz
        FOR UPDATE SKIP LOCKED
    )
    RETURNING org_id, id, patient_id, provider_id, visit_start
), told AS (
    INSERT INTO communications (org_id, kind, patient_id, appointment_id)
    SELECT org_id, 'lapsed', patient_id, id FROM lapsed
)
SELECT provider_id, visit_start AS starts_at FROM lapsed

-- name: add_to_waitlist
-- Once a person: who is on the list stays where they are, and who had been served stands at its end again.
INSERT INTO waitlist AS w (org_id, first_name, last_name, name_key, phone, notes, call_id, patient_id, sought)
VALUES (
    (SELECT auth.org_id()), %(first_name)s::text, %(last_name)s::text, %(name_key)s::text, %(phone)s::text,
    %(notes)s::text, %(call_id)s::text, %(patient_id)s::bigint, coalesce(
        (SELECT sought FROM calls WHERE org_id = (SELECT auth.org_id()) AND id = %(call_id)s::text), '{}')
)
ON CONFLICT ON CONSTRAINT once_a_person DO UPDATE
    SET status = 'waiting', sought = excluded.sought, notes = excluded.notes, created_at = excluded.created_at
    WHERE w.status = 'booked'
RETURNING id

-- name: waitlist_entry
SELECT id
FROM waitlist
WHERE org_id = (SELECT auth.org_id()) AND phone = %(phone)s::text AND name_key = %(name_key)s::text

-- name: waiting
-- Who waits, in order; not who was offered this very time before.
SELECT id, sought
FROM waitlist w
WHERE org_id = (SELECT auth.org_id()) AND status = 'waiting' AND NOT EXISTS (
    SELECT FROM waitlist_offers o
    WHERE o.org_id = w.org_id AND o.waitlist_id = w.id AND o.provider_id = %(provider_id)s::bigint
        AND o.starts_at = %(starts_at)s::timestamptz
)
ORDER BY created_at, id
LIMIT 200

-- name: offer_to_waiting
WITH offered AS (
    INSERT INTO waitlist_offers (org_id, waitlist_id, provider_id, starts_at, offered_at, offered_until)
    VALUES ((SELECT auth.org_id()), %(waitlist_id)s::bigint, %(provider_id)s::bigint,
        %(starts_at)s::timestamptz, %(now)s::timestamptz, %(until)s::timestamptz)
    RETURNING org_id, waitlist_id
), told AS (
    INSERT INTO communications (org_id, kind, patient_id, waitlist_id)
    SELECT w.org_id, 'waitlist_offer', w.patient_id, w.id
    FROM offered o JOIN waitlist w ON w.org_id = o.org_id AND w.id = o.waitlist_id
)
UPDATE waitlist w
SET status = 'offered'
FROM offered o
WHERE w.org_id = o.org_id AND w.id = o.waitlist_id

-- name: kept_for_caller
-- A freed time that waits for whoever calls from this number; also one that an earlier call of theirs was
-- offered, for that may have broken off.
SELECT a.id AS hold_id, a.provider_id, a.location_id, a.type_id, a.visit_start AS starts_at
FROM waitlist w
JOIN appointments a ON a.org_id = w.org_id AND a.waitlist_id = w.id
WHERE w.org_id = (SELECT auth.org_id()) AND w.phone = %(phone)s::text AND w.status = 'offered'
    AND a.held_until > %(now)s::timestamptz
ORDER BY a.visit_start
LIMIT 1

-- name: give_back_kept
-- The call asks for something else, or once more: its time stays kept, but is no hold of this call's.
UPDATE appointments
SET call_id = NULL, capped_as = NULL
WHERE org_id = (SELECT auth.org_id()) AND call_id = %(call_id)s::text AND status = 'held'
    AND waitlist_id IS NOT NULL AND held_until > %(now)s::timestamptz
RETURNING id

-- name: hand_over
-- The kept time becomes the call's own hold, for as long as it was kept or a hold lasts; not ever longer,
-- however often they ask.
UPDATE appointments
SET call_id = %(call_id)s::text, capped_as = %(capped_as)s::text,
    held_until = greatest(held_until, least(%(held_until)s::timestamptz, created_at + %(longest)s::interval))
WHERE org_id = (SELECT auth.org_id()) AND id = %(id)s::bigint AND status = 'held'
    AND held_until > %(now)s::timestamptz
RETURNING id

-- name: passed_offers
-- Offers that are over: their time is up, or their hold is gone. Each is settled by one sweep only.
WITH passed AS (
    UPDATE waitlist_offers
    SET outcome = 'passed'
    WHERE org_id = (SELECT auth.org_id()) AND id IN (
        SELECT o.id
        FROM waitlist_offers o
        WHERE o.org_id = (SELECT auth.org_id()) AND o.outcome IS NULL AND NOT EXISTS (
            SELECT FROM appointments a
            WHERE a.org_id = o.org_id AND a.waitlist_id = o.waitlist_id
                AND a.held_until > %(now)s::timestamptz
        )
        FOR UPDATE SKIP LOCKED
    )
    RETURNING org_id, waitlist_id, provider_id, starts_at
), waiting AS (
    UPDATE waitlist w
    SET status = 'waiting'
    FROM passed p
    WHERE w.org_id = p.org_id AND w.id = p.waitlist_id AND w.status = 'offered'
)
SELECT provider_id, starts_at FROM passed

-- name: clinics_to_sweep
SELECT org_id FROM directory.organizations_to_sweep(%(now)s::timestamptz) AS org_id

-- name: clinics_with_holidays
SELECT org_id FROM directory.organizations_with_holidays() AS org_id

-- name: keep_holidays
-- A day that has a row is the clinic's own affair: renamed, kept open, or of its own making.
INSERT INTO holidays (org_id, day, name)
SELECT (SELECT auth.org_id()), day, name
FROM unnest(%(days)s::date[], %(names)s::text[]) AS public_holiday (day, name)
ON CONFLICT (org_id, day) DO NOTHING

-- name: sweep_holds
-- Expired holds. One that a call is clearing or extending at this moment is left to it.
DELETE FROM appointments
WHERE org_id = (SELECT auth.org_id()) AND id IN (
    SELECT id
    FROM appointments
    WHERE org_id = (SELECT auth.org_id()) AND status = 'held' AND held_until <= %(now)s::timestamptz
    FOR UPDATE SKIP LOCKED
)

-- name: visits_between
SELECT id, status, starts_at, ends_at, provider_id, provider_name, patient_id, type_name AS appointment_type,
    is_virtual
FROM visits
WHERE org_id = (SELECT auth.org_id())
    AND starts_at >= %(since)s::timestamptz AND starts_at < %(until)s::timestamptz
    AND provider_id = coalesce(%(provider_id)s::bigint, provider_id)
ORDER BY starts_at, provider_id, id

-- name: decide
-- Guarded by the old status, so of two decisions at once the second sees what the first has made.
WITH decided AS (
    UPDATE appointments
    SET status = %(status)s::text, pending_until = NULL,
        cancelled_at = CASE WHEN %(status)s::text = 'cancelled' THEN %(now)s::timestamptz END,
        cancel_reason = CASE WHEN %(status)s::text = 'cancelled' THEN %(told)s::text END
    WHERE org_id = (SELECT auth.org_id()) AND id = %(id)s::bigint
        AND status = ANY (%(allowed_from)s::text[])
    RETURNING org_id, id, patient_id, provider_id, visit_start
), told AS (
    INSERT INTO communications (org_id, kind, patient_id, appointment_id)
    SELECT org_id, %(told)s::text, patient_id, id FROM decided WHERE %(told)s::text IS NOT NULL
)
SELECT provider_id, visit_start AS starts_at FROM decided

-- name: status
SELECT status
FROM appointments
WHERE org_id = (SELECT auth.org_id()) AND id = %(id)s::bigint AND status <> 'held'
