-- Providers, their hours and time off, and kinds of visit. What is booked stands, whatever is changed here.

-- name: providers
-- With how many visits to come each has, for who leaves doesn't take them along.
SELECT p.id, p.version, p.name, p.name_zh, p.specialty, p.languages, p.is_active, (
        SELECT count(*)
        FROM appointments a
        WHERE a.org_id = (SELECT auth.org_id()) AND a.provider_id = p.id AND a.status IN ('pending', 'booked')
            AND a.occupied_to > now() AND a.visit_start > now()
    ) AS future_visits
FROM providers p
WHERE p.org_id = (SELECT auth.org_id()) AND p.id = coalesce(%(id)s::bigint, p.id)
ORDER BY p.id

-- name: add_provider
INSERT INTO providers (org_id, name, name_zh, specialty, languages, is_active)
SELECT (SELECT auth.org_id()), n.name, n.name_zh, n.specialty, n.languages, n.is_active
FROM jsonb_populate_record(NULL::providers, %(fields)s::jsonb) n
RETURNING id

-- name: change_provider
-- No row: there is none, or the one that was seen is not the latest. So it is with the next two that change.
UPDATE providers p
SET (name, name_zh, specialty, languages, is_active, version) = (
    SELECT n.name, n.name_zh, n.specialty, n.languages, n.is_active, p.version + 1
    FROM jsonb_populate_record(p, %(changes)s::jsonb) n
)
WHERE p.org_id = (SELECT auth.org_id()) AND p.id = %(id)s::bigint
    AND p.version = coalesce(%(seen)s::integer, p.version)
RETURNING p.id

-- name: next_version
-- Two who replace a provider's hours do it one after the other.
UPDATE providers p
SET version = p.version + 1
WHERE p.org_id = (SELECT auth.org_id()) AND p.id = %(id)s::bigint
    AND p.version = coalesce(%(seen)s::integer, p.version)
RETURNING p.id

-- name: weekly_hours
SELECT weekday, starts, ends, location_id
FROM working_hours
WHERE org_id = (SELECT auth.org_id()) AND provider_id = %(provider_id)s::bigint
ORDER BY weekday, starts

-- name: date_hours
SELECT day, starts, ends, location_id
FROM date_hours
WHERE org_id = (SELECT auth.org_id()) AND provider_id = %(provider_id)s::bigint
ORDER BY day, starts, id

-- name: drop_weekly_hours
DELETE FROM working_hours WHERE org_id = (SELECT auth.org_id()) AND provider_id = %(provider_id)s::bigint

-- name: add_weekly_hours
INSERT INTO working_hours (org_id, provider_id, weekday, starts, ends, location_id)
SELECT (SELECT auth.org_id()), %(provider_id)s::bigint, n.weekday, n.starts, n.ends, n.location_id
FROM jsonb_to_recordset(%(hours)s::jsonb)
    AS n (weekday smallint, starts time, ends time, location_id bigint)

-- name: drop_date_hours
DELETE FROM date_hours WHERE org_id = (SELECT auth.org_id()) AND provider_id = %(provider_id)s::bigint

-- name: add_date_hours
INSERT INTO date_hours (org_id, provider_id, day, starts, ends, location_id)
SELECT (SELECT auth.org_id()), %(provider_id)s::bigint, n.day, n.starts, n.ends, n.location_id
FROM jsonb_to_recordset(%(hours)s::jsonb) AS n (day date, starts time, ends time, location_id bigint)

-- name: times_off
-- With how many visits are booked in each. Nothing occupies more than a day, which bounds the search on that side.
SELECT t.id, t.provider_id, t.starts_at, t.ends_at, (
        SELECT count(*)
        FROM appointments a
        WHERE a.org_id = (SELECT auth.org_id()) AND a.visit_start < t.ends_at
            AND a.visit_start > t.starts_at - interval '1 day' AND upper(a.visit) > t.starts_at
            AND a.provider_id = coalesce(t.provider_id, a.provider_id) AND a.status IN ('pending', 'booked')
    ) AS visits
FROM time_off t
WHERE t.org_id = (SELECT auth.org_id()) AND t.ends_at > %(since)s::timestamptz
    AND t.id = coalesce(%(id)s::bigint, t.id)
ORDER BY t.starts_at, t.id
LIMIT 1000

-- name: add_time_off
INSERT INTO time_off (org_id, provider_id, starts_at, ends_at)
VALUES ((SELECT auth.org_id()), %(provider_id)s::bigint, %(starts_at)s::timestamptz, %(ends_at)s::timestamptz)
RETURNING id

-- name: drop_time_off
DELETE FROM time_off WHERE org_id = (SELECT auth.org_id()) AND id = %(id)s::bigint

-- name: types
SELECT id, version, name, name_zh, also_called, duration_min, buffer_before_min, buffer_after_min, modes,
    is_for_new_patients, instructions, instructions_zh, is_active
FROM appointment_types
WHERE org_id = (SELECT auth.org_id()) AND id = coalesce(%(id)s::bigint, id)
ORDER BY id

-- name: add_type
-- No row: there is one of that name.
INSERT INTO appointment_types (org_id, name, name_zh, also_called, duration_min, buffer_before_min,
    buffer_after_min, modes, is_for_new_patients, instructions, instructions_zh, is_active)
SELECT (SELECT auth.org_id()), n.name, n.name_zh, n.also_called, n.duration_min, n.buffer_before_min,
    n.buffer_after_min, n.modes, n.is_for_new_patients, n.instructions, n.instructions_zh, n.is_active
FROM jsonb_populate_record(NULL::appointment_types, %(fields)s::jsonb) n
ON CONFLICT (org_id, name) DO NOTHING
RETURNING id

-- name: change_type
UPDATE appointment_types t
SET (name, name_zh, also_called, duration_min, buffer_before_min, buffer_after_min, modes, is_for_new_patients,
        instructions, instructions_zh, is_active, version) = (
    SELECT n.name, n.name_zh, n.also_called, n.duration_min, n.buffer_before_min, n.buffer_after_min, n.modes,
        n.is_for_new_patients, n.instructions, n.instructions_zh, n.is_active, t.version + 1
    FROM jsonb_populate_record(t, %(changes)s::jsonb) n
)
WHERE t.org_id = (SELECT auth.org_id()) AND t.id = %(id)s::bigint
    AND t.version = coalesce(%(seen)s::integer, t.version)
RETURNING t.id
