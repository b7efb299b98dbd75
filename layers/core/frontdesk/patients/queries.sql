-- name: by_phone
SELECT id, first_name, last_name, native_name, birth_date, gender, phone, email, address, city, province,
    postal_code, health_card_type, language
FROM patients
WHERE org_id = (SELECT auth.org_id()) AND phone = %(phone)s::text
    AND birth_date = coalesce(%(birth_date)s::date, birth_date)
ORDER BY id
LIMIT 20

-- name: by_ids
SELECT id, first_name, last_name, native_name, birth_date, gender, phone, email, address, city, province,
    postal_code, health_card_type, language
FROM patients
WHERE org_id = (SELECT auth.org_id()) AND id = ANY (%(ids)s::bigint[])
ORDER BY id

-- name: by_id
SELECT id, first_name, last_name, native_name, birth_date, gender, phone, email, address, city, province,
    postal_code, health_card_type, language
FROM patients
WHERE org_id = (SELECT auth.org_id()) AND id = %(id)s::bigint

-- name: by_name_keys
-- Who shares most spellings with what was heard. The ranking proper is done in Python, on these few.
SELECT p.id, p.first_name, p.last_name, p.native_name, p.birth_date, p.gender, p.phone, p.email, p.address,
    p.city, p.province, p.postal_code, p.health_card_type, p.language
FROM (
    SELECT patient_id, count(*) AS shared
    FROM patient_name_keys
    WHERE org_id = (SELECT auth.org_id()) AND key = ANY (%(keys)s::text[])
    GROUP BY patient_id
    ORDER BY shared DESC, patient_id
    LIMIT 60
) near
JOIN patients p ON p.org_id = (SELECT auth.org_id()) AND p.id = near.patient_id
ORDER BY near.shared DESC, p.id

-- name: born_on_with_name_keys
-- As above, but of one birth date: what proves a caller must not fall off the end of a list.
SELECT p.id, p.first_name, p.last_name, p.native_name, p.birth_date, p.gender, p.phone, p.email, p.address,
    p.city, p.province, p.postal_code, p.health_card_type, p.language
FROM patients p
WHERE p.org_id = (SELECT auth.org_id()) AND p.birth_date = %(birth_date)s::date
    AND EXISTS (
        SELECT FROM patient_name_keys k
        WHERE k.org_id = (SELECT auth.org_id()) AND k.patient_id = p.id AND k.key = ANY (%(keys)s::text[])
    )
ORDER BY p.id
LIMIT 60

-- name: failed_proofs_since
SELECT coalesce(sum(failed_proofs), 0)
FROM calls
WHERE org_id = (SELECT auth.org_id()) AND caller_number = %(caller_number)s::text
    AND started_at >= %(since)s::timestamptz

-- name: failed_proofs_of_hidden_since
-- Over all calls that show no number: who hides theirs would be somebody new in each call.
SELECT coalesce(sum(failed_proofs), 0)
FROM calls
WHERE org_id = (SELECT auth.org_id()) AND caller_number IS NULL AND started_at >= %(since)s::timestamptz

-- name: lock_birth_date
-- Two calls that register the same person at once do it one after the other, and none while an import writes.
SELECT pg_advisory_xact_lock_shared(hashtextextended((SELECT auth.org_id())::text, 5)),
    pg_advisory_xact_lock(hashtextextended((SELECT auth.org_id())::text || %(birth_date)s::text, 1))

-- name: possible_duplicates
-- At a clinic with an EMR, nobody of whom it has no chart: that was tried, and came to nothing.
SELECT p.id, p.first_name, p.last_name, p.native_name, p.birth_date, p.gender, p.phone, p.email, p.address, p.city,
    p.province, p.postal_code, p.health_card_type, p.language, p.call_id, p.health_card_number
FROM (
    SELECT * FROM patients WHERE org_id = (SELECT auth.org_id()) AND birth_date = %(birth_date)s::date
    UNION
    SELECT * FROM patients
    WHERE org_id = (SELECT auth.org_id()) AND health_card_number = %(health_card_number)s::text
) p
JOIN organizations o ON o.id = p.org_id
WHERE o.emr IS NULL OR p.call_id = %(call_id)s::text OR EXISTS (
    SELECT FROM emr_patients l WHERE l.org_id = p.org_id AND l.patient_id = p.id AND l.emr_id IS NOT NULL)
