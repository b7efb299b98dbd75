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

-- name: particulars
-- What most clinics have none of, in one row.
SELECT (
    SELECT jsonb_agg(jsonb_build_object('provider_id', provider_id, 'type_id', type_id,
        'is_offered', is_offered, 'duration_min', duration_min))
    FROM provider_types
    WHERE org_id = (SELECT auth.org_id())
) AS provider_types, (
    SELECT jsonb_agg(jsonb_build_object('provider_id', provider_id, 'type_id', type_id, 'period', period,
        'most', most))
    FROM caps
    WHERE org_id = (SELECT auth.org_id())
) AS caps, (
    SELECT jsonb_agg(jsonb_build_object('id', id, 'name', name, 'name_zh', name_zh))
    FROM locations
    WHERE org_id = (SELECT auth.org_id())
) AS locations, (
    SELECT jsonb_agg(jsonb_build_object('provider_id', c.provider_id, 'id', c.id, 'connection_id', c.connection_id,
        'vendor', n.vendor, 'vendor_id', c.vendor_id, 'lookup', c.lookup, 'time_zone', c.time_zone,
        'pulled_at', c.pulled_at, 'may_be_asked', c.failure IS NULL AND n.failure IS NULL
            -- Who asks for patience gets it.
            AND NOT (coalesce(n.sync_failure, '') = 'Throttled' AND n.due_at > now())))
    FROM calendars c
    JOIN calendar_connections n ON n.org_id = c.org_id AND n.id = c.connection_id
    WHERE c.org_id = (SELECT auth.org_id()) AND c.provider_id IS NOT NULL
) AS calendars, (
    SELECT jsonb_agg(jsonb_build_object('type_id', type_id, 'codes', codes))
    FROM emr_types
    WHERE org_id = (SELECT auth.org_id()) AND codes <> '{}'
) AS codes

-- name: exceptions
-- What differs from the week in those days, in one row.
SELECT (
    SELECT jsonb_agg(jsonb_build_object('provider_id', provider_id,
        'starts_at', greatest(starts_at, %(since)s::timestamptz),
        'ends_at', least(ends_at, %(until)s::timestamptz)))
    FROM time_off
    WHERE org_id = (SELECT auth.org_id()) AND ends_at > %(since)s::timestamptz
        AND starts_at < %(until)s::timestamptz
) AS time_off, (
    SELECT jsonb_agg(jsonb_build_object('provider_id', provider_id, 'day', day, 'starts', starts, 'ends', ends,
        'location_id', location_id) ORDER BY starts)
    FROM date_hours
    WHERE org_id = (SELECT auth.org_id()) AND day BETWEEN %(first)s::date AND %(last)s::date
) AS date_hours, (
    SELECT jsonb_agg(day)
    FROM holidays
    WHERE org_id = (SELECT auth.org_id()) AND day BETWEEN %(first)s::date AND %(last)s::date AND is_closed
) AS holidays

-- name: busy
-- What keeps providers from being booked, buffers and their own calendars included, what touches as one; a row each, for the driver reads
-- two arrays faster than a row for each stretch. Neither an expired hold nor a request that lapsed blocks anybody,
-- though its row may still be there; nor does what is held or kept for the caller. `occupied_to` is bounded on
-- both sides because nothing occupies more than a day: the index reads the window and no more.
SELECT provider_id, array_agg(lower(stretch) ORDER BY stretch) AS starts,
    array_agg(upper(stretch) ORDER BY stretch) AS ends
FROM (
    SELECT provider_id, unnest(range_agg(occupied)) AS stretch
    FROM (
        SELECT provider_id, occupied
        FROM appointments
        WHERE org_id = (SELECT auth.org_id()) AND provider_id = ANY (%(provider_ids)s::bigint[])
            AND status IN ('held', 'pending', 'booked', 'arrived', 'fulfilled')
            AND occupied_to > %(since)s::timestamptz
            AND occupied_to < %(until)s::timestamptz + interval '1 day'
            AND occupied_from < %(until)s::timestamptz
            AND NOT (status = 'held' AND (held_until <= %(now)s::timestamptz
                OR call_id IS NOT DISTINCT FROM %(call_id)s::text OR waitlist_id = ANY (%(kept_for)s::bigint[])))
            AND NOT (status = 'pending' AND pending_until <= %(now)s::timestamptz)
            AND id IS DISTINCT FROM %(except_id)s::bigint
        UNION ALL
        SELECT own.provider_id, tstzrange(b.starts_at, b.ends_at)
        FROM unnest(%(calendar_ids)s::bigint[], %(owner_ids)s::bigint[]) AS own (calendar_id, provider_id)
        JOIN calendar_busy b ON b.org_id = (SELECT auth.org_id()) AND b.calendar_id = own.calendar_id
            AND b.ends_at > %(since)s::timestamptz AND b.ends_at < %(until)s::timestamptz + interval '1 day'
            AND b.starts_at < %(until)s::timestamptz
    ) blocking
    GROUP BY provider_id
) taken
GROUP BY provider_id

