-- What a clinic says of itself and how it books.

-- name: settings
SELECT o.version, o.name, o.name_zh, o.phone_number, o.address, o.region, o.time_zone, o.languages, o.hours_text,
    o.hours_text_zh, o.accepting_new_patients, o.identity_proof, o.notice_min, o.horizon_days,
    o.slot_interval_min, o.slot_offset_min, o.packed, o.cleanup_min, o.buffers_inside_hours, o.booking_mode,
    o.approval_min, o.waitlist_offer_min, o.holiday_province, o.retention_days, o.legal_hold, o.memory_days,
    o.digest_email, o.digest_hour, o.texts_enabled, o.archives_recordings, o.keeps_originals, o.original_days, (
        SELECT coalesce(jsonb_agg(jsonb_build_object('reason', reason, 'weekday', weekday, 'starts', starts,
            'ends', ends, 'number', number) ORDER BY id), '[]')
        FROM transfer_lines
        WHERE org_id = (SELECT auth.org_id())
    ) AS transfer_lines, (
        SELECT coalesce(jsonb_agg(jsonb_build_object('provider_id', provider_id, 'type_id', type_id,
            'period', period, 'most', most) ORDER BY id), '[]')
        FROM caps
        WHERE org_id = (SELECT auth.org_id())
    ) AS caps
FROM organizations o
WHERE o.id = (SELECT auth.org_id())

-- name: change
-- A merge patch: what is in it replaces what is there, null too. No row: the version is not the latest.
UPDATE organizations o
SET (name, name_zh, phone_number, address, region, time_zone, languages, hours_text, hours_text_zh,
        accepting_new_patients, identity_proof, notice_min, horizon_days, slot_interval_min, slot_offset_min,
        packed, cleanup_min, buffers_inside_hours, booking_mode, approval_min, waitlist_offer_min,
        holiday_province, retention_days, legal_hold, memory_days, digest_email, digest_hour, texts_enabled,
        archives_recordings, keeps_originals, original_days, version) = (
    SELECT n.name, n.name_zh, n.phone_number, n.address, n.region, n.time_zone, n.languages, n.hours_text,
        n.hours_text_zh, n.accepting_new_patients, n.identity_proof, n.notice_min, n.horizon_days,
        n.slot_interval_min, n.slot_offset_min, n.packed, n.cleanup_min, n.buffers_inside_hours,
        n.booking_mode, n.approval_min, n.waitlist_offer_min, n.holiday_province, n.retention_days, n.legal_hold,
        n.memory_days, n.digest_email, n.digest_hour, n.texts_enabled, n.archives_recordings, n.keeps_originals,
        n.original_days, o.version + 1
    FROM jsonb_populate_record(o, %(changes)s::jsonb) n
)
WHERE o.id = (SELECT auth.org_id()) AND o.version = coalesce(%(version)s::integer, o.version)
RETURNING o.version

-- name: set_expiry_of_memories
-- What is remembered already lasts as long as what will be.
UPDATE caller_memories m
SET expires_at = m.updated_at + make_interval(days => o.memory_days)
FROM organizations o
WHERE o.id = (SELECT auth.org_id()) AND m.org_id = o.id

-- name: drop_transfer_lines
DELETE FROM transfer_lines WHERE org_id = (SELECT auth.org_id())

-- name: add_transfer_lines
INSERT INTO transfer_lines (org_id, reason, weekday, starts, ends, number)
SELECT (SELECT auth.org_id()), n.reason, n.weekday, n.starts, n.ends, n.number
FROM ROWS FROM (jsonb_to_recordset(%(lines)s::jsonb)
    AS (reason text, weekday smallint, starts time, ends time, number text)) WITH ORDINALITY
    AS n (reason, weekday, starts, ends, number, place)
ORDER BY n.place

-- name: drop_caps
DELETE FROM caps WHERE org_id = (SELECT auth.org_id())

-- name: add_caps
INSERT INTO caps (org_id, provider_id, type_id, period, most)
SELECT (SELECT auth.org_id()), n.provider_id, n.type_id, n.period, n.most
FROM ROWS FROM (jsonb_to_recordset(%(caps)s::jsonb)
    AS (provider_id bigint, type_id bigint, period text, most integer)) WITH ORDINALITY
    AS n (provider_id, type_id, period, most, place)
ORDER BY n.place

-- name: phone_numbers
SELECT e164, status, failure, vapi_id, vapi_provider, vapi_before, attempt
FROM phone_numbers
WHERE org_id = (SELECT auth.org_id()) AND e164 = coalesce(%(e164)s::text, e164)
ORDER BY e164

-- name: take_number
-- No row: somebody has it, and only its own clinic can see who.
INSERT INTO phone_numbers (e164, org_id, status, attempt)
VALUES (%(e164)s::text, (SELECT auth.org_id()), 'attaching', 1)
ON CONFLICT (e164) DO NOTHING
RETURNING attempt

-- name: try_number_again
-- One that was the clinic's without Vapi's ever being asked keeps its status, by which that is known.
UPDATE phone_numbers
SET status = CASE WHEN vapi_id IS NULL THEN status ELSE 'attaching' END, attempt = attempt + 1
WHERE org_id = (SELECT auth.org_id()) AND e164 = %(e164)s::text
RETURNING attempt

-- name: remember_number
-- What it had before the first time; from then on it has what is ours.
UPDATE phone_numbers
SET vapi_id = %(vapi_id)s::text, vapi_provider = %(vapi_provider)s::text,
    vapi_before = CASE WHEN vapi_id = %(vapi_id)s::text THEN vapi_before ELSE %(vapi_before)s::jsonb END
WHERE org_id = (SELECT auth.org_id()) AND e164 = %(e164)s::text AND attempt = %(attempt)s::integer
RETURNING vapi_before

-- name: entries_of_ours
-- How many of these squads and assistants are the clinic's.
SELECT count(*) FROM vapi_entries WHERE org_id = (SELECT auth.org_id()) AND vapi_id = ANY (%(vapi_ids)s::text[])

-- name: drop_unproven_number
-- One that was only asked for: so nobody holds a number that they can't have.
DELETE FROM phone_numbers
WHERE org_id = (SELECT auth.org_id()) AND e164 = %(e164)s::text AND attempt = %(attempt)s::integer
    AND status = 'attaching' AND vapi_id IS NULL

-- name: settle_number
UPDATE phone_numbers
SET status = CASE WHEN %(failure)s::text IS NULL THEN 'attached' ELSE 'failed' END, failure = %(failure)s::text
WHERE org_id = (SELECT auth.org_id()) AND e164 = %(e164)s::text AND attempt = %(attempt)s::integer

-- name: release_number
UPDATE phone_numbers
SET status = 'releasing', attempt = attempt + 1
WHERE org_id = (SELECT auth.org_id()) AND e164 = %(e164)s::text
RETURNING e164, status, failure, vapi_id, vapi_provider, vapi_before, attempt

-- name: drop_number
DELETE FROM phone_numbers
WHERE org_id = (SELECT auth.org_id()) AND e164 = %(e164)s::text AND attempt = %(attempt)s::integer
