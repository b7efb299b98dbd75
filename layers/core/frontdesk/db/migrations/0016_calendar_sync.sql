-- Calendars outside, both ways: what blocks in them, our own events there, and hints that something changed.

ALTER TABLE organizations
    ADD calendar_fresh_min integer NOT NULL DEFAULT 30 CHECK (calendar_fresh_min BETWEEN 11 AND 1440),
    ADD calendar_unknown text NOT NULL DEFAULT 'withhold' CHECK (calendar_unknown IN ('withhold', 'offer')),
    ADD calendar_moved text NOT NULL DEFAULT 'put_back' CHECK (calendar_moved IN ('follow', 'put_back')),
    ADD calendar_deleted text NOT NULL DEFAULT 'put_back' CHECK (calendar_deleted IN ('cancel', 'put_back')),
    ADD calendar_titles boolean NOT NULL DEFAULT false,
    ADD calendar_names boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN organizations.calendar_fresh_min IS
    'How old what is known of a provider''s calendar may be, before a time in it is offered unasked. Pulls are ten minutes apart.';
COMMENT ON COLUMN organizations.calendar_unknown IS 'What becomes of times of which a calendar that doesn''t answer would know.';
COMMENT ON COLUMN organizations.calendar_moved IS 'When an owner moves our event: the visit follows, or the event is put back.';
COMMENT ON COLUMN organizations.calendar_deleted IS 'When an owner deletes our event: the visit is cancelled, or the event is put back.';
COMMENT ON COLUMN organizations.calendar_titles IS 'Whether titles of the owners'' events are kept.';
COMMENT ON COLUMN organizations.calendar_names IS 'Whether our events are called by the patient''s name.';

ALTER TABLE calendar_connections
    ADD due_at timestamptz NOT NULL DEFAULT now(),
    ADD wanted_at timestamptz,
    ADD syncing_until timestamptz,
    ADD synced_at timestamptz,
    ADD sync_failure text,
    ADD sync_failures integer NOT NULL DEFAULT 0;
COMMENT ON COLUMN calendar_connections.due_at IS 'When it is synced next, though nobody asks; after failures later.';
COMMENT ON COLUMN calendar_connections.wanted_at IS 'Since when somebody asks for that: a hint, or a change of ours.';
COMMENT ON COLUMN calendar_connections.syncing_until IS 'Until when one function alone syncs it; then that one is taken for dead.';
COMMENT ON COLUMN calendar_connections.synced_at IS 'When the last sync began.';
COMMENT ON COLUMN calendar_connections.sync_failure IS 'Of the last sync, by the name of an error.';
COMMENT ON COLUMN calendar_connections.sync_failures IS 'In a row.';
CREATE INDEX calendar_connections_due ON calendar_connections (due_at) WHERE failure IS NULL;

ALTER TABLE calendars
    ADD position text,
    ADD window_from timestamptz,
    ADD window_until timestamptz,
    ADD pulled_at timestamptz,
    ADD read_whole_at timestamptz,
    ADD failure text CHECK (failure IN ('withdrawn', 'forbidden')),
    ADD epoch integer NOT NULL DEFAULT 0,
    ADD watch_at timestamptz,
    ADD CHECK ((position IS NULL) = (window_from IS NULL) AND (position IS NULL) = (window_until IS NULL));
COMMENT ON COLUMN calendars.position IS 'From where the next pull goes on, in the vendor''s words; null: by reading it whole.';
COMMENT ON COLUMN calendars.window_from IS 'Of what was read whole, and of all changes since.';
COMMENT ON COLUMN calendars.pulled_at IS 'When the last pull that came to its end began: everything before it is known.';
COMMENT ON COLUMN calendars.read_whole_at IS 'When it was last read whole.';
COMMENT ON COLUMN calendars.epoch IS 'Goes up when what is known of it counts no more: a pull that began before keeps nothing.';
COMMENT ON COLUMN calendars.failure IS 'Why nothing is read or written there any more.';
COMMENT ON COLUMN calendars.watch_at IS 'When hints are asked for again, after the vendor refused them.';

CREATE TABLE calendar_busy (
    org_id uuid NOT NULL,
    calendar_id bigint NOT NULL,
    event_id text NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    title text,
    PRIMARY KEY (org_id, calendar_id, event_id, starts_at),
    FOREIGN KEY (org_id, calendar_id) REFERENCES calendars (org_id, id) ON DELETE CASCADE,
    -- What lets a reader bound its search on both sides, as in `appointments`.
    CHECK (starts_at < ends_at AND ends_at - starts_at <= interval '1 day')
);
COMMENT ON TABLE calendar_busy IS
    'What blocks in a provider''s own calendar, but for our own events; a longer one lies here in pieces of a day.';
