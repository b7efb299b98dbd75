-- A clinic keeps an owner, whoever goes and whatever code lets them, also when all of them go at once.

CREATE OR REPLACE FUNCTION desk.keep_an_owner() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    -- One after the other: the second sees that the first is gone.
    PERFORM pg_advisory_xact_lock(hashtextextended('owners ' || OLD.org_id, 0));
    IF NOT EXISTS (SELECT FROM public.members m WHERE m.org_id = OLD.org_id AND m.role = 'owner') THEN
        RAISE EXCEPTION 'the last owner of a clinic can''t go'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'an_owner_stays';
    END IF;
    RETURN NULL;
END
$$;

DROP TRIGGER IF EXISTS an_owner_stays_of_changed ON members;
DROP TRIGGER IF EXISTS an_owner_stays_of_gone ON members;
CREATE TRIGGER an_owner_stays_of_changed AFTER UPDATE ON members
    FOR EACH ROW WHEN (OLD.role = 'owner' AND NEW.role <> 'owner') EXECUTE FUNCTION desk.keep_an_owner();
CREATE TRIGGER an_owner_stays_of_gone AFTER DELETE ON members
    FOR EACH ROW WHEN (OLD.role = 'owner') EXECUTE FUNCTION desk.keep_an_owner();
