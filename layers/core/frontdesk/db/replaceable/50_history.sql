-- Every change of an appointment is an entry of the audit log, whoever makes it and by whatever way. Holds
-- come and go without one.

CREATE SCHEMA IF NOT EXISTS history;

CREATE OR REPLACE FUNCTION history.of_appointment() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    row record := coalesce(NEW, OLD);
BEGIN
    INSERT INTO public.audit_log (org_id, call_id, action, outcome, patient_id, appointment_id, change)
    -- The call that makes the change, not the one that booked; null of a member's or a sweep's doing.
    VALUES (row.org_id, nullif(current_setting('frontdesk.call_id', true), ''), 'appointment.' || CASE
            WHEN TG_OP = 'DELETE' THEN 'taken_out'
            -- A move takes the row out and puts it back, under its id and with the time it was made.
            WHEN TG_OP = 'INSERT' AND NEW.created_at < now() THEN 'moved'
            ELSE NEW.status
        END,
        'done', row.patient_id, row.id,
        jsonb_strip_nulls(jsonb_build_object(
            'before', CASE WHEN TG_OP <> 'INSERT' THEN history.told(OLD) END,
            'after', CASE WHEN TG_OP <> 'DELETE' THEN history.told(NEW) END,
            'member', auth.jwt() ->> 'sub')));
    RETURN NULL;
END
$$;

DROP TRIGGER IF EXISTS history_of_new ON appointments;
DROP TRIGGER IF EXISTS history_of_changed ON appointments;
DROP TRIGGER IF EXISTS history_of_gone ON appointments;
DROP FUNCTION IF EXISTS history.told;
CREATE FUNCTION history.told(one appointments) RETURNS jsonb LANGUAGE sql STABLE
    RETURN jsonb_build_object('status', one.status, 'provider_id', one.provider_id,
        'start', lower(one.visit), 'end', upper(one.visit));

CREATE TRIGGER history_of_new AFTER INSERT ON appointments
    FOR EACH ROW WHEN (NEW.status <> 'held') EXECUTE FUNCTION history.of_appointment();
CREATE TRIGGER history_of_changed AFTER UPDATE ON appointments
    FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION history.of_appointment();
CREATE TRIGGER history_of_gone AFTER DELETE ON appointments
    FOR EACH ROW WHEN (OLD.status <> 'held') EXECUTE FUNCTION history.of_appointment();
