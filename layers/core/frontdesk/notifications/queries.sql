-- What the clinic is told, what it has read of that, and what leaves for its mailbox and for callers' telephones.

-- name: note
INSERT INTO notifications (org_id, kind, call_id, patient_id, appointment_id, of)
VALUES ((SELECT auth.org_id()), %(kind)s::text, %(call_id)s::text, %(patient_id)s::bigint,
    %(appointment_id)s::bigint, %(of)s::text)
ON CONFLICT (org_id, kind, coalesce(call_id, ''), coalesce(appointment_id, 0), of) WHERE call_id IS NOT NULL
DO NOTHING

-- name: note_degraded
INSERT INTO notifications (org_id, kind, of)
SELECT a.org_id, 'sync_degraded', a.id::text
FROM agents a
WHERE a.org_id = (SELECT auth.org_id()) AND a.id = %(agent_id)s::uuid AND NOT EXISTS (
    SELECT FROM notifications n
    WHERE n.org_id = a.org_id AND n.kind = 'sync_degraded' AND n.of = a.id::text
        AND n.at >= coalesce(a.synced_at, '-infinity')
)

-- name: page
-- Limited before it is joined, so that a poll costs what it shows, however many there are.
SELECT n.id, n.kind, n.at, n.read_at IS NOT NULL AS is_read, n.call_id, n.appointment_id, n.of,
    o.time_zone, v.starts_at, v.provider_name, v.type_name, a.name AS agent_name
FROM (
    SELECT org_id, id, kind, at, read_at, call_id, appointment_id, of
    FROM notifications
    WHERE org_id = (SELECT auth.org_id()) AND id < %(below)s::bigint
    ORDER BY id DESC
    LIMIT %(limit)s::integer
) n
JOIN organizations o ON o.id = n.org_id
LEFT JOIN visits v ON v.org_id = n.org_id AND v.id = n.appointment_id
LEFT JOIN agents a ON a.org_id = n.org_id AND n.kind = 'sync_degraded' AND a.id::text = n.of
ORDER BY n.id DESC

-- name: page_of_unread
SELECT n.id, n.kind, n.at, false AS is_read, n.call_id, n.appointment_id, n.of,
    o.time_zone, v.starts_at, v.provider_name, v.type_name, a.name AS agent_name
FROM (
    SELECT org_id, id, kind, at, call_id, appointment_id, of
    FROM notifications
    WHERE org_id = (SELECT auth.org_id()) AND id < %(below)s::bigint AND read_at IS NULL
    ORDER BY id DESC
    LIMIT %(limit)s::integer
) n
JOIN organizations o ON o.id = n.org_id
LEFT JOIN visits v ON v.org_id = n.org_id AND v.id = n.appointment_id
LEFT JOIN agents a ON a.org_id = n.org_id AND n.kind = 'sync_degraded' AND a.id::text = n.of
ORDER BY n.id DESC

-- name: page_of_wanting
-- Of the unread what the desk didn't settle itself; the kinds are those of `inbox.SETTLED` and of the index.
SELECT n.id, n.kind, n.at, false AS is_read, n.call_id, n.appointment_id, n.of,
    o.time_zone, v.starts_at, v.provider_name, v.type_name, a.name AS agent_name
FROM (
    SELECT org_id, id, kind, at, call_id, appointment_id, of
    FROM notifications
    WHERE org_id = (SELECT auth.org_id()) AND id < %(below)s::bigint AND read_at IS NULL
        AND kind NOT IN ('booked', 'moved', 'cancelled', 'waitlisted')
    ORDER BY id DESC
    LIMIT %(limit)s::integer
) n
JOIN organizations o ON o.id = n.org_id
LEFT JOIN visits v ON v.org_id = n.org_id AND v.id = n.appointment_id
LEFT JOIN agents a ON a.org_id = n.org_id AND n.kind = 'sync_degraded' AND a.id::text = n.of
ORDER BY n.id DESC

-- name: mark
-- Who read it first stays written down.
UPDATE notifications
SET read_at = CASE WHEN %(is_read)s::boolean THEN coalesce(read_at, now()) END,
    read_by = CASE WHEN %(is_read)s::boolean THEN coalesce(read_by, %(member)s::text) END
WHERE org_id = (SELECT auth.org_id()) AND id = %(id)s::bigint

-- name: mark_up_to
UPDATE notifications
SET read_at = now(), read_by = %(member)s::text
WHERE org_id = (SELECT auth.org_id()) AND id <= %(up_to)s::bigint AND read_at IS NULL