-- name: busy_there
-- What blocks in the diary of the clinic's EMR, ours too. Nothing there is longer than some days.
SELECT provider_id, array_agg(lower(stretch) ORDER BY stretch) AS starts,
    array_agg(upper(stretch) ORDER BY stretch) AS ends
FROM (
    SELECT provider_id, unnest(range_agg(tstzrange(starts_at, ends_at))) AS stretch
    FROM emr_visits
    WHERE org_id = (SELECT auth.org_id()) AND provider_id = ANY (%(provider_ids)s::bigint[])
        AND ends_at > %(since)s::timestamptz AND starts_at < %(until)s::timestamptz
        AND status IN ('pending', 'booked', 'arrived', 'fulfilled')
        AND (appointment_id IS NULL OR appointment_id IS DISTINCT FROM %(except_id)s::bigint)
    GROUP BY provider_id
) taken
GROUP BY provider_id

-- name: openings_there
-- When the EMR's templates let visits be booked. Bounded as `busy` is.
SELECT provider_id, starts_at, ends_at, code
FROM emr_openings
WHERE org_id = (SELECT auth.org_id()) AND provider_id = ANY (%(provider_ids)s::bigint[])
    AND ends_at > %(since)s::timestamptz AND ends_at < %(until)s::timestamptz + interval '1 day'
    AND starts_at < %(until)s::timestamptz
ORDER BY provider_id, starts_at

-- name: occupying
-- One provider's visits and holds that block, each by itself, in those days. Bounded as `busy` is.
SELECT id, status, visit_start AS starts_at, upper(visit) AS ends_at, occupied_from, occupied_to, location_id
FROM appointments
WHERE org_id = (SELECT auth.org_id()) AND provider_id = %(provider_id)s::bigint
    AND status IN ('held', 'pending', 'booked', 'arrived', 'fulfilled')
    AND occupied_to > %(since)s::timestamptz
    AND occupied_to < %(until)s::timestamptz + interval '1 day'
    AND occupied_from < %(until)s::timestamptz
    AND NOT (status = 'held' AND held_until <= %(now)s::timestamptz)
    AND NOT (status = 'pending' AND pending_until <= %(now)s::timestamptz)
ORDER BY occupied_from

-- name: outside
-- What one provider's own calendar has in those days. Bounded as `busy` is.
SELECT starts_at, ends_at
FROM calendar_busy
WHERE org_id = (SELECT auth.org_id()) AND calendar_id = %(calendar_id)s::bigint
    AND ends_at > %(since)s::timestamptz AND ends_at < %(until)s::timestamptz + interval '1 day'
    AND starts_at < %(until)s::timestamptz

-- name: counted
-- What caps count in those weeks: everything that blocks.
SELECT provider_id, type_id, visit_start AS starts_at
FROM appointments
WHERE org_id = (SELECT auth.org_id())
    AND status IN ('held', 'pending', 'booked', 'arrived', 'fulfilled')
    AND occupied_to > %(since)s::timestamptz
    AND occupied_to < %(until)s::timestamptz + interval '1 day'
    AND visit_start >= %(since)s::timestamptz AND visit_start < %(until)s::timestamptz
    AND NOT (status = 'held' AND (held_until <= %(now)s::timestamptz
            OR call_id IS NOT DISTINCT FROM %(call_id)s::text OR waitlist_id = ANY (%(kept_for)s::bigint[])))
    AND NOT (status = 'pending' AND pending_until <= %(now)s::timestamptz)
    AND id IS DISTINCT FROM %(except_id)s::bigint

