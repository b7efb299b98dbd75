-- What we know of a clinic's EMR: kept equal by readings (`emr.mirror`, `emr.syncing`).

-- name: lock_diary
-- Of two readings of one provider one is stored after the other, and sees what the other has stored.
SELECT pg_advisory_xact_lock(hashtextextended('emr ' || (SELECT auth.org_id()) || ' ' || %(provider_id)s::bigint, 0)) AS locked

-- name: store_visits
-- A reading that began before the last one of all its days, or this week's, says nothing new. Of a single visit, neither does one that began
-- before we wrote it, or before a younger one changed it. What isn't there any more stays as cancelled for a while,
-- so that an older reading doesn't bring it back, and what hangs on it can follow. Who is in doubt is not touched.
WITH newest AS (
    SELECT provider_id
    FROM emr_providers
    WHERE org_id = (SELECT auth.org_id()) AND provider_id = %(provider_id)s::bigint
        AND coalesce(greatest(visits_read_at, near_read_at) <= %(began_at)s::timestamptz, true)
), told AS (
    SELECT v.*
    FROM newest, jsonb_to_recordset(%(visits)s::jsonb) AS v (
        emr_id text, marker text, patient_emr_id text, starts_at timestamptz, ends_at timestamptz, status text,
        version text, type_name text)
), stored AS (
    INSERT INTO emr_visits AS known (org_id, provider_id, emr_id, patient_emr_id, starts_at, ends_at, status, version,
        type_name, asked_at)
    SELECT (SELECT auth.org_id()), %(provider_id)s::bigint, t.emr_id, t.patient_emr_id, t.starts_at, t.ends_at,
        t.status, t.version, t.type_name, %(began_at)s::timestamptz
    FROM told t
    WHERE NOT EXISTS (
        SELECT FROM emr_visits d
        WHERE d.org_id = (SELECT auth.org_id()) AND d.marker = t.marker AND d.emr_id IS NULL
    )
    ORDER BY t.emr_id
    ON CONFLICT (org_id, emr_id) DO UPDATE
    SET provider_id = excluded.provider_id, patient_emr_id = excluded.patient_emr_id,
        starts_at = excluded.starts_at, ends_at = excluded.ends_at, status = excluded.status,
        version = excluded.version, type_name = excluded.type_name, asked_at = excluded.asked_at
    WHERE coalesce(known.asked_at <= excluded.asked_at, true) AND (
        -- Thousands of rows a minute aren't written anew to say the same.
        NOT (%(is_whole)s::boolean OR %(is_near)s::boolean)
        OR (known.provider_id, known.patient_emr_id, known.starts_at, known.ends_at, known.status, known.version,
            known.type_name)
        IS DISTINCT FROM (excluded.provider_id, excluded.patient_emr_id, excluded.starts_at, excluded.ends_at,
            excluded.status, excluded.version, excluded.type_name))
), gone AS (
    UPDATE emr_visits v
    SET status = 'cancelled', asked_at = %(began_at)s::timestamptz
    FROM newest
    WHERE v.org_id = (SELECT auth.org_id()) AND v.provider_id = newest.provider_id AND v.emr_id IS NOT NULL
        AND v.starts_at >= %(since)s::timestamptz AND v.starts_at < %(until)s::timestamptz
        AND v.ends_at > %(since)s::timestamptz AND v.status <> 'cancelled'
        AND coalesce(v.asked_at <= %(began_at)s::timestamptz, true)
        AND v.emr_id NOT IN (SELECT emr_id FROM told)
)
UPDATE emr_providers p
SET near_read_at = %(began_at)s::timestamptz,
    visits_read_at = CASE WHEN %(is_whole)s::boolean THEN %(began_at)s::timestamptz ELSE p.visits_read_at END
FROM newest
WHERE p.org_id = (SELECT auth.org_id()) AND p.provider_id = newest.provider_id AND (%(is_whole)s::boolean OR %(is_near)s::boolean)
RETURNING p.provider_id

-- name: store_openings
WITH told AS (
    SELECT * FROM jsonb_to_recordset(%(openings)s::jsonb) AS o (
        starts_at timestamptz, ends_at timestamptz, code text)
), gone AS (
    DELETE FROM emr_openings o
    WHERE o.org_id = (SELECT auth.org_id()) AND o.provider_id = %(provider_id)s::bigint
        AND o.starts_at >= %(since)s::timestamptz AND o.starts_at < %(until)s::timestamptz
        AND o.ends_at > %(since)s::timestamptz
        AND NOT EXISTS (SELECT FROM told t WHERE (t.starts_at, t.code) = (o.starts_at, o.code))
)
INSERT INTO emr_openings AS known (org_id, provider_id, starts_at, ends_at, code)
SELECT (SELECT auth.org_id()), %(provider_id)s::bigint, starts_at, ends_at, code FROM told
ON CONFLICT (org_id, provider_id, starts_at, code) DO UPDATE SET ends_at = excluded.ends_at
WHERE known.ends_at <> excluded.ends_at