-- name: clinics_with_a_digest
SELECT org_id FROM directory.organizations_with_a_digest() AS org_id

-- name: mailbox
-- What came since the last one that went out is told; a minute more, for what was being written just then.
SELECT name, time_zone, digest_email AS address, digest_hour AS hour, now() AS at, coalesce((
        SELECT max(began_at) - interval '1 minute' FROM digests
        WHERE org_id = (SELECT auth.org_id()) AND status IN ('nothing', 'sent')
    ), now() - interval '1 day') AS since
FROM organizations
WHERE id = (SELECT auth.org_id()) AND digest_email IS NOT NULL

-- name: begin_digest
-- No row: that day's was begun before.
INSERT INTO digests (org_id, day)
VALUES ((SELECT auth.org_id()), %(day)s::date)
ON CONFLICT DO NOTHING
RETURNING org_id

-- name: settle_digest
UPDATE digests
SET status = %(status)s::text, message_id = %(message_id)s::text, failure = %(failure)s::text
WHERE org_id = (SELECT auth.org_id()) AND day = %(day)s::date

-- name: unread_by_kind
SELECT kind, count(*) AS how_many, max(id) AS last_id
FROM notifications
WHERE org_id = (SELECT auth.org_id()) AND read_at IS NULL AND at >= %(since)s::timestamptz
GROUP BY kind
ORDER BY kind

-- name: agree
-- To nobody but who calls from the number on the patient's file: they have that telephone in their hands. Not
-- again what was told of that visit last.
INSERT INTO text_messages (org_id, call_id, patient_id, appointment_id, language, visit_start, visit_status)
SELECT a.org_id, c.id, a.patient_id, a.id, %(language)s::text, a.visit_start, a.status
FROM appointments a
JOIN calls c ON c.org_id = a.org_id AND c.id = %(call_id)s::text
JOIN patients p ON p.org_id = a.org_id AND p.id = a.patient_id AND p.phone = c.caller_number
WHERE a.org_id = (SELECT auth.org_id()) AND a.id = %(appointment_id)s::bigint AND NOT EXISTS (
    SELECT
    FROM (
        SELECT t.status, t.visit_start, t.visit_status
        FROM text_messages t
        WHERE t.org_id = a.org_id AND t.appointment_id = a.id
        ORDER BY t.id DESC
        LIMIT 1
    ) last
    WHERE last.status = 'waiting' OR (last.status IN ('sending', 'sent')
        AND last.visit_start = a.visit_start AND last.visit_status = a.status)
)

-- name: clinics_with_texts
SELECT org_id FROM directory.organizations_with_texts() AS org_id

-- name: begin_text
-- The oldest that waits, and what is true of its visit by now; marked before anybody is asked to send it.
WITH next AS (
    SELECT org_id, id
    FROM text_messages
    WHERE org_id = (SELECT auth.org_id()) AND status = 'waiting'
        AND (tried_at IS NULL OR tried_at < now() - %(pause)s::interval)
    ORDER BY id
    LIMIT 1
    FOR UPDATE SKIP LOCKED
)
UPDATE text_messages t
SET status = 'sending', tried_at = now(), visit_start = coalesce(v.starts_at, t.visit_start),
    visit_status = coalesce(v.status, t.visit_status)
FROM next n
JOIN text_messages w ON w.org_id = n.org_id AND w.id = n.id
JOIN organizations o ON o.id = w.org_id
JOIN calls c ON c.org_id = w.org_id AND c.id = w.call_id
JOIN patients p ON p.org_id = w.org_id AND p.id = w.patient_id
LEFT JOIN visits v ON v.org_id = w.org_id AND v.id = w.appointment_id AND v.patient_id = w.patient_id
WHERE t.org_id = (SELECT auth.org_id()) AND t.id = n.id
RETURNING t.id, t.language, o.name, o.name_zh, o.time_zone, o.texts_enabled,
    CASE WHEN p.phone = c.caller_number THEN p.phone END AS number, v.starts_at, v.status AS visit_status,
    v.starts_at > now() AS is_to_come,
    t.agreed_at < now() - %(patience)s::interval AS is_late

-- name: settle_text
UPDATE text_messages
SET status = %(status)s::text, message_id = %(message_id)s::text, failure = %(failure)s::text
WHERE org_id = (SELECT auth.org_id()) AND id = %(id)s::bigint