-- name: shared_out
-- How many visits each provider has on each of some days; under place 0, whom the caller saw last or is to see:
-- the proven patient, else anybody on that telephone; under -1, whom the proven patient is remembered to have asked
-- for last. By days first, so that a long past costs nothing.
SELECT day.place::int AS place, taken.provider_id, taken.bookings
FROM unnest(%(midnights)s::timestamptz[], %(next_midnights)s::timestamptz[])
    WITH ORDINALITY AS day (since, until, place)
CROSS JOIN LATERAL (
    SELECT provider_id, count(*) AS bookings
    FROM appointments
    WHERE org_id = (SELECT auth.org_id()) AND visit_start >= day.since AND visit_start < day.until
        AND status IN ('pending', 'booked', 'arrived', 'fulfilled')
        AND provider_id = ANY (%(provider_ids)s::bigint[])
    GROUP BY provider_id
) taken
UNION ALL
SELECT 0, last.provider_id, 0
FROM (
    SELECT provider_id
    FROM appointments
    WHERE org_id = (SELECT auth.org_id()) AND status IN ('booked', 'arrived', 'fulfilled')
        AND patient_id = ANY (CASE WHEN %(patient_id)s::bigint IS NOT NULL
            THEN ARRAY[%(patient_id)s::bigint]
            ELSE ARRAY(
                SELECT id FROM patients
                WHERE org_id = (SELECT auth.org_id()) AND phone = %(phone)s::text
            ) END)
    ORDER BY visit_start DESC
    LIMIT 1
) last
UNION ALL
SELECT -1, remembered.provider_id, 0
FROM (
    SELECT provider_id
    FROM caller_memories
    WHERE org_id = (SELECT auth.org_id()) AND patient_id = %(patient_id)s::bigint AND provider_id IS NOT NULL
        AND expires_at > now()
    ORDER BY updated_at DESC
    LIMIT 1
) remembered

-- name: lock_caps
SELECT pg_advisory_xact_lock(hashtextextended((SELECT auth.org_id())::text, 3))

-- name: was_seen
-- Of a clinic's past before its EMR was connected nothing is known here: who has a chart that no call made was seen.
SELECT EXISTS (
    SELECT FROM patients p
    JOIN organizations o ON o.id = p.org_id AND o.emr IS NOT NULL
    WHERE p.org_id = (SELECT auth.org_id()) AND p.id = %(patient_id)s::bigint AND p.call_id IS NULL
) OR EXISTS (
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

-- name: lock_number
-- What a number may have is counted: its calls take their turns, however many there are at once.
SELECT pg_advisory_xact_lock(hashtextextended((SELECT auth.org_id())::text || %(capped_as)s::text, 4))

-- name: live_holds
SELECT count(*) AS holds
FROM appointments
WHERE org_id = (SELECT auth.org_id()) AND capped_as = %(capped_as)s::text AND status = 'held'
    AND held_until > %(now)s::timestamptz AND call_id <> %(call_id)s::text

-- name: kept
-- The freed times that wait for the caller: whoever calls from a number on the waitlist, or has proven to be a
-- patient on it.
SELECT a.id AS hold_id, a.waitlist_id, a.provider_id, a.location_id, a.type_id, a.visit_start AS starts_at,
    a.created_at AS kept_at
FROM waitlist w
JOIN appointments a ON a.org_id = w.org_id AND a.waitlist_id = w.id
WHERE w.org_id = (SELECT auth.org_id()) AND w.status = 'offered'
    AND (w.phone = %(phone)s::text OR w.patient_id = %(patient_id)s::bigint)
    AND a.held_until > %(now)s::timestamptz
ORDER BY a.visit_start

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

-- name: own_hold
SELECT provider_id, visit_start AS starts_at, created_at AS held_at
FROM appointments
WHERE org_id = (SELECT auth.org_id()) AND status = 'held' AND call_id = %(call_id)s::text
    AND held_until > %(now)s::timestamptz

-- name: booked_since
SELECT count(*) AS bookings
FROM appointments
WHERE org_id = (SELECT auth.org_id()) AND capped_as = %(capped_as)s::text
    AND created_at >= %(since)s::timestamptz AND visit_start > %(now)s::timestamptz
    AND (status = 'booked' OR status = 'pending' AND pending_until > %(now)s::timestamptz)

-- name: booked_by_this_call
-- The same visit, asked for again after a barge-in: as long as its row stands it is the answer.
SELECT id, provider_id, provider_name, provider_name_zh, patient_id, type_id, type_name, type_name_zh,
    location_name, location_name_zh, status, starts_at, ends_at
FROM visits
WHERE org_id = (SELECT auth.org_id()) AND patient_id = %(patient_id)s::bigint
    AND starts_at = %(starts_at)s::timestamptz AND call_id IS NOT DISTINCT FROM nullif(%(call_id)s::text, '')
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
        %(reason)s::text, %(language)s::text, %(is_virtual)s::boolean, nullif(%(call_id)s::text, ''),
        %(capped_as)s::text
    )
    ON CONFLICT ON CONSTRAINT one_at_a_time DO NOTHING
    RETURNING id
), filled AS (
    UPDATE waitlist_offers o
    SET outcome = 'booked'
    WHERE EXISTS (SELECT FROM won) AND o.org_id = (SELECT auth.org_id()) AND o.outcome IS NULL
        AND o.provider_id = %(provider_id)s::bigint AND o.starts_at = %(starts_at)s::timestamptz
        AND o.waitlist_id = ANY (%(kept_for)s::bigint[])
)
SELECT id FROM won