-- name: store_phones
-- A chart's numbers as they are now; those that it has no more go.
WITH told AS (
    SELECT * FROM jsonb_to_recordset(%(charts)s::jsonb) AS c (emr_id text, phones text[])
), gone AS (
    DELETE FROM emr_phones p
    USING told t
    WHERE p.org_id = (SELECT auth.org_id()) AND p.emr_id = t.emr_id AND p.phone <> ALL (t.phones)
)
INSERT INTO emr_phones (org_id, phone, emr_id, read_at)
SELECT DISTINCT (SELECT auth.org_id()), phone, t.emr_id, %(read_at)s::timestamptz FROM told t, unnest(t.phones) AS phone
ON CONFLICT (org_id, phone, emr_id) DO UPDATE SET read_at = excluded.read_at

-- name: drop_unread_phones
DELETE FROM emr_phones WHERE org_id = (SELECT auth.org_id()) AND read_at < %(began_at)s::timestamptz

-- name: link_known
-- A visit that has a row here from before the EMR was connected, and that staff have typed in there.
UPDATE emr_visits v
SET appointment_id = same.appointment_id
FROM (
    SELECT DISTINCT ON (a.id) a.id AS appointment_id, t.id AS visit_id
    FROM emr_patients k
    JOIN appointments a ON a.org_id = k.org_id AND a.patient_id = k.patient_id
        AND a.status IN ('booked', 'arrived') AND a.visit_start > now() - interval '1 day'
    JOIN emr_visits t ON t.org_id = a.org_id AND t.provider_id = a.provider_id AND t.starts_at = a.visit_start
        AND t.patient_emr_id = k.emr_id AND t.appointment_id IS NULL AND t.emr_id IS NOT NULL
        AND t.status IN ('pending', 'booked', 'arrived')
    WHERE k.org_id = (SELECT auth.org_id()) AND k.patient_id = coalesce(%(patient_id)s::bigint, k.patient_id)
        AND NOT EXISTS (SELECT FROM emr_visits o WHERE o.org_id = a.org_id AND o.appointment_id = a.id)
    ORDER BY a.id, t.id
) same
WHERE v.org_id = (SELECT auth.org_id()) AND v.id = same.visit_id

-- name: adopt
-- Visits to come of patients whom we know, made by the EMR's own people: their rows, so that a caller can ask for
-- them, move and cancel them. Where the EMR has two at a time, or a hold is in the way, the next reading tries again.
WITH known AS (
    SELECT p.patient_id, p.emr_id
    FROM emr_patients p
    JOIN patients one ON one.org_id = p.org_id AND one.id = p.patient_id AND one.erased_at IS NULL
    WHERE p.org_id = (SELECT auth.org_id()) AND p.patient_id = coalesce(%(patient_id)s::bigint, p.patient_id)
        AND p.emr_id = coalesce(%(emr_patient_id)s::text, p.emr_id)
), made AS (
    INSERT INTO appointments (org_id, provider_id, patient_id, type_id, status, visit, occupied)
    SELECT v.org_id, v.provider_id, k.patient_id, kind.id, replace(v.status, 'pending', 'booked'),
        tstzrange(v.starts_at, v.ends_at), tstzrange(v.starts_at, v.ends_at)
    FROM known k
    JOIN emr_visits v ON v.org_id = (SELECT auth.org_id()) AND v.patient_emr_id = k.emr_id
    CROSS JOIN LATERAL (
        SELECT t.id
        FROM appointment_types t
        LEFT JOIN emr_types e ON e.org_id = t.org_id AND e.type_id = t.id
        WHERE t.org_id = (SELECT auth.org_id())
        ORDER BY
            lower(coalesce(nullif(e.name, ''), t.name)) = lower(v.type_name) DESC, t.is_active DESC,
            t.duration_min = extract(epoch FROM v.ends_at - v.starts_at) / 60 DESC, t.id
        LIMIT 1
    ) kind
    WHERE v.appointment_id IS NULL AND v.emr_id IS NOT NULL AND v.status IN ('pending', 'booked', 'arrived')
        AND v.ends_at > now() AND v.ends_at - v.starts_at <= interval '1 day'
    ORDER BY v.starts_at, v.id
    ON CONFLICT ON CONSTRAINT one_at_a_time DO NOTHING
    RETURNING id, provider_id, patient_id, visit_start
), theirs AS (
    SELECT DISTINCT ON (m.id) m.id AS appointment_id, v.id
    FROM made m
    JOIN known k ON k.patient_id = m.patient_id
    JOIN emr_visits v ON v.org_id = (SELECT auth.org_id()) AND v.patient_emr_id = k.emr_id
        AND v.provider_id = m.provider_id AND v.starts_at = m.visit_start AND v.appointment_id IS NULL
        AND v.emr_id IS NOT NULL AND v.status IN ('pending', 'booked', 'arrived')
    ORDER BY m.id, v.id
)
UPDATE emr_visits v SET appointment_id = t.appointment_id
FROM theirs t
WHERE v.org_id = (SELECT auth.org_id()) AND v.id = t.id

