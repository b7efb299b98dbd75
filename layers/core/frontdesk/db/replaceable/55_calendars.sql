-- The outbox of calendars outside: whoever changes a visit, and by whatever way, in that very transaction its event
-- becomes due. At a clinic without a calendar nothing is written.

CREATE OR REPLACE FUNCTION desk.event_due() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    visit record := coalesce(NEW, OLD);
BEGIN
    INSERT INTO public.calendar_events (org_id, appointment_id, for_calendar_id, due_since)
    SELECT visit.org_id, visit.id, c.id, now()
    FROM (SELECT) AS one
    LEFT JOIN public.calendars c
        -- One that has failed too: it may come back, and what was booked meanwhile is to be in it then.
        ON c.org_id = visit.org_id AND c.provider_id = visit.provider_id AND c.is_writable
    WHERE c.id IS NOT NULL OR EXISTS (
        SELECT FROM public.calendar_events e WHERE e.org_id = visit.org_id AND e.appointment_id = visit.id)
    ON CONFLICT (org_id, appointment_id) DO UPDATE
    SET for_calendar_id = excluded.for_calendar_id,
        due_since = coalesce(calendar_events.due_since, excluded.due_since);
    RETURN NULL;
END
$$;

-- Only visits that stand are in a calendar; a request that waits for the clinic's word is not.
DROP TRIGGER IF EXISTS event_of_new ON appointments;
DROP TRIGGER IF EXISTS event_of_changed ON appointments;
DROP TRIGGER IF EXISTS event_of_gone ON appointments;
CREATE TRIGGER event_of_new AFTER INSERT ON appointments
    FOR EACH ROW WHEN (NEW.status IN ('booked', 'arrived', 'fulfilled')) EXECUTE FUNCTION desk.event_due();
CREATE TRIGGER event_of_changed AFTER UPDATE ON appointments
    FOR EACH ROW WHEN ((OLD.status IN ('booked', 'arrived', 'fulfilled')) <> (NEW.status IN ('booked', 'arrived', 'fulfilled')))
    EXECUTE FUNCTION desk.event_due();
CREATE TRIGGER event_of_gone AFTER DELETE ON appointments
    FOR EACH ROW WHEN (OLD.status IN ('booked', 'arrived', 'fulfilled')) EXECUTE FUNCTION desk.event_due();

-- What events are called is the clinic's to say, of those that are there too.
CREATE OR REPLACE FUNCTION desk.events_due() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE public.calendar_events e SET due_since = coalesce(e.due_since, now())
    WHERE e.org_id = NEW.id AND e.ends_at > now();
    RETURN NULL;
END
$$;
DROP TRIGGER IF EXISTS events_of_renamed ON organizations;
CREATE TRIGGER events_of_renamed AFTER UPDATE OF calendar_names ON organizations
    FOR EACH ROW WHEN (OLD.calendar_names <> NEW.calendar_names) EXECUTE FUNCTION desk.events_due();

-- What calendars hold was read by the clinic's zone, as far as its horizon, with titles or without: when one of these
-- is changed, all is read anew. Until then it blocks as it did, and nobody takes it for all there is; titles that
-- aren't wanted any more are gone at once.
CREATE OR REPLACE FUNCTION desk.calendars_unread() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE public.calendars
    SET epoch = epoch + 1, position = NULL, window_from = NULL, window_until = NULL, pulled_at = NULL, read_whole_at = NULL
    WHERE org_id = NEW.id AND provider_id IS NOT NULL;
    UPDATE public.calendar_connections SET wanted_at = coalesce(wanted_at, now()) WHERE org_id = NEW.id;
    UPDATE public.calendar_busy SET title = NULL
    WHERE org_id = NEW.id AND title IS NOT NULL AND NOT NEW.calendar_titles;
    RETURN NULL;
END
$$;
DROP TRIGGER IF EXISTS calendars_of_changed ON organizations;
CREATE TRIGGER calendars_of_changed AFTER UPDATE OF time_zone, horizon_days, calendar_titles ON organizations
    FOR EACH ROW WHEN (OLD.time_zone <> NEW.time_zone OR OLD.horizon_days <> NEW.horizon_days
        OR OLD.calendar_titles <> NEW.calendar_titles)
    EXECUTE FUNCTION desk.calendars_unread();