-- name: serve
-- Who waited and has booked waits no more; what else is kept for them is free for the next.
WITH served AS (
    UPDATE waitlist
    SET status = 'booked'
    WHERE org_id = (SELECT auth.org_id()) AND id = ANY (%(kept_for)s::bigint[])
)
DELETE FROM appointments
WHERE org_id = (SELECT auth.org_id()) AND waitlist_id = ANY (%(kept_for)s::bigint[])
RETURNING provider_id, visit_start AS starts_at

-- name: wait_on
UPDATE waitlist SET status = 'waiting'
WHERE org_id = (SELECT auth.org_id()) AND id = ANY (%(kept_for)s::bigint[]) AND status = 'offered'

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
            -- What the clinic's EMR was asked for, only that one's word ends.
            AND NOT EXISTS (
                SELECT FROM emr_visits v WHERE v.org_id = appointments.org_id AND v.appointment_id = appointments.id)
        FOR UPDATE SKIP LOCKED
    )
    RETURNING org_id, id, patient_id, provider_id, visit_start
), told AS (
    INSERT INTO communications (org_id, kind, patient_id, appointment_id)
    SELECT org_id, 'lapsed', patient_id, id FROM lapsed
)
SELECT provider_id, visit_start AS starts_at FROM lapsed

-- name: waitlisted_since
-- New on the list by calls from that number, or by this call where there is none.
SELECT count(*)
FROM waitlist w
JOIN calls c ON c.org_id = w.org_id AND c.id = w.call_id
WHERE w.org_id = (SELECT auth.org_id()) AND w.created_at >= %(since)s::timestamptz
    AND (c.caller_number = %(caller_number)s::text OR c.id = %(call_id)s::text)

-- name: add_to_waitlist
-- Once a person: who is on the list stays where they are and waits for what they want now; who had been served
-- stands at its end again. A name and a number are known to others too: an entry that waits is changed only from its
-- own number, by its own patient or in its own call, and never becomes another patient's.
INSERT INTO waitlist AS w (org_id, first_name, last_name, name_key, phone, notes, call_id, patient_id, sought)
VALUES (
    (SELECT auth.org_id()), %(first_name)s::text, %(last_name)s::text, %(name_key)s::text, %(phone)s::text,
    %(notes)s::text, %(call_id)s::text, %(patient_id)s::bigint, coalesce(
        (SELECT sought FROM calls WHERE org_id = (SELECT auth.org_id()) AND id = %(call_id)s::text), '{}')
)
ON CONFLICT ON CONSTRAINT once_a_person DO UPDATE
    SET (sought, notes, patient_id, created_at, status) = (
        SELECT excluded.sought, excluded.notes, excluded.patient_id, excluded.created_at, 'waiting'
        WHERE w.status = 'booked'
        UNION ALL
        SELECT CASE WHEN is_own THEN excluded.sought ELSE w.sought END,
            CASE WHEN is_own THEN excluded.notes ELSE w.notes END,
            CASE WHEN is_own THEN coalesce(w.patient_id, excluded.patient_id) ELSE w.patient_id END,
            w.created_at, w.status
        FROM (
            SELECT (w.phone = %(own_number)s::text) IS TRUE OR (w.patient_id = excluded.patient_id) IS TRUE
                OR (w.call_id = excluded.call_id) IS TRUE OR w.patient_id IS NULL AND EXISTS (
                    SELECT FROM patients p
                    WHERE p.org_id = w.org_id AND p.id = excluded.patient_id AND p.phone = w.phone
                ) AS is_own
        ) whose
        WHERE w.status <> 'booked'
    )