-- One reading (syncing, everybody).

-- name: take_turn
-- No row: somebody is at it, or has been since; or it failed, and its time hasn't come.
UPDATE emr_connections c
SET syncing_until = clock_timestamp() + %(lease)s::interval
FROM organizations o
WHERE c.org_id = (SELECT auth.org_id()) AND o.id = c.org_id
    AND coalesce(c.syncing_until <= clock_timestamp(), true)
    AND (c.sync_failures = 0 OR c.due_at <= clock_timestamp())
    AND coalesce(c.synced_at < %(found_at)s::timestamptz, true)
RETURNING c.syncing_until, clock_timestamp() AS began_at, c.synced_at, o.time_zone, o.horizon_days

-- name: end_turn
-- A function that was taken for dead ends nobody else's turn. One that could read visits came to its end.
UPDATE emr_connections
SET syncing_until = NULL, sync_failure = %(failure)s::text,
    sync_failures = CASE WHEN %(is_down)s::boolean THEN sync_failures + 1 ELSE 0 END,
    synced_at = CASE WHEN %(is_down)s::boolean THEN synced_at ELSE %(began_at)s::timestamptz END,
    due_at = CASE WHEN %(is_down)s::boolean
        THEN clock_timestamp() + make_interval(secs => (0.9 + random() * 0.2)
            * least(%(longest_s)s::float8, 15 * 2 ^ least(sync_failures, 20)))
        ELSE greatest(clock_timestamp(), %(began_at)s::timestamptz
            + make_interval(secs => (0.9 + random() * 0.2) * %(every_s)s::float8)) END
WHERE org_id = (SELECT auth.org_id()) AND syncing_until = %(syncing_until)s::timestamptz

-- name: note_disconnected
-- Once, until a reading has worked again.
INSERT INTO notifications (org_id, kind)
SELECT c.org_id, 'emr_disconnected'
FROM emr_connections c
WHERE c.org_id = (SELECT auth.org_id()) AND NOT EXISTS (
    SELECT FROM notifications n
    WHERE n.org_id = c.org_id AND n.kind = 'emr_disconnected' AND n.at >= coalesce(c.synced_at, '-infinity')
)

-- name: link_provider
-- Who is linked already is as the clinic has them here.
WITH added AS (
    INSERT INTO providers (org_id, name, specialty)
    SELECT (SELECT auth.org_id()), %(name)s::text, %(specialty)s::text
    WHERE NOT EXISTS (
        SELECT FROM emr_providers WHERE org_id = (SELECT auth.org_id()) AND emr_id = %(emr_id)s::text
    )
    RETURNING org_id, id
)
INSERT INTO emr_providers (org_id, emr_id, provider_id) SELECT org_id, %(emr_id)s::text, id FROM added

-- name: left
UPDATE providers p
SET is_active = false
FROM emr_providers e
WHERE p.org_id = (SELECT auth.org_id()) AND e.org_id = p.org_id AND e.provider_id = p.id AND p.is_active
    AND e.emr_id <> ALL (%(emr_ids)s::text[])

-- name: linked
-- Of who has left, as long as somebody has a visit with them. Who wasn't read for the longest comes first.
SELECT e.provider_id, e.emr_id, e.openings_read_at, e.openings_from
FROM emr_providers e
JOIN providers p ON p.org_id = e.org_id AND p.id = e.provider_id
WHERE e.org_id = (SELECT auth.org_id()) AND (p.is_active OR EXISTS (
    SELECT FROM emr_visits v
    WHERE v.org_id = e.org_id AND v.provider_id = e.provider_id AND v.appointment_id IS NOT NULL
        AND v.ends_at > now() AND v.status <> 'cancelled'))