COMMENT ON COLUMN calendar_busy.title IS 'Null unless the clinic wants to see it, and of private ones.';
CREATE INDEX calendar_busy_in_time ON calendar_busy (org_id, calendar_id, ends_at);

CREATE TABLE calendar_channels (
    org_id uuid NOT NULL,
    id text NOT NULL,
    connection_id bigint NOT NULL,
    calendar_id bigint,
    vendor text NOT NULL CHECK (vendor IN ('google', 'outlook')),
    resource_id text NOT NULL,
    secret_hash bytea NOT NULL,
    renew_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, connection_id) REFERENCES calendar_connections (org_id, id) ON DELETE CASCADE,
    FOREIGN KEY (org_id, calendar_id) REFERENCES calendars (org_id, id) ON DELETE SET NULL (calendar_id)
);
COMMENT ON TABLE calendar_channels IS 'Where a vendor hints to us: Google of one calendar, Microsoft of a mailbox. Two while one takes over.';
COMMENT ON COLUMN calendar_channels.id IS 'By which the vendor names it in a hint.';
COMMENT ON COLUMN calendar_channels.secret_hash IS 'SHA-256 of what the vendor was told to say, so that we know it.';
CREATE INDEX ON calendar_channels (vendor, id);
CREATE INDEX ON calendar_channels (org_id, connection_id);

CREATE TABLE calendar_events (
    org_id uuid NOT NULL REFERENCES organizations (id),
    appointment_id bigint NOT NULL,
    for_calendar_id bigint,
    calendar_id bigint,
    generation integer NOT NULL DEFAULT 0,
    event_id text,
    etag text,
    starts_at timestamptz,
    ends_at timestamptz,
    is_named boolean NOT NULL DEFAULT false,
    is_seen boolean NOT NULL DEFAULT false,
    due_since timestamptz,
    tried_at timestamptz,
    is_unsure boolean NOT NULL DEFAULT false,
    PRIMARY KEY (org_id, appointment_id),
    FOREIGN KEY (org_id, calendar_id) REFERENCES calendars (org_id, id) ON DELETE CASCADE,
    FOREIGN KEY (org_id, for_calendar_id) REFERENCES calendars (org_id, id) ON DELETE SET NULL (for_calendar_id),
    CHECK ((calendar_id IS NULL) = (starts_at IS NULL) AND (starts_at IS NULL) = (ends_at IS NULL)),
    CHECK ((event_id IS NULL) = (etag IS NULL) AND (event_id IS NULL OR calendar_id IS NOT NULL))
);
COMMENT ON TABLE calendar_events IS
    'Our event of a visit in its provider''s calendar, as it is there, and the outbox: due since the visit''s own transaction.';
COMMENT ON COLUMN calendar_events.for_calendar_id IS 'Where it belongs, as of the visit''s last change; null: nowhere.';
COMMENT ON COLUMN calendar_events.calendar_id IS 'Where it is, or is about to be made: written before the vendor is asked.';
COMMENT ON COLUMN calendar_events.generation IS 'Of the mark; goes up before another event is made for the same visit.';
COMMENT ON COLUMN calendar_events.event_id IS 'Null: nobody knows yet whether it was made.';
COMMENT ON COLUMN calendar_events.starts_at IS 'What the event says, or was to say when it was asked for.';
COMMENT ON COLUMN calendar_events.is_seen IS
    'Whether a pull has told of it. One that was deleted before that, Microsoft''s changes may never speak of.';
COMMENT ON COLUMN calendar_events.is_named IS 'Whether it is called by the patient''s name.';
COMMENT ON COLUMN calendar_events.is_unsure IS
    'The vendor was asked to change or delete it, and nobody heard what came of that: it is read before anything else.';
COMMENT ON COLUMN calendar_events.tried_at IS 'When the vendor last failed at it.';
CREATE INDEX calendar_events_due ON calendar_events (org_id, due_since) WHERE due_since IS NOT NULL;
CREATE INDEX ON calendar_events (org_id, calendar_id);
CREATE INDEX ON calendar_events (org_id, for_calendar_id);

ALTER TABLE notifications DROP CONSTRAINT notifications_kind_check;
ALTER TABLE notifications ADD CONSTRAINT notifications_kind_check CHECK (kind IN (
    'booked', 'moved', 'cancelled', 'waitlisted', 'transfer_missed', 'promise_broken', 'sync_degraded',
    'approval_wanted', 'emergency', 'call_lost', 'calendar_disconnected', 'calendar_conflict', 'calendar_edited'));

ALTER TABLE communications DROP CONSTRAINT communications_kind_check;
ALTER TABLE communications ADD CONSTRAINT communications_kind_check CHECK (kind IN (
    'approved', 'declined', 'lapsed', 'waitlist_offer', 'clinic_moved', 'clinic_cancelled'));