LIMIT 500

-- name: registered_since
SELECT count(*)
FROM patients
WHERE org_id = (SELECT auth.org_id()) AND capped_as = %(capped_as)s::text
    AND created_at >= %(since)s::timestamptz

-- name: register
INSERT INTO patients (org_id, first_name, last_name, native_name, birth_date, gender, phone, email, address,
    city, province, postal_code, health_card_type, health_card_number, language, call_id, capped_as)
VALUES (
    (SELECT auth.org_id()), %(first_name)s::text, %(last_name)s::text, %(native_name)s::text,
    %(birth_date)s::date, %(gender)s::text, %(phone)s::text, %(email)s::text, %(address)s::text,
    %(city)s::text, %(province)s::text, %(postal_code)s::text, %(health_card_type)s::text,
    %(health_card_number)s::text, %(language)s::text, %(call_id)s::text, %(capped_as)s::text
)
RETURNING id

-- name: put_right
UPDATE patients
SET first_name = %(first_name)s::text, last_name = %(last_name)s::text, native_name = %(native_name)s::text,
    birth_date = %(birth_date)s::date, gender = %(gender)s::text, phone = %(phone)s::text,
    email = %(email)s::text, address = %(address)s::text, city = %(city)s::text,
    province = %(province)s::text, postal_code = %(postal_code)s::text,
    health_card_type = %(health_card_type)s::text, health_card_number = %(health_card_number)s::text,
    language = %(language)s::text
WHERE org_id = (SELECT auth.org_id()) AND id = %(id)s::bigint

-- name: drop_name_keys
DELETE FROM patient_name_keys
WHERE org_id = (SELECT auth.org_id()) AND patient_id = %(patient_id)s::bigint

-- name: add_name_keys
INSERT INTO patient_name_keys (org_id, key, patient_id)
SELECT (SELECT auth.org_id()), key, %(patient_id)s::bigint FROM unnest(%(keys)s::text[]) AS key
ON CONFLICT DO NOTHING

-- name: tell
-- A kept time is news only as long as it is kept.
WITH told AS (
    UPDATE communications
    SET told_at = coalesce(told_at, %(now)s::timestamptz), told_in = %(call_id)s::text
    WHERE org_id = (SELECT auth.org_id()) AND patient_id = %(patient_id)s::bigint
        AND (told_at IS NULL OR told_in = %(call_id)s::text)
    RETURNING org_id, id, kind, appointment_id, waitlist_id
)
SELECT t.kind, v.provider_name, v.provider_name_zh, v.starts_at
FROM (
    -- A visit that was moved twice is told of once, as it stands.
    SELECT DISTINCT ON (org_id, kind, appointment_id, waitlist_id) * FROM told
    ORDER BY org_id, kind, appointment_id, waitlist_id, id DESC
) t
LEFT JOIN visits v ON v.org_id = t.org_id AND v.id = t.appointment_id
LEFT JOIN waitlist w ON w.org_id = t.org_id AND w.id = t.waitlist_id
WHERE w.status = 'offered' OR v.starts_at > %(now)s::timestamptz
    -- What has changed again since is no news.
    AND v.status = CASE WHEN t.kind IN ('approved', 'clinic_moved') THEN 'booked' ELSE 'cancelled' END
ORDER BY t.id

-- name: page_by_name
-- Who shares most spellings first; a page goes on behind the last of the one before.
SELECT p.id, p.first_name, p.last_name, p.native_name, p.birth_date, p.phone, near.shared
FROM (
    SELECT patient_id, count(*)::integer AS shared
    FROM patient_name_keys
    WHERE org_id = (SELECT auth.org_id()) AND key = ANY (%(keys)s::text[])
    GROUP BY patient_id
) near
JOIN patients p ON p.org_id = (SELECT auth.org_id()) AND p.id = near.patient_id
WHERE (near.shared < %(shared)s::integer OR near.shared = %(shared)s::integer AND p.id > %(after)s::bigint)
    AND p.phone = coalesce(%(phone)s::text, p.phone)
    AND p.birth_date = coalesce(%(birth_date)s::date, p.birth_date)
ORDER BY near.shared DESC, p.id
LIMIT %(limit)s::integer

