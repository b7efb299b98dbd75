-- Who consented, the tokens that came of it, and whose which calendar is.

-- name: begin_consent
-- Those of the clinic that never came back go meanwhile.
WITH over AS (
    DELETE FROM calendar_consents WHERE org_id = (SELECT auth.org_id()) AND expires_at <= now()
)
INSERT INTO calendar_consents (org_id, id, vendor, member_id, verifier, expires_at)
VALUES ((SELECT auth.org_id()), %(consent_id)s::uuid, %(vendor)s::text, %(member_id)s::text, %(verifier)s::text,
    now() + make_interval(mins => %(minutes)s::integer))

-- name: who_asks
-- Nothing is taken: the owner of the mailbox is yet to say yes. Null of who has left, or has proven no address.
SELECT o.name AS clinic, nullif(m.email, '') AS email
FROM calendar_consents c
JOIN organizations o ON o.id = c.org_id
LEFT JOIN members m ON m.org_id = c.org_id AND m.user_id = c.member_id
WHERE c.org_id = (SELECT auth.org_id()) AND c.id = %(consent_id)s::uuid AND c.vendor = %(vendor)s::text
    AND c.member_id = %(member_id)s::text AND c.expires_at > now()

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
UPDATE calendars SET provider_id = NULL, epoch = epoch + 1
WHERE org_id = (SELECT auth.org_id()) AND connection_id = %(id)s::bigint AND id = ANY (%(chosen)s::bigint[])

-- name: choose
-- Read whole next, for what lies over that provider's visits was told nobody yet.
UPDATE calendars SET provider_id = %(provider_id)s::bigint, read_whole_at = NULL
WHERE org_id = (SELECT auth.org_id()) AND connection_id = %(connection_id)s::bigint AND id = %(id)s::bigint