ORDER BY e.visits_read_at NULLS FIRST, e.provider_id

-- name: linked_by_openings
SELECT e.provider_id, e.emr_id, e.openings_read_at, e.openings_from
FROM emr_providers e
JOIN providers p ON p.org_id = e.org_id AND p.id = e.provider_id AND p.is_active
WHERE e.org_id = (SELECT auth.org_id())
ORDER BY e.openings_read_at NULLS FIRST, e.openings_from NULLS LAST, e.provider_id

-- name: openings_read
UPDATE emr_providers
SET openings_from = %(following)s::date,
    openings_read_at = CASE WHEN %(following)s::date IS NULL THEN %(began_at)s::timestamptz ELSE openings_read_at END
WHERE org_id = (SELECT auth.org_id()) AND provider_id = %(provider_id)s::bigint

-- name: drop_past_openings
DELETE FROM emr_openings
WHERE org_id = (SELECT auth.org_id()) AND provider_id = %(provider_id)s::bigint AND ends_at <= %(since)s::timestamptz

-- name: charts_state
SELECT charts_position, charts_read_at FROM emr_connections WHERE org_id = (SELECT auth.org_id())

-- name: keep_charts_state
UPDATE emr_connections
SET charts_position = %(position)s::text, charts_read_at = coalesce(%(read_at)s::timestamptz, charts_read_at)
WHERE org_id = (SELECT auth.org_id())

-- name: known_charts
SELECT emr_id FROM emr_patients WHERE org_id = (SELECT auth.org_id()) AND emr_id = ANY (%(ids)s::text[])

-- What we know of visits follows what the EMR says (following).

-- name: doubts
SELECT v.id, v.marker, v.appointment_id, a.patient_id
FROM emr_visits v
LEFT JOIN appointments a ON a.org_id = v.org_id AND a.id = v.appointment_id
WHERE v.org_id = (SELECT auth.org_id()) AND v.emr_id IS NULL AND v.asked_at <= %(begun_by)s::timestamptz
    AND v.marker = ANY (%(markers)s::text[])
FOR UPDATE OF v

-- name: vain_doubts
SELECT v.id, v.marker, v.appointment_id, a.patient_id
FROM emr_visits v
LEFT JOIN appointments a ON a.org_id = v.org_id AND a.id = v.appointment_id
WHERE v.org_id = (SELECT auth.org_id()) AND v.emr_id IS NULL AND v.asked_at <= %(over_by)s::timestamptz
    AND v.provider_id = ANY (%(provider_ids)s::bigint[])
    AND v.starts_at >= %(since)s::timestamptz AND v.starts_at < %(until)s::timestamptz
FOR UPDATE OF v

-- name: has_doubts
SELECT EXISTS (SELECT FROM emr_visits WHERE org_id = (SELECT auth.org_id()) AND emr_id IS NULL)

-- name: drop_visit
DELETE FROM emr_visits WHERE org_id = (SELECT auth.org_id()) AND id = %(id)s::bigint

-- name: found_visit
UPDATE emr_visits
SET emr_id = %(emr_id)s::text, provider_id = %(provider_id)s::bigint, starts_at = %(starts_at)s::timestamptz,
    ends_at = %(ends_at)s::timestamptz, status = %(status)s::text, version = %(version)s::text,
    asked_at = %(began_at)s::timestamptz
WHERE org_id = (SELECT auth.org_id()) AND id = %(id)s::bigint

-- name: apart
-- Rows of ours that say something else than the EMR. What waits for a word there is booked to us.
SELECT a.id AS appointment_id, v.emr_id, replace(v.status, 'pending', 'booked') AS status, a.provider_id,
    a.visit_start AS starts_at, a.status AS was,
    (v.provider_id, v.starts_at, v.ends_at) <> (a.provider_id, a.visit_start, upper(a.visit)) AS is_elsewhere
FROM emr_visits v
JOIN appointments a ON a.org_id = v.org_id AND a.id = v.appointment_id
JOIN patients p ON p.org_id = a.org_id AND p.id = a.patient_id AND p.erased_at IS NULL
WHERE v.org_id = (SELECT auth.org_id()) AND v.emr_id IS NOT NULL AND v.ends_at - v.starts_at <= interval '1 day' AND (
    replace(v.status, 'pending', 'booked') <> a.status
    OR v.status NOT IN ('cancelled', 'noshow')
        AND (v.provider_id, v.starts_at, v.ends_at) <> (a.provider_id, a.visit_start, upper(a.visit)))
