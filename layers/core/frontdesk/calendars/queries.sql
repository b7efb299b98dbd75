-- Who consented, the tokens that came of it, and whose which calendar is.

-- name: begin_consent
-- Those of the clinic that never came back go meanwhile.
WITH over AS (
    DELETE FROM calendar_consents WHERE org_id = (SELECT auth.org_id()) AND expires_at <= now()
)
INSERT INTO calendar_consents (org_id, id, vendor, member_id, verifier, expires_at)
VALUES ((SELECT auth.org_id()), %(consent_id)s::uuid, %(vendor)s::text, %(member_id)s::text, %(verifier)s::text,
    now() + make_interval(mins => %(minutes)s::integer))

-- name: take_consent
-- Whoever comes back second finds none.
DELETE FROM calendar_consents
WHERE org_id = (SELECT auth.org_id()) AND id = %(consent_id)s::uuid AND vendor = %(vendor)s::text
    AND member_id = %(member_id)s::text
RETURNING verifier, expires_at > now() AS is_in_time

-- name: clinic_name
SELECT name FROM organizations WHERE id = (SELECT auth.org_id())

-- name: connection_of
-- What is there stays as it is until the new tokens are.
INSERT INTO calendar_connections (org_id, vendor, account, connected_by)
VALUES ((SELECT auth.org_id()), %(vendor)s::text, %(account)s::text, %(member_id)s::text)
ON CONFLICT (org_id, vendor, account) DO UPDATE SET account = excluded.account
RETURNING id

-- name: connect
UPDATE calendar_connections
SET connected_by = %(member_id)s::text, connected_at = now(), failure = NULL, leased_until = NULL,
    due_at = now(), sync_failure = NULL, sync_failures = 0,
    refresh_token = %(refresh)s::bytea[], access_token = %(access)s::bytea[],
    access_expires_at = %(expires_at)s::timestamptz, version = version + 1
WHERE org_id = (SELECT auth.org_id()) AND id = %(id)s::bigint

-- name: drop_calendars
DELETE FROM calendars
WHERE org_id = (SELECT auth.org_id()) AND connection_id = %(id)s::bigint AND vendor_id <> ALL (%(kept)s::text[])

-- name: keep_calendar
INSERT INTO calendars
    (org_id, connection_id, vendor_id, name, time_zone, is_primary, is_writable, owner, lookup)
VALUES ((SELECT auth.org_id()), %(connection_id)s::bigint, %(vendor_id)s::text, %(name)s::text,
    %(time_zone)s::text, %(is_primary)s::boolean, %(is_writable)s::boolean, %(owner)s::text, %(lookup)s::text)
ON CONFLICT (org_id, connection_id, vendor_id) DO UPDATE
SET name = excluded.name, time_zone = excluded.time_zone, is_primary = excluded.is_primary,
    is_writable = excluded.is_writable, owner = excluded.owner, lookup = excluded.lookup, failure = NULL

-- name: connections
SELECT id, vendor, account, connected_at, failure, due_at, sync_failure AS last_failure,
    sync_failures AS failures_in_a_row, (
        -- A calendar has two while one takes over.
        SELECT min(newest)
        FROM (
            SELECT max(expires_at) AS newest
            FROM calendar_channels h
            WHERE h.org_id = c.org_id AND h.connection_id = c.id
            GROUP BY h.calendar_id
        ) each
    ) AS channel_expires_at
FROM calendar_connections c
WHERE org_id = (SELECT auth.org_id())
ORDER BY id

-- name: calendars
SELECT id, connection_id, name, time_zone, is_primary, is_writable, provider_id, pulled_at,
    extract(epoch FROM clock_timestamp() - pulled_at)::bigint AS age_s, read_whole_at, failure,
    (SELECT count(*) FROM calendar_busy b WHERE b.org_id = c.org_id AND b.calendar_id = c.id) AS events_kept,
    (
        SELECT count(*)
        FROM calendar_events e
        WHERE e.org_id = c.org_id AND coalesce(e.calendar_id, e.for_calendar_id) = c.id
            AND e.due_since IS NOT NULL
    ) AS backlog
FROM calendars c
WHERE org_id = (SELECT auth.org_id())
ORDER BY connection_id, is_primary DESC, name, id

-- name: conflicts
-- By the visits to come, which are fewer than what lies in calendars; nothing there lasts longer than a day.
SELECT v.id AS appointment_id, c.id AS calendar_id, v.provider_id, v.patient_id, b.starts_at AS start,
    b.ends_at AS "end", b.title
FROM calendars c
JOIN visits v ON v.org_id = c.org_id AND v.provider_id = c.provider_id
JOIN calendar_busy b ON b.org_id = c.org_id AND b.calendar_id = c.id AND b.ends_at > v.starts_at
    AND b.ends_at < v.ends_at + interval '1 day' AND b.starts_at < v.ends_at
WHERE c.org_id = (SELECT auth.org_id()) AND v.status IN ('pending', 'booked', 'arrived')
    AND v.starts_at > %(now)s::timestamptz - interval '1 day' AND v.ends_at > %(now)s::timestamptz