-- name: is_chosen_elsewhere
-- The same calendar, by way of another mailbox that it is shared with. (At Microsoft ids are each mailbox's own.)
SELECT true
FROM calendars one
JOIN calendars other ON other.org_id = one.org_id AND other.vendor_id = one.vendor_id AND other.id <> one.id
    AND other.provider_id IS NOT NULL
WHERE one.org_id = (SELECT auth.org_id()) AND one.id = %(id)s::bigint
LIMIT 1

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
-- Our own events in those calendars, of visits that stand at that very time and so block by themselves. Another is
-- about to be moved or deleted there, and what its owner has put over it meanwhile can't be told from it.
SELECT e.calendar_id, e.starts_at, e.ends_at
FROM calendar_events e
JOIN appointments a ON a.org_id = e.org_id AND a.id = e.appointment_id
    AND a.status IN ('booked', 'arrived', 'fulfilled') AND a.visit = tstzrange(e.starts_at, e.ends_at)
WHERE e.org_id = (SELECT auth.org_id()) AND e.calendar_id = ANY (%(calendar_ids)s::bigint[])
    AND e.ends_at > %(since)s::timestamptz AND e.starts_at < %(until)s::timestamptz
ORDER BY e.starts_at

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
SELECT org_id, connection_id, clock_timestamp() AS found_at FROM directory.calendar_connections_due()

-- name: lock_mailbox
-- Who counts a mailbox's syncs does so alone; one mailbox may be at several clinics.
SELECT vendor, account, synced_at, pg_advisory_xact_lock(hashtextextended(vendor || account, 7))::text AS locked
FROM calendar_connections
WHERE org_id = (SELECT auth.org_id()) AND id = %(id)s::bigint

-- name: take_turn
-- No row: somebody else is at it, or four are at its mailbox, or it has to be connected again, or its vendor failed
-- or asked for patience: whoever asks for it then, that time is waited for.
UPDATE calendar_connections c
SET syncing_until = clock_timestamp() + %(lease)s::interval, synced_at = clock_timestamp(), wanted_at = NULL
WHERE org_id = (SELECT auth.org_id()) AND id = %(id)s::bigint AND failure IS NULL
    AND coalesce(syncing_until <= clock_timestamp(), true) AND (sync_failures = 0 OR due_at <= clock_timestamp())
    AND directory.syncs_of_mailbox(vendor, account) < %(most)s::integer
RETURNING syncing_until

-- name: want
-- A row: nobody had asked yet.
UPDATE calendar_connections SET wanted_at = clock_timestamp()
WHERE org_id = (SELECT auth.org_id()) AND id = %(id)s::bigint AND wanted_at IS NULL
RETURNING id

-- name: end_turn
-- A function that was taken for dead ends nobody else's turn. Never sooner than the vendor asked for.
UPDATE calendar_connections
SET syncing_until = NULL, sync_failure = %(failure)s::text,
    sync_failures = CASE WHEN %(failure)s::text IS NULL THEN 0 ELSE sync_failures + 1 END,
    due_at = clock_timestamp() + make_interval(secs => greatest(
        (1 + random() * 0.1) * %(after_s)s::float8,
        (0.9 + random() * 0.2) * CASE WHEN %(failure)s::text IS NULL THEN %(every_s)s::float8
            ELSE least(%(longest_s)s::float8, 15 * 2 ^ least(sync_failures, 20)) END))
WHERE org_id = (SELECT auth.org_id()) AND id = %(id)s::bigint AND syncing_until = %(syncing_until)s::timestamptz
RETURNING wanted_at IS NOT NULL AS is_wanted

-- Inward: what blocks in providers' own calendars (pulling.py, mirror.py).

-- name: calendars_to_pull
SELECT c.id, c.vendor_id, coalesce(c.time_zone, o.time_zone) AS time_zone, c.position, c.window_from,
    c.window_until, c.read_whole_at, c.epoch, o.horizon_days, o.calendar_titles AS keeps_titles, clock_timestamp() AS now
FROM calendars c
JOIN organizations o ON o.id = c.org_id
WHERE c.org_id = (SELECT auth.org_id()) AND c.connection_id = %(connection_id)s::bigint
    AND c.provider_id IS NOT NULL AND c.failure IS NULL
-- Those that failed are tried first the next time, and not always the same.
ORDER BY c.pulled_at NULLS FIRST, c.id

-- name: lock_calendar
SELECT id FROM calendars
WHERE org_id = (SELECT auth.org_id()) AND id = %(id)s::bigint AND provider_id IS NOT NULL
    AND position IS NOT DISTINCT FROM %(position)s::text AND epoch = %(epoch)s::integer
FOR UPDATE

-- name: keep_pulled
-- With what was read, for somebody who moves our event by the clinic's rule asks at once how old that is.
UPDATE calendars SET pulled_at = %(pulled_at)s::timestamptz
WHERE org_id = (SELECT auth.org_id()) AND id = %(id)s::bigint

-- name: keep_position
UPDATE calendars
SET position = %(position)s::text, window_from = %(window_from)s::timestamptz,
    window_until = %(window_until)s::timestamptz,
    read_whole_at = CASE WHEN %(whole)s::boolean THEN %(pulled_at)s::timestamptz ELSE read_whole_at END
WHERE org_id = (SELECT auth.org_id()) AND id = %(id)s::bigint AND provider_id IS NOT NULL
    AND position IS NOT DISTINCT FROM %(before)s::text AND epoch = %(epoch)s::integer

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
-- Each event over each visit once, by the first of its pieces there; again when it lies over it in another way.
INSERT INTO notifications (org_id, kind, patient_id, appointment_id, of)
SELECT over.org_id, 'calendar_conflict', over.patient_id, over.id, over.of
FROM (
    SELECT DISTINCT ON (a.id, b.event_id) a.org_id, a.patient_id, a.id, b.calendar_id || ' ' || left(md5(
        b.event_id || extract(epoch FROM b.starts_at) || ' ' || extract(epoch FROM b.ends_at)), 16) AS of
    FROM calendar_busy b
    JOIN calendars c ON c.org_id = b.org_id AND c.id = b.calendar_id
    JOIN appointments a ON a.org_id = c.org_id AND a.provider_id = c.provider_id
        AND a.status IN ('pending', 'booked', 'arrived') AND a.visit && tstzrange(b.starts_at, b.ends_at)
        AND a.occupied_to > b.starts_at AND a.occupied_to < b.ends_at + interval '1 day'
        AND upper(a.visit) > now()
    WHERE b.org_id = (SELECT auth.org_id()) AND b.calendar_id = %(calendar_id)s::bigint
        AND (%(event_ids)s::text[] IS NULL OR b.event_id = ANY (%(event_ids)s::text[]))
    ORDER BY a.id, b.event_id, b.starts_at
) over
WHERE NOT EXISTS (
    SELECT FROM notifications n
    WHERE n.org_id = over.org_id AND n.kind = 'calendar_conflict' AND n.appointment_id = over.id AND n.of = over.of
)

-- name: forget_unchosen
-- Of calendars that are nobody's any more.
WITH nobodys AS (
    UPDATE calendars
    SET position = NULL, window_from = NULL, window_until = NULL, pulled_at = NULL, read_whole_at = NULL
    WHERE org_id = (SELECT auth.org_id()) AND connection_id = %(connection_id)s::bigint AND provider_id IS NULL
        AND pulled_at IS NOT NULL
    RETURNING org_id, id
)
DELETE FROM calendar_busy b USING nobodys n WHERE b.org_id = n.org_id AND b.calendar_id = n.id
-- Outward: our own events of visits (ours.py).

-- name: due_events
-- Those that failed last, else the oldest first. What lies in a calendar that has failed waits until it is back, unless it belongs elsewhere.
SELECT e.appointment_id
FROM calendar_events e
JOIN calendars k ON k.org_id = e.org_id AND k.id = coalesce(e.calendar_id, e.for_calendar_id)
WHERE e.org_id = (SELECT auth.org_id()) AND e.due_since IS NOT NULL AND k.connection_id = %(connection_id)s::bigint
    AND (k.failure IS NULL OR e.for_calendar_id IS DISTINCT FROM k.id)
    AND e.appointment_id <> ALL (%(tried)s::bigint[])
ORDER BY e.tried_at NULLS FIRST, e.due_since, e.appointment_id
LIMIT 100

-- name: event_tried
UPDATE calendar_events SET tried_at = now()
WHERE org_id = (SELECT auth.org_id()) AND appointment_id = %(appointment_id)s::bigint

-- name: lock_event
-- By itself, before it is read: who waits for a lock sees the locked row as it is now, and all others as they were.
SELECT true FROM calendar_events
WHERE org_id = (SELECT auth.org_id()) AND appointment_id = %(appointment_id)s::bigint
FOR UPDATE

-- name: event_of_visit
-- What is, and what should be: a visit that stands, of somebody who wasn't erased, in its provider's calendar.
SELECT e.appointment_id, e.calendar_id, e.for_calendar_id, e.generation, e.event_id, e.etag, e.starts_at, e.ends_at,
    e.is_named, e.is_unsure, e.due_since IS NOT NULL AS is_due, place.vendor_id, place.connection_id,
    place.failure AS place_failure, t.id AS target_id, t.vendor_id AS target_vendor_id,
    t.connection_id AS target_connection_id, t.failure AS target_failure, a.visit_start AS visit_starts_at,
    upper(a.visit) AS visit_ends_at, coalesce(upper(a.visit) <= now(), true) AS is_over,
    coalesce(e.ends_at <= now(), false) AS is_past, p.erased_at IS NOT NULL AS is_erased, a.patient_id,
    y.name AS type_name, p.first_name, p.last_name, coalesce(a.is_virtual, false) AS is_virtual,
    a.call_id IS NOT NULL AS is_by_telephone, o.calendar_names,
    -- At a clinic with an EMR that one has the last word, and no owner of a calendar.
    CASE WHEN o.emr IS NULL THEN o.calendar_moved ELSE 'put_back' END AS calendar_moved,
    CASE WHEN o.emr IS NULL THEN o.calendar_deleted ELSE 'put_back' END AS calendar_deleted
FROM calendar_events e
JOIN organizations o ON o.id = e.org_id
LEFT JOIN appointments a ON a.org_id = e.org_id AND a.id = e.appointment_id
LEFT JOIN patients p ON p.org_id = a.org_id AND p.id = a.patient_id
LEFT JOIN appointment_types y ON y.org_id = a.org_id AND y.id = a.type_id
LEFT JOIN calendars place ON place.org_id = e.org_id AND place.id = e.calendar_id
LEFT JOIN calendars t ON t.org_id = a.org_id AND t.provider_id = a.provider_id AND t.is_writable
    AND a.status IN ('booked', 'arrived', 'fulfilled') AND p.erased_at IS NULL
WHERE e.org_id = (SELECT auth.org_id()) AND e.appointment_id = %(appointment_id)s::bigint

-- name: intend
-- Before the vendor is asked, so that whoever comes after a crash asks for the same.
UPDATE calendar_events
SET is_unsure = false, calendar_id = %(calendar_id)s::bigint, for_calendar_id = %(calendar_id)s::bigint, generation = generation + 1,
    event_id = NULL, etag = NULL, starts_at = %(starts_at)s::timestamptz, ends_at = %(ends_at)s::timestamptz,
    is_named = %(is_named)s::boolean, is_seen = false
WHERE org_id = (SELECT auth.org_id()) AND appointment_id = %(appointment_id)s::bigint

-- name: event_asked
-- Before the vendor is: whoever dies, or hears no answer, leaves this behind.
UPDATE calendar_events SET is_unsure = true
WHERE org_id = (SELECT auth.org_id()) AND appointment_id = %(appointment_id)s::bigint

-- name: keep_event
-- As it is there; nothing if that isn't our event any more.
UPDATE calendar_events
SET is_unsure = false, event_id = %(event_id)s::text, etag = %(etag)s::text, starts_at = %(starts_at)s::timestamptz,
    ends_at = %(ends_at)s::timestamptz, is_named = %(is_named)s::boolean
WHERE org_id = (SELECT auth.org_id()) AND appointment_id = %(appointment_id)s::bigint
    AND calendar_id = %(calendar_id)s::bigint AND generation = %(generation)s::integer

-- name: forget_event
-- It is nowhere any more.
UPDATE calendar_events
SET is_unsure = false, calendar_id = NULL, event_id = NULL, etag = NULL, starts_at = NULL, ends_at = NULL,
    for_calendar_id = coalesce(%(target_id)s::bigint, for_calendar_id)
WHERE org_id = (SELECT auth.org_id()) AND appointment_id = %(appointment_id)s::bigint
    AND calendar_id = %(calendar_id)s::bigint AND generation = %(generation)s::integer

-- name: belongs_to
UPDATE calendar_events SET for_calendar_id = %(target_id)s::bigint
WHERE org_id = (SELECT auth.org_id()) AND appointment_id = %(appointment_id)s::bigint

-- name: make_event_due
UPDATE calendar_events SET due_since = coalesce(due_since, now())
WHERE org_id = (SELECT auth.org_id()) AND appointment_id = %(appointment_id)s::bigint

-- name: settle_event
-- Under its lock, so that it is what was seen.
UPDATE calendar_events SET due_since = NULL, tried_at = NULL
WHERE org_id = (SELECT auth.org_id()) AND appointment_id = %(appointment_id)s::bigint

-- name: drop_event
DELETE FROM calendar_events
WHERE org_id = (SELECT auth.org_id()) AND appointment_id = %(appointment_id)s::bigint

-- name: fail_calendar
UPDATE calendars SET failure = %(failure)s::text
WHERE org_id = (SELECT auth.org_id()) AND id = %(id)s::bigint AND failure IS NULL

-- name: our_events
-- Those that a pull speaks of, by id or by mark, and those it should have spoken of: of a whole one all, else those
-- that are new since the one before.
SELECT appointment_id, event_id, etag, is_seen
FROM calendar_events
WHERE org_id = (SELECT auth.org_id()) AND calendar_id = %(calendar_id)s::bigint AND (
    event_id = ANY (%(event_ids)s::text[]) OR appointment_id = ANY (%(appointment_ids)s::bigint[])
    OR (%(is_whole)s::boolean OR NOT is_seen) AND event_id IS NOT NULL
        AND starts_at < %(until)s::timestamptz AND ends_at > %(since)s::timestamptz
)

-- name: want_if_due
UPDATE calendar_connections c SET wanted_at = clock_timestamp()
WHERE c.org_id = (SELECT auth.org_id()) AND c.id = %(id)s::bigint AND c.wanted_at IS NULL AND EXISTS (
    SELECT FROM calendar_events e
    JOIN calendars k ON k.org_id = e.org_id AND k.id = coalesce(e.calendar_id, e.for_calendar_id)
    WHERE e.org_id = c.org_id AND k.connection_id = c.id AND e.due_since IS NOT NULL AND k.failure IS NULL
)

-- name: see_events
UPDATE calendar_events SET is_seen = true
WHERE org_id = (SELECT auth.org_id()) AND calendar_id = %(calendar_id)s::bigint
    AND event_id = ANY (%(event_ids)s::text[]) AND NOT is_seen

-- name: followed
-- What the owner did is what was done: only if nobody else had changed the visit first, which made it due before.
UPDATE calendar_events
SET etag = %(etag)s::text, starts_at = %(starts_at)s::timestamptz, ends_at = %(ends_at)s::timestamptz,
    due_since = CASE WHEN %(agrees)s::boolean THEN NULL ELSE due_since END
WHERE org_id = (SELECT auth.org_id()) AND appointment_id = %(appointment_id)s::bigint
    AND calendar_id = %(calendar_id)s::bigint AND generation = %(generation)s::integer AND due_since = now()

-- name: followed_into_nothing
-- Likewise of one that was deleted.
DELETE FROM calendar_events
WHERE org_id = (SELECT auth.org_id()) AND appointment_id = %(appointment_id)s::bigint
    AND calendar_id = %(calendar_id)s::bigint AND generation = %(generation)s::integer AND due_since = now()

-- name: tell_patient
INSERT INTO communications (org_id, kind, patient_id, appointment_id)
VALUES ((SELECT auth.org_id()), %(kind)s::text, %(patient_id)s::bigint, %(appointment_id)s::bigint)

-- name: providers_of
SELECT provider_id
FROM calendars
WHERE org_id = (SELECT auth.org_id()) AND connection_id = %(id)s::bigint AND provider_id IS NOT NULL
    AND (%(chosen)s::bigint[] IS NULL OR id = ANY (%(chosen)s::bigint[]))

-- name: make_visits_due
-- Visits to come of providers who got or lost a calendar, whether they have an event already or are to get one.
INSERT INTO calendar_events (org_id, appointment_id, for_calendar_id, due_since)
SELECT a.org_id, a.id, c.id, now()
FROM appointments a
LEFT JOIN calendars c ON c.org_id = a.org_id AND c.provider_id = a.provider_id AND c.is_writable
WHERE a.org_id = (SELECT auth.org_id()) AND a.provider_id = ANY (%(provider_ids)s::bigint[])
    AND a.status IN ('booked', 'arrived', 'fulfilled') AND a.occupied_to > now() AND upper(a.visit) > now()
    AND (c.id IS NOT NULL OR EXISTS (
        SELECT FROM calendar_events e WHERE e.org_id = a.org_id AND e.appointment_id = a.id))
ON CONFLICT (org_id, appointment_id) DO UPDATE
SET for_calendar_id = excluded.for_calendar_id,
    due_since = coalesce(calendar_events.due_since, excluded.due_since)

-- name: vendor_id_of
SELECT vendor_id FROM calendars WHERE org_id = (SELECT auth.org_id()) AND id = %(id)s::bigint


-- Hints (channels.py, hints.py).

-- name: watched
-- Whose changes hints are wanted of; `is_put_off`: the vendor refused them a while ago.
SELECT id, vendor_id, coalesce(watch_at > clock_timestamp(), false) AS is_put_off
FROM calendars
WHERE org_id = (SELECT auth.org_id()) AND connection_id = %(id)s::bigint AND provider_id IS NOT NULL
    AND failure IS NULL
ORDER BY id

-- name: channels
-- The newest of a calendar first.
SELECT id, calendar_id, resource_id, expires_at, renew_at <= clock_timestamp() AS is_due,
    expires_at <= clock_timestamp() AS is_over
FROM calendar_channels
WHERE org_id = (SELECT auth.org_id()) AND connection_id = %(id)s::bigint
ORDER BY calendar_id, renew_at DESC, id

-- name: keep_channel
INSERT INTO calendar_channels
    (org_id, id, connection_id, calendar_id, vendor, resource_id, secret_hash, renew_at, expires_at)
VALUES ((SELECT auth.org_id()), %(channel_id)s::text, %(connection_id)s::bigint, %(calendar_id)s::bigint,
    %(vendor)s::text, %(resource_id)s::text, %(secret_hash)s::bytea,
    clock_timestamp() + (%(expires_at)s::timestamptz - clock_timestamp()) / 2, %(expires_at)s::timestamptz)

-- name: lengthen_channel
UPDATE calendar_channels
SET renew_at = clock_timestamp() + (%(expires_at)s::timestamptz - clock_timestamp()) / 2,
    expires_at = %(expires_at)s::timestamptz
WHERE org_id = (SELECT auth.org_id()) AND id = %(channel_id)s::text

-- name: forget_channel
DELETE FROM calendar_channels WHERE org_id = (SELECT auth.org_id()) AND id = %(channel_id)s::text

-- name: put_off_watching
UPDATE calendars SET watch_at = clock_timestamp() + %(by)s::interval
WHERE org_id = (SELECT auth.org_id()) AND id = ANY (%(ids)s::bigint[])

-- name: channels_meant
-- Under nobody's claims.
SELECT asked.channel_id, found.org_id, found.connection_id
FROM unnest(%(channel_ids)s::text[]) AS asked (channel_id),
    directory.connection_of_channel(%(vendor)s::text, asked.channel_id) AS found

-- name: secret_hashes
SELECT id, connection_id, secret_hash
FROM calendar_channels
WHERE org_id = (SELECT auth.org_id()) AND vendor = %(vendor)s::text AND id = ANY (%(channel_ids)s::text[])

-- name: channel_due
UPDATE calendar_channels SET renew_at = clock_timestamp()
WHERE org_id = (SELECT auth.org_id()) AND id = %(channel_id)s::text

-- name: channel_over
UPDATE calendar_channels SET expires_at = clock_timestamp()
WHERE org_id = (SELECT auth.org_id()) AND id = %(channel_id)s::text