ORDER BY a.id

-- name: found_elsewhere
-- With whom we don't know, it isn't ours to tell of.
UPDATE emr_visits v
SET provider_id = r.provider_id, starts_at = %(starts_at)s::timestamptz, ends_at = %(ends_at)s::timestamptz,
    status = %(status)s::text, version = %(version)s::text, asked_at = %(began_at)s::timestamptz
FROM emr_providers r
WHERE v.org_id = (SELECT auth.org_id()) AND v.emr_id = %(emr_id)s::text AND v.status = 'cancelled'
    AND coalesce(v.asked_at <= %(began_at)s::timestamptz, true)
    AND r.org_id = v.org_id AND r.emr_id = %(provider_there)s::text

-- name: change_status
UPDATE appointments
SET status = %(status)s::text, pending_until = NULL, cancel_reason = %(reason)s::text,
    cancelled_at = CASE WHEN %(status)s::text = 'cancelled' THEN now() END
WHERE org_id = (SELECT auth.org_id()) AND id = ANY (%(appointment_ids)s::bigint[]) AND status <> 'held'
    AND status <> %(status)s::text
RETURNING provider_id, visit_start AS starts_at

-- name: lock_providers_of
-- As moves in calls do (scheduling, lock_providers), of both their old time's and their new one's.
SELECT count(pg_advisory_xact_lock(hashtextextended((SELECT auth.org_id())::text || provider_id::text, 2)))
FROM (
    SELECT DISTINCT one.provider_id
    FROM emr_visits v
    JOIN appointments a ON a.org_id = v.org_id AND a.id = v.appointment_id
    CROSS JOIN LATERAL (VALUES (v.provider_id), (a.provider_id)) AS one (provider_id)
    WHERE v.org_id = (SELECT auth.org_id()) AND v.appointment_id = ANY (%(appointment_ids)s::bigint[])
    ORDER BY one.provider_id
) sorted

-- name: take_out
-- An UPDATE of the range has no ON CONFLICT, and of two that change places each would be in the other's way.
DELETE FROM appointments a
USING emr_visits v
WHERE a.org_id = (SELECT auth.org_id()) AND a.id = ANY (%(appointment_ids)s::bigint[])
    AND v.org_id = a.org_id AND v.appointment_id = a.id
    AND v.status IN ('pending', 'booked', 'arrived', 'fulfilled') AND a.status <> 'held'
RETURNING to_jsonb(a) AS row, a.provider_id, a.visit_start AS starts_at, a.status

-- name: put_back
INSERT INTO appointments (id, org_id, provider_id, location_id, patient_id, type_id, status, visit, occupied, reason,
    language, is_virtual, call_id, capped_as, created_at)
OVERRIDING SYSTEM VALUE
SELECT a.id, v.org_id, v.provider_id, a.location_id, a.patient_id, a.type_id, replace(v.status, 'pending', 'booked'),
    tstzrange(v.starts_at, v.ends_at), CASE WHEN %(keeps_buffers)s::boolean
        THEN tstzrange(v.starts_at - (lower(a.visit) - lower(a.occupied)), v.ends_at + (upper(a.occupied) - upper(a.visit)))
        ELSE tstzrange(v.starts_at, v.ends_at) END,
    a.reason, a.language, a.is_virtual, a.call_id, a.capped_as, a.created_at
FROM jsonb_to_recordset(%(rows)s::jsonb) AS a (id bigint, location_id bigint, patient_id bigint, type_id bigint,
    visit tstzrange, occupied tstzrange, reason text, language text, is_virtual boolean, call_id text, capped_as text,
    created_at timestamptz)
JOIN emr_visits v ON v.org_id = (SELECT auth.org_id()) AND v.appointment_id = a.id
ORDER BY a.id
ON CONFLICT ON CONSTRAINT one_at_a_time DO NOTHING
RETURNING id

-- name: drop_past
-- What is over is history, and that is in `appointments`.
DELETE FROM emr_visits
WHERE org_id = (SELECT auth.org_id()) AND (ends_at < %(since)s::timestamptz
    OR status = 'cancelled' AND appointment_id IS NULL AND asked_at < now() - interval '10 minutes')


-- Tools at a clinic with an EMR (seeing, writing, charts).

-- name: connection
SELECT o.emr, c.server, c.connected_at, c.version, o.time_zone
FROM emr_connections c
JOIN organizations o ON o.id = c.org_id
WHERE c.org_id = (SELECT auth.org_id()) AND o.emr IS NOT NULL