ORDER BY b.starts_at, v.id
LIMIT 500

-- name: lock_connection
SELECT id
FROM calendar_connections
WHERE org_id = (SELECT auth.org_id()) AND id = %(id)s::bigint
FOR UPDATE

-- name: free_calendars
-- First, so that two providers can change places in one request.
UPDATE calendars SET provider_id = NULL
WHERE org_id = (SELECT auth.org_id()) AND connection_id = %(id)s::bigint AND id = ANY (%(chosen)s::bigint[])

-- name: choose
UPDATE calendars SET provider_id = %(provider_id)s::bigint
WHERE org_id = (SELECT auth.org_id()) AND connection_id = %(connection_id)s::bigint AND id = %(id)s::bigint

-- name: has_provider
SELECT true FROM providers WHERE org_id = (SELECT auth.org_id()) AND id = %(id)s::bigint

-- name: to_disconnect
SELECT c.vendor, c.refresh_token, EXISTS (
    SELECT FROM directory.organizations_of_mailbox(c.vendor, c.account) AS o WHERE o <> c.org_id
) AS is_anothers_too
FROM calendar_connections c
WHERE c.org_id = (SELECT auth.org_id()) AND c.id = %(id)s::bigint

-- name: disconnect
DELETE FROM calendar_connections WHERE org_id = (SELECT auth.org_id()) AND id = %(id)s::bigint

-- name: own_events
-- Our own events as they are in those calendars, or are about to be.
SELECT calendar_id, starts_at, ends_at
FROM calendar_events
WHERE org_id = (SELECT auth.org_id()) AND calendar_id = ANY (%(calendar_ids)s::bigint[])
    AND ends_at > %(since)s::timestamptz AND starts_at < %(until)s::timestamptz
ORDER BY starts_at

-- name: wait_for_call
-- What one call asks twice at once is answered one after the other, from here on as before.
SELECT FROM calls WHERE org_id = (SELECT auth.org_id()) AND id = %(call_id)s::text FOR UPDATE

-- name: held
SELECT vendor, failure, version, access_token, access_expires_at > now() + %(margin)s::interval AS is_fresh
FROM calendar_connections
WHERE org_id = (SELECT auth.org_id()) AND id = %(id)s::bigint

-- name: lease
-- No row: somebody else refreshes them, or has.
UPDATE calendar_connections SET leased_until = clock_timestamp() + %(lease)s::interval
WHERE org_id = (SELECT auth.org_id()) AND id = %(id)s::bigint AND version = %(version)s::bigint
    AND failure IS NULL AND coalesce(leased_until <= clock_timestamp(), true)
RETURNING refresh_token, leased_until

-- name: let_go
UPDATE calendar_connections SET leased_until = NULL
WHERE org_id = (SELECT auth.org_id()) AND id = %(id)s::bigint AND leased_until = %(leased_until)s::timestamptz

-- name: keep_tokens
UPDATE calendar_connections
SET refresh_token = coalesce(%(refresh)s::bytea[], refresh_token), access_token = %(access)s::bytea[],
    access_expires_at = %(expires_at)s::timestamptz, version = version + 1, leased_until = NULL
WHERE org_id = (SELECT auth.org_id()) AND id = %(id)s::bigint AND leased_until = %(leased_until)s::timestamptz

-- name: need_reconnect
UPDATE calendar_connections
SET failure = %(failure)s::text, refresh_token = NULL, access_token = NULL, access_expires_at = NULL,
    version = version + 1, leased_until = NULL
WHERE org_id = (SELECT auth.org_id()) AND id = %(id)s::bigint AND version = %(version)s::bigint
    AND failure IS NULL

-- name: connections_due
SELECT org_id, connection_id FROM directory.calendar_connections_due()

-- name: lock_mailbox
-- Who counts a mailbox's syncs does so alone; one mailbox may be at several clinics.
SELECT vendor, account, pg_advisory_xact_lock(hashtextextended(vendor || account, 7))::text AS locked
FROM calendar_connections
WHERE org_id = (SELECT auth.org_id()) AND id = %(id)s::bigint

-- name: take_turn
-- No row: somebody else is at it, or four are at its mailbox, or it has to be connected again.
UPDATE calendar_connections c
SET syncing_until = clock_timestamp() + %(lease)s::interval, wanted_at = NULL
WHERE org_id = (SELECT auth.org_id()) AND id = %(id)s::bigint AND failure IS NULL
    AND coalesce(syncing_until <= clock_timestamp(), true)
    AND directory.syncs_of_mailbox(vendor, account) < %(most)s::integer
RETURNING syncing_until

-- name: want
-- A row: nobody had asked yet.
UPDATE calendar_connections SET wanted_at = clock_timestamp()
WHERE org_id = (SELECT auth.org_id()) AND id = %(id)s::bigint AND wanted_at IS NULL
RETURNING id