RETURNING id, created_at < now() AS was_already

-- name: waiting
-- Who waits, in order, for that provider or for anything; not who was offered this very time before, nor whose
-- days are over.
SELECT id, patient_id, sought
FROM waitlist w
WHERE org_id = (SELECT auth.org_id()) AND status = 'waiting'
    AND (sought = '{}' OR sought -> 'providerIds' @> to_jsonb(%(provider_id)s::bigint)
        AND (sought -> 'wish' ->> 1)::date >= %(day)s::date)
    AND NOT EXISTS (
        SELECT FROM waitlist_offers o
        WHERE o.org_id = w.org_id AND o.waitlist_id = w.id AND o.provider_id = %(provider_id)s::bigint
            AND o.starts_at = %(starts_at)s::timestamptz
    )
ORDER BY created_at, id
LIMIT 500

-- name: settle_offer
-- An offer of that time which nobody can take any more.
WITH passed AS (
    UPDATE waitlist_offers o
    SET outcome = 'passed'
    WHERE o.org_id = (SELECT auth.org_id()) AND o.provider_id = %(provider_id)s::bigint
        AND o.starts_at = %(starts_at)s::timestamptz AND o.outcome IS NULL AND NOT EXISTS (
            SELECT FROM appointments a
            WHERE a.org_id = o.org_id AND a.waitlist_id = o.waitlist_id
                AND a.held_until > %(now)s::timestamptz
        )
    RETURNING org_id, waitlist_id
)
UPDATE waitlist w
SET status = 'waiting'
FROM passed p
WHERE w.org_id = p.org_id AND w.id = p.waitlist_id AND w.status = 'offered'

-- name: offer_to_waiting
-- No row touched: that time is offered to somebody already.
WITH offered AS (
    INSERT INTO waitlist_offers (org_id, waitlist_id, provider_id, starts_at, offered_at, offered_until)
    VALUES ((SELECT auth.org_id()), %(waitlist_id)s::bigint, %(provider_id)s::bigint,
        %(starts_at)s::timestamptz, %(now)s::timestamptz, %(until)s::timestamptz)
    ON CONFLICT DO NOTHING
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

-- name: talk_about_kept
-- While it is talked about it stays kept, as a hold does, but not ever longer.
UPDATE appointments
SET held_until = greatest(held_until, least(%(held_until)s::timestamptz, created_at + %(longest)s::interval))
WHERE org_id = (SELECT auth.org_id()) AND id = %(id)s::bigint AND held_until > %(now)s::timestamptz
RETURNING id

-- name: clear_kept
-- What is kept for the caller gives way to what they book.
DELETE FROM appointments
WHERE org_id = (SELECT auth.org_id()) AND waitlist_id = ANY (%(kept_for)s::bigint[])
    AND provider_id = %(provider_id)s::bigint
    AND occupied_from < %(occupied_to)s::timestamptz AND occupied_to > %(occupied_from)s::timestamptz

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
        AND (%(status)s::text <> 'noshow' OR visit_start <= %(now)s::timestamptz)
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

-- name: confirm
-- They will come. Said again, it was the first time that counts.
UPDATE appointments SET confirmed_at = coalesce(confirmed_at, %(now)s::timestamptz)
WHERE org_id = (SELECT auth.org_id()) AND id = %(id)s::bigint AND patient_id = %(patient_id)s::bigint
    AND status = 'booked'

-- name: patient_of_visit
SELECT patient_id FROM appointments
WHERE org_id = (SELECT auth.org_id()) AND id = %(id)s::bigint AND status <> 'held'