-- name: breaker
SELECT failures, retry_at, coalesce(retry_at <= now(), false) AS may_try
FROM emr_connections
WHERE org_id = (SELECT auth.org_id())

-- name: try_again
-- Of those who come together one gets it: the others wait for its row, and see the new time.
UPDATE emr_connections SET retry_at = clock_timestamp() + %(longest)s::interval
WHERE org_id = (SELECT auth.org_id()) AND retry_at <= now()
RETURNING true

-- name: answered
UPDATE emr_connections SET failures = 0, retry_at = NULL
WHERE org_id = (SELECT auth.org_id())

-- name: unanswered
-- Once it is open, only the one that tried counts: those who were on their way before say nothing new.
UPDATE emr_connections SET
    failures = failures + 1,
    retry_at = CASE WHEN failures + 1 >= %(most)s::integer THEN clock_timestamp() + %(rest)s::interval END
WHERE org_id = (SELECT auth.org_id()) AND (failures < %(most)s::integer OR failures = %(failures_before)s::integer)

-- name: providers_there
SELECT provider_id, emr_id, visits_read_at, near_read_at
FROM emr_providers
WHERE org_id = (SELECT auth.org_id()) AND provider_id = ANY (%(provider_ids)s::bigint[])

-- name: is_known
SELECT coalesce(synced_at >= %(oldest)s::timestamptz, false)
FROM emr_connections WHERE org_id = (SELECT auth.org_id())

-- name: provider_there
SELECT emr_id FROM emr_providers WHERE org_id = (SELECT auth.org_id()) AND provider_id = %(provider_id)s::bigint

-- name: provider_here
SELECT provider_id FROM emr_providers WHERE org_id = (SELECT auth.org_id()) AND emr_id = %(emr_id)s::text

-- name: row_of
SELECT v.emr_id, v.marker, r.emr_id AS provider_there, v.version, coalesce(v.starts_at, a.visit_start) AS starts_at,
    coalesce(v.ends_at, upper(a.visit)) AS ends_at, coalesce(v.status, a.status) AS status,
    l.emr_id AS patient_there, p.first_name, p.last_name, coalesce(nullif(e.name, ''), t.name) AS type_name, a.reason
FROM appointments a
JOIN patients p ON p.org_id = a.org_id AND p.id = a.patient_id
JOIN appointment_types t ON t.org_id = a.org_id AND t.id = a.type_id
LEFT JOIN emr_visits v ON v.org_id = a.org_id AND v.appointment_id = a.id
LEFT JOIN emr_providers r ON r.org_id = a.org_id AND r.provider_id = coalesce(v.provider_id, a.provider_id)
LEFT JOIN emr_patients l ON l.org_id = a.org_id AND l.patient_id = a.patient_id
LEFT JOIN emr_types e ON e.org_id = a.org_id AND e.type_id = a.type_id
WHERE a.org_id = (SELECT auth.org_id()) AND a.id = %(appointment_id)s::bigint

-- name: intend
-- The marker under which the EMR is asked for it, the same however often.
INSERT INTO emr_visits (org_id, provider_id, marker, patient_emr_id, starts_at, ends_at, status, appointment_id, asked_at)
SELECT a.org_id, a.provider_id, %(marker)s::text, l.emr_id, a.visit_start, upper(a.visit), 'pending', a.id, clock_timestamp()
FROM appointments a
JOIN emr_patients l ON l.org_id = a.org_id AND l.patient_id = a.patient_id
WHERE a.org_id = (SELECT auth.org_id()) AND a.id = %(appointment_id)s::bigint
ON CONFLICT (org_id, appointment_id) DO UPDATE SET asked_at = excluded.asked_at
RETURNING marker, xmax = 0 AS is_new

-- name: touch
UPDATE emr_visits
SET asked_at = clock_timestamp(), marker = coalesce(marker, %(marker)s::text)
WHERE org_id = (SELECT auth.org_id()) AND appointment_id = %(appointment_id)s::bigint
RETURNING marker

-- name: stands
UPDATE appointments
SET status = 'booked', pending_until = NULL
WHERE org_id = (SELECT auth.org_id()) AND id = %(appointment_id)s::bigint AND status = 'pending'

-- name: make_room
-- A reading between the write and now may have taken it for somebody's.
DELETE FROM emr_visits
WHERE org_id = (SELECT auth.org_id()) AND emr_id = %(emr_id)s::text AND appointment_id IS NULL