-- name: end_turn
-- A function that was taken for dead ends nobody else's turn.
UPDATE calendar_connections
SET syncing_until = NULL, sync_failure = %(failure)s::text,
    sync_failures = CASE WHEN %(failure)s::text IS NULL THEN 0 ELSE sync_failures + 1 END,
    due_at = clock_timestamp() + (0.9 + random() * 0.2) * make_interval(secs =>
        CASE WHEN %(failure)s::text IS NULL THEN %(every_s)s::float8
        ELSE greatest(%(after_s)s::float8, least(%(longest_s)s::float8, 15 * 2 ^ least(sync_failures, 20))) END)
WHERE org_id = (SELECT auth.org_id()) AND id = %(id)s::bigint AND syncing_until = %(syncing_until)s::timestamptz
RETURNING wanted_at IS NOT NULL AS is_wanted

-- Inward: what blocks in providers' own calendars (pulling.py, mirror.py).

-- name: calendars_to_pull
SELECT c.id, c.vendor_id, coalesce(c.time_zone, o.time_zone) AS time_zone, c.position, c.window_from,
    c.window_until, c.read_whole_at, o.horizon_days, o.calendar_titles AS keeps_titles, clock_timestamp() AS now
FROM calendars c
JOIN organizations o ON o.id = c.org_id
WHERE c.org_id = (SELECT auth.org_id()) AND c.connection_id = %(connection_id)s::bigint
    AND c.provider_id IS NOT NULL AND c.failure IS NULL
ORDER BY c.id

-- name: lock_calendar
SELECT id FROM calendars
WHERE org_id = (SELECT auth.org_id()) AND id = %(id)s::bigint AND provider_id IS NOT NULL
    AND position IS NOT DISTINCT FROM %(position)s::text
FOR UPDATE

-- name: keep_position
UPDATE calendars
SET position = %(position)s::text, window_from = %(window_from)s::timestamptz,
    window_until = %(window_until)s::timestamptz, pulled_at = %(pulled_at)s::timestamptz,
    read_whole_at = CASE WHEN %(whole)s::boolean THEN %(pulled_at)s::timestamptz ELSE read_whole_at END
WHERE org_id = (SELECT auth.org_id()) AND id = %(id)s::bigint AND provider_id IS NOT NULL
    AND position IS NOT DISTINCT FROM %(before)s::text

-- name: drop_busy
-- Of these events; null: all.
DELETE FROM calendar_busy
WHERE org_id = (SELECT auth.org_id()) AND calendar_id = %(calendar_id)s::bigint
    AND (%(event_ids)s::text[] IS NULL OR event_id = ANY (%(event_ids)s::text[]))

-- name: add_busy
INSERT INTO calendar_busy (org_id, calendar_id, event_id, starts_at, ends_at, title)
SELECT (SELECT auth.org_id()), %(calendar_id)s::bigint, id, starts_at, ends_at, title
FROM unnest(%(ids)s::text[], %(starts)s::timestamptz[], %(ends)s::timestamptz[], %(titles)s::text[])
    AS n (id, starts_at, ends_at, title)

-- name: note_conflicts
-- Each event over each visit once; again when it lies over it in another way.
INSERT INTO notifications (org_id, kind, patient_id, appointment_id, of)
SELECT DISTINCT ON (a.id, b.event_id) a.org_id, 'calendar_conflict', a.patient_id, a.id, told.of
FROM calendar_busy b
JOIN calendars c ON c.org_id = b.org_id AND c.id = b.calendar_id
JOIN appointments a ON a.org_id = c.org_id AND a.provider_id = c.provider_id
    AND a.status IN ('pending', 'booked', 'arrived') AND a.visit && tstzrange(b.starts_at, b.ends_at)
    AND a.occupied_to > b.starts_at AND a.occupied_to < b.ends_at + interval '1 day'
    AND upper(a.visit) > now()
CROSS JOIN LATERAL (
    SELECT b.calendar_id || ' ' || left(md5(
        b.event_id || extract(epoch FROM b.starts_at) || ' ' || extract(epoch FROM b.ends_at)), 16) AS of
) told
WHERE b.org_id = (SELECT auth.org_id()) AND b.calendar_id = %(calendar_id)s::bigint
    AND (%(event_ids)s::text[] IS NULL OR b.event_id = ANY (%(event_ids)s::text[]))
    AND NOT EXISTS (
        SELECT FROM notifications n
        WHERE n.org_id = a.org_id AND n.kind = 'calendar_conflict' AND n.appointment_id = a.id AND n.of = told.of
    )
ORDER BY a.id, b.event_id, b.starts_at

-- name: forget_unchosen
-- Of calendars that are nobody's any more.
WITH nobodys AS (
    UPDATE calendars
    SET position = NULL, window_from = NULL, window_until = NULL, pulled_at = NULL, read_whole_at = NULL
    WHERE org_id = (SELECT auth.org_id()) AND connection_id = %(connection_id)s::bigint AND provider_id IS NULL
        AND position IS NOT NULL
    RETURNING org_id, id
)
DELETE FROM calendar_busy b USING nobodys n WHERE b.org_id = n.org_id AND b.calendar_id = n.id
