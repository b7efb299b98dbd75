-- 5,000 clinics, made inside Postgres, which has nothing sent to it: the first has 1,000 appointments, the second
-- 100,000, the third 1,000,000, all others twenty.

-- name: ready
-- For a session of the superuser, whom no wall stops. Every index and constraint stays; only triggers rest, for
-- these keys need no proof, and what is measured reads no audit entry.
SET session_replication_role = replica;

CREATE TEMPORARY TABLE clinics AS
SELECT n, ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid AS org_id,
    '+1' || 200 + n / 100 || '55501' || lpad((n % 100)::text, 2, '0') AS number
FROM generate_series(1, 5000) n;
ANALYZE clinics;

-- The k-th half hour of a working day, counted from this week's Monday. Stable, so that it is inlined.
CREATE FUNCTION pg_temp.visit(working_day bigint, k bigint) RETURNS tstzrange LANGUAGE sql STABLE AS $$
    SELECT tstzrange(t, t + interval '30 min')
    FROM (SELECT date_trunc('week', now(), 'America/Regina') + make_interval(
            days => ((working_day + 50000) / 5 * 7 + (working_day + 50000) % 5 - 70000)::int,
            mins => (540 + k * 30 + CASE WHEN k < 6 THEN 0 ELSE 60 END)::int) AS t) made
$$;

-- The day of the week, from 1 for Monday.
CREATE FUNCTION pg_temp.today() RETURNS int LANGUAGE sql STABLE AS $$
    SELECT extract(isodow FROM now() AT TIME ZONE 'America/Regina')::int
$$;

-- name: desks
-- Four doctors each; the third clinic's other thirty-six have left.
INSERT INTO organizations (id, name, phone_number, time_zone)
SELECT org_id, 'Clinic ' || n, number, 'America/Regina' FROM clinics;

INSERT INTO phone_numbers (e164, org_id) SELECT number, org_id FROM clinics;

INSERT INTO appointment_types (id, org_id, name, duration_min)
SELECT n, org_id, 'General consultation', 30 FROM clinics;

INSERT INTO providers (id, org_id, name, is_active)
SELECT n * 100 + place, org_id, 'Dr. Number ' || place, place < 4
FROM clinics, generate_series(0, 39) place
WHERE place < 4 OR n = 3;

INSERT INTO working_hours (org_id, provider_id, weekday, starts, ends)
SELECT org_id, n * 100 + place, weekday, starts, ends
FROM clinics, generate_series(0, 3) place, generate_series(1, 5) weekday,
    (VALUES (time '9:00', time '12:00'), ('13:00', '17:00')) shift (starts, ends);

-- name: patients
-- With twenty visits each, where the clinic has years behind it.
INSERT INTO patients (id, org_id, first_name, last_name, birth_date, gender, phone)
SELECT n * 100000 + k, org_id, 'First' || k, 'Last' || k, date '1970-05-05', 'U',
    '+1' || 200 + k / 100 || '55501' || lpad((k % 100)::text, 2, '0')
FROM clinics,
    generate_series(0, CASE n WHEN 1 THEN 500 WHEN 2 THEN 5000 WHEN 3 THEN 50000 ELSE 1 END - 1) k

-- name: ahead
-- 1,000 of the 2,016 half hours of the next 36 working days; elsewhere twenty.
INSERT INTO appointments (org_id, provider_id, patient_id, type_id, status, visit, occupied)
SELECT org_id, n * 100 + k % 4, n * 100000 + CASE WHEN n <= 3 THEN k % 500 ELSE 0 END, n, 'booked', visit, visit
FROM clinics
JOIN (
    SELECT k, row_number() OVER (ORDER BY hashint4(k)) AS place FROM generate_series(0, 2015) k
) half_hours ON place <= CASE WHEN n <= 3 THEN 1000 ELSE 20 END
CROSS JOIN LATERAL pg_temp.visit(least(pg_temp.today(), 5) + k / 56, k / 4 % 14) AS visit

-- name: behind
-- Seven full years of four doctors, in the second and the third clinic.
INSERT INTO appointments (org_id, provider_id, patient_id, type_id, status, visit, occupied)
SELECT org_id, n * 100 + k % 4, n * 100000 + k % 5000, n, 'fulfilled', visit, visit
FROM clinics, generate_series(0, 98999) k
CROSS JOIN LATERAL pg_temp.visit(least(pg_temp.today(), 6) - 2 - k / 56, k / 4 % 14) AS visit
WHERE n IN (2, 3)

-- name: of_those_who_left
-- The same years of the third clinic's other doctors; a half of them at a time, by two at once.
INSERT INTO appointments (org_id, provider_id, patient_id, type_id, status, visit, occupied)
SELECT org_id, n * 100 + 4 + k %% 36, n * 100000 + k %% 50000, n, 'fulfilled', visit, visit
FROM clinics, generate_series(%(half)s::int, 899999, 2) k
CROSS JOIN LATERAL pg_temp.visit(least(pg_temp.today(), 6) - 2 - k / 504, k / 36 %% 14) AS visit
WHERE n = 3