-- name: keep_visit
UPDATE emr_visits v
SET emr_id = %(emr_id)s::text, starts_at = %(starts_at)s::timestamptz, ends_at = %(ends_at)s::timestamptz,
    status = %(status)s::text, version = %(version)s::text, asked_at = clock_timestamp(), provider_id = coalesce((
        SELECT r.provider_id FROM emr_providers r
        WHERE r.org_id = v.org_id AND r.emr_id = %(provider_there)s::text
    ), v.provider_id)
WHERE org_id = (SELECT auth.org_id()) AND appointment_id = %(appointment_id)s::bigint

-- name: cancelled_there
UPDATE emr_visits SET status = 'cancelled', asked_at = clock_timestamp()
WHERE org_id = (SELECT auth.org_id()) AND appointment_id = %(appointment_id)s::bigint

-- name: undo_visit
DELETE FROM emr_visits
WHERE org_id = (SELECT auth.org_id()) AND appointment_id = %(appointment_id)s::bigint AND emr_id IS NULL

-- name: undo_appointment
DELETE FROM appointments
WHERE org_id = (SELECT auth.org_id()) AND id = %(appointment_id)s::bigint AND status = 'pending'

-- name: lock_chart
-- One chart is taken over by one call at a time.
SELECT pg_advisory_xact_lock(hashtextextended((SELECT auth.org_id())::text || %(emr_id)s::text, 8))

-- name: index_state
SELECT charts_read_at IS NOT NULL FROM emr_connections WHERE org_id = (SELECT auth.org_id())

-- name: charts_of_number
SELECT n.emr_id, l.patient_id, coalesce(l.read_at > now() - interval '5 minutes', false) AS is_fresh
FROM emr_phones n
LEFT JOIN emr_patients l ON l.org_id = n.org_id AND l.emr_id = n.emr_id
WHERE n.org_id = (SELECT auth.org_id()) AND n.phone = %(phone)s::text
ORDER BY n.emr_id
LIMIT 8

-- name: patient_of_chart
SELECT patient_id FROM emr_patients WHERE org_id = (SELECT auth.org_id()) AND emr_id = %(emr_id)s::text

-- name: chartless
-- Those born that day whom nobody has found there yet, such as who was here before the EMR.
SELECT p.id, p.first_name, p.last_name, p.phone
FROM patients p
WHERE p.org_id = (SELECT auth.org_id()) AND p.birth_date = %(birth_date)s::date AND p.erased_at IS NULL AND NOT EXISTS (
    SELECT FROM emr_patients l WHERE l.org_id = p.org_id AND l.patient_id = p.id AND l.emr_id IS NOT NULL)
ORDER BY p.id

-- name: enter_patient
INSERT INTO patients (org_id, first_name, last_name, native_name, birth_date, gender, phone, email, address,
    health_card_type, health_card_number)
VALUES (
    (SELECT auth.org_id()), %(first_name)s::text, %(last_name)s::text, %(native_name)s::text,
    %(birth_date)s::date, %(gender)s::text, %(phone)s::text, %(email)s::text, %(address)s::text,
    %(health_card_type)s::text, %(health_card_number)s::text
)
RETURNING id

-- name: follow_chart
-- No row: it says what the chart says.
UPDATE patients
SET first_name = %(first_name)s::text, last_name = %(last_name)s::text,
    native_name = coalesce(%(native_name)s::text, native_name), birth_date = %(birth_date)s::date,
    gender = %(gender)s::text, phone = %(phone)s::text, email = %(email)s::text,
    health_card_type = %(health_card_type)s::text, health_card_number = %(health_card_number)s::text
WHERE org_id = (SELECT auth.org_id()) AND id = %(id)s::bigint
    AND (first_name, last_name, native_name, birth_date, gender, phone, email, health_card_type, health_card_number)
        IS DISTINCT FROM (%(first_name)s::text, %(last_name)s::text, coalesce(%(native_name)s::text, native_name),
            %(birth_date)s::date, %(gender)s::text, %(phone)s::text, %(email)s::text, %(health_card_type)s::text,
            %(health_card_number)s::text)

-- name: link_chart
INSERT INTO emr_patients (org_id, patient_id, emr_id)
VALUES ((SELECT auth.org_id()), %(patient_id)s::bigint, %(emr_id)s::text)
ON CONFLICT (org_id, patient_id) DO UPDATE SET emr_id = excluded.emr_id, read_at = now()

-- name: known_phone
SELECT phone FROM patients WHERE org_id = (SELECT auth.org_id()) AND id = %(id)s::bigint