-- name: page_by_phone
SELECT id, first_name, last_name, native_name, birth_date, phone, 0 AS shared
FROM patients
WHERE org_id = (SELECT auth.org_id()) AND phone = %(phone)s::text AND id > %(after)s::bigint
    AND birth_date = coalesce(%(birth_date)s::date, birth_date)
ORDER BY id
LIMIT %(limit)s::integer

-- name: page_by_birth_date
SELECT id, first_name, last_name, native_name, birth_date, phone, 0 AS shared
FROM patients
WHERE org_id = (SELECT auth.org_id()) AND birth_date = %(birth_date)s::date AND id > %(after)s::bigint
ORDER BY id
LIMIT %(limit)s::integer

-- name: record
SELECT id, first_name, last_name, native_name, birth_date, gender, phone, email, address, city, province,
    postal_code, health_card_type, health_card_number, language
FROM patients
WHERE org_id = (SELECT auth.org_id()) AND id = %(id)s::bigint

-- name: record_to_change
SELECT id, first_name, last_name, native_name, birth_date, gender, phone, email, address, city, province,
    postal_code, health_card_type, health_card_number, language
FROM patients
WHERE org_id = (SELECT auth.org_id()) AND id = %(id)s::bigint
FOR NO KEY UPDATE

-- name: of_numbers
SELECT p.id, p.first_name, p.last_name, p.native_name, p.birth_date, p.gender, p.phone, p.email, p.address, p.city,
    p.province, p.postal_code, p.health_card_type, p.health_card_number, p.language
FROM unnest(%(phones)s::text[]) AS asked (phone)
JOIN patients p ON p.org_id = (SELECT auth.org_id()) AND p.phone = asked.phone
ORDER BY p.id

-- name: take_time
-- A large file is read for longer than the role's own bound lets a transaction wait.
SELECT set_config('idle_in_transaction_session_timeout', '30s', true)

-- name: begin_import
-- False: another one of the clinic's is at it, perhaps for long.
SELECT pg_try_advisory_xact_lock(hashtextextended((SELECT auth.org_id())::text, 6))

-- name: lock_import
-- Waits for whoever is entered just now and lets nobody be entered meanwhile, so that who stands in the file
-- comes once.
SELECT pg_advisory_xact_lock(hashtextextended((SELECT auth.org_id())::text, 5))

-- name: enter_many
INSERT INTO patients (org_id, first_name, last_name, native_name, birth_date, gender, phone, email, address,
    city, province, postal_code, health_card_type, health_card_number, language)
SELECT (SELECT auth.org_id()), n.first_name, n.last_name, n.native_name, n.birth_date, n.gender, n.phone, n.email,
    n.address, n.city, n.province, n.postal_code, n.health_card_type, n.health_card_number, n.language
FROM jsonb_to_recordset(%(people)s::jsonb) AS n (first_name text, last_name text, native_name text,
    birth_date date, gender text, phone text, email text, address text, city text, province text,
    postal_code text, health_card_type text, health_card_number text, language text)
RETURNING id, first_name, last_name, native_name

-- name: put_right_many
UPDATE patients p
SET first_name = n.first_name, last_name = n.last_name, native_name = n.native_name, gender = n.gender,
    email = n.email, address = n.address, city = n.city, province = n.province, postal_code = n.postal_code,
    health_card_type = n.health_card_type, health_card_number = n.health_card_number, language = n.language
FROM jsonb_to_recordset(%(people)s::jsonb) AS n (id bigint, first_name text, last_name text, native_name text,
    gender text, email text, address text, city text, province text, postal_code text, health_card_type text,
    health_card_number text, language text)
WHERE p.org_id = (SELECT auth.org_id()) AND p.id = n.id
RETURNING p.id, p.first_name, p.last_name, p.native_name

-- name: drop_name_keys_of_many
DELETE FROM patient_name_keys
WHERE org_id = (SELECT auth.org_id()) AND patient_id = ANY (%(ids)s::bigint[])

-- name: add_name_keys_of_many
INSERT INTO patient_name_keys (org_id, key, patient_id)
SELECT (SELECT auth.org_id()), key, id FROM unnest(%(keys)s::text[], %(ids)s::bigint[]) AS named (key, id)