-- name: index_phones
WITH gone AS (
    DELETE FROM emr_phones
    WHERE org_id = (SELECT auth.org_id()) AND emr_id = %(emr_id)s::text AND phone <> ALL (%(phones)s::text[])
)
INSERT INTO emr_phones (org_id, phone, emr_id, read_at)
SELECT (SELECT auth.org_id()), phone, %(emr_id)s::text, now() FROM unnest(%(phones)s::text[]) AS phone
ON CONFLICT (org_id, phone, emr_id) DO UPDATE SET read_at = excluded.read_at

-- name: begin_registering
-- No row: the EMR was asked a moment ago, perhaps by this very tool call's twin, or has said yes already.
INSERT INTO emr_patients AS l (org_id, patient_id) VALUES ((SELECT auth.org_id()), %(patient_id)s::bigint)
ON CONFLICT (org_id, patient_id) DO UPDATE SET read_at = now()
    WHERE l.emr_id IS NULL AND l.read_at < now() - interval '10 seconds'
RETURNING true

-- name: end_registering
DELETE FROM emr_patients
WHERE org_id = (SELECT auth.org_id()) AND patient_id = %(patient_id)s::bigint AND emr_id IS NULL

-- name: chart_of
SELECT emr_id FROM emr_patients WHERE org_id = (SELECT auth.org_id()) AND patient_id = %(patient_id)s::bigint

-- name: emr_known
SELECT o.name AS clinic, o.time_zone, o.slot_interval_min, o.slot_offset_min, o.emr, c.version, c.failures,
    c.retry_at, extract(epoch FROM now() - c.synced_at)::integer AS synced_s, c.sync_failure,
    extract(epoch FROM now() - c.charts_read_at)::integer AS charts_read_s,
    (SELECT count(DISTINCT p.phone) FROM emr_phones p WHERE p.org_id = o.id) AS numbers,
    (SELECT count(*) FROM emr_visits v WHERE v.org_id = o.id AND v.emr_id IS NULL) AS in_doubt
FROM organizations o
LEFT JOIN emr_connections c ON c.org_id = o.id
WHERE o.id = (SELECT auth.org_id())

-- name: emr_links
SELECT e.emr_id, p.name, p.is_active
FROM emr_providers e
JOIN providers p ON p.org_id = e.org_id AND p.id = e.provider_id
WHERE e.org_id = (SELECT auth.org_id())
ORDER BY e.emr_id

-- name: emr_kinds
SELECT t.name, t.duration_min, coalesce(e.codes, '{}') AS codes
FROM appointment_types t
LEFT JOIN emr_types e ON e.org_id = t.org_id AND e.type_id = t.id
WHERE t.org_id = (SELECT auth.org_id()) AND t.is_active
ORDER BY t.id

-- name: emr_before
-- What connecting goes by.
SELECT o.time_zone, o.booking_mode, o.emr, c.server,
    (SELECT count(*) FROM appointments a
        WHERE a.org_id = o.id AND a.status IN ('booked', 'pending') AND a.visit_start > now()) AS visits_to_come
FROM organizations o
LEFT JOIN emr_connections c ON c.org_id = o.id
WHERE o.id = (SELECT auth.org_id())

-- name: emr_connect
-- What was known of failures says nothing of what it is like from now on.
INSERT INTO emr_connections (org_id, server)
VALUES ((SELECT auth.org_id()), %(server)s::jsonb)
ON CONFLICT (org_id) DO UPDATE
SET server = excluded.server, version = emr_connections.version + 1, connected_at = now(), failures = 0,
    retry_at = NULL, due_at = now(), sync_failure = NULL, sync_failures = 0
RETURNING version

-- name: emr_chosen
UPDATE organizations SET emr = %(emr)s::text WHERE id = (SELECT auth.org_id())

-- name: emr_renewed
UPDATE emr_connections SET version = version + 1, due_at = now()
WHERE org_id = (SELECT auth.org_id())
RETURNING version

-- name: emr_disconnect
DELETE FROM emr_connections WHERE org_id = (SELECT auth.org_id())

-- name: emr_type_of
INSERT INTO emr_types (org_id, type_id, codes, name)
SELECT org_id, id, %(codes)s::text[], %(there)s::text FROM appointment_types
WHERE org_id = (SELECT auth.org_id()) AND lower(name) = lower(%(name)s::text)
ON CONFLICT (org_id, type_id) DO UPDATE SET codes = excluded.codes, name = excluded.name

-- name: emr_no_types
DELETE FROM emr_types WHERE org_id = (SELECT auth.org_id())
