-- The audit log's months: made ahead, and dropped whole when every clinic's time is over. Only the owner may
-- do either, so these two functions run as the owner. They take no arguments, and find for themselves what is
-- due; this file and 30_directory.sql list all functions that run as somebody else.

CREATE SCHEMA IF NOT EXISTS archive;

CREATE OR REPLACE FUNCTION archive.make_month(month timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    name text := 'audit_log_' || to_char(month AT TIME ZONE 'UTC', 'YYYY_MM');
BEGIN
    IF to_regclass('public.' || name) IS NULL THEN
        -- Made apart and then attached: entries may be written meanwhile.
        EXECUTE format('CREATE TABLE public.%I (LIKE public.audit_log INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', name);
        PERFORM auth.wall_in(('public.' || name)::regclass, 'org_id');
        EXECUTE format('ALTER TABLE public.audit_log ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
            name, month, date_add(month, '1 month', 'UTC'));
    END IF;
END
$$;

-- This month and three more. Where the rest has rows of a month already, that one stays in the rest.
CREATE OR REPLACE FUNCTION archive.make_months() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog SET lock_timeout = '1s' AS $$
DECLARE
    ahead integer;
BEGIN
    FOR ahead IN 0..3 LOOP
        BEGIN
            PERFORM archive.make_month(
                date_add(date_trunc('month', now(), 'UTC'), make_interval(months => ahead), 'UTC'));
        EXCEPTION WHEN check_violation THEN
            NULL;
        END;
    END LOOP;
END
$$;

-- Before when the clinic of the claims needs no entries: whole months, its retention but six years at least,
-- which HIPAA (45 CFR 164.316) wants records of this kind kept; null while a legal hold stands.
CREATE OR REPLACE FUNCTION archive.cutoff() RETURNS timestamptz LANGUAGE sql STABLE
RETURN (
    SELECT date_trunc('month', now() - make_interval(days => greatest(o.retention_days, 2192)), 'UTC')
    FROM public.organizations o WHERE o.id = (SELECT auth.org_id()) AND NOT o.legal_hold
);

-- The names of the months that were dropped: of each clinic that has a row there the time is over, and its
-- chain of seals says that such rows are gone.
CREATE OR REPLACE FUNCTION archive.drop_months() RETURNS SETOF text
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog SET lock_timeout = '1s' AS $$
DECLARE
    before text := coalesce(current_setting('request.jwt.claims', true), '');
    month record;
    org uuid;
    needed boolean;
BEGIN
    FOR month IN
        SELECT c.relname AS name,
            to_timestamp(right(c.relname, 7) || ' +00', 'YYYY_MM TZH') AS starts,
            date_add(to_timestamp(right(c.relname, 7) || ' +00', 'YYYY_MM TZH'), '1 month', 'UTC') AS ends
        FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'public.audit_log'::regclass AND c.relname ~ '^audit_log_\d{4}_\d\d$'
        ORDER BY c.relname
    LOOP
        CONTINUE WHEN month.ends > now() - interval '2192 days';
        needed := false;
        FOR org IN SELECT directory.organizations() LOOP
            PERFORM set_config('request.jwt.claims',
                jsonb_build_object('app_metadata', jsonb_build_object('org_id', org))::text, true);
            needed := EXISTS (
                SELECT FROM public.audit_log a WHERE a.org_id = org AND a.at >= month.starts AND a.at < month.ends
            ) AND (archive.cutoff() IS NULL OR archive.cutoff() < month.ends OR NOT EXISTS (
                SELECT FROM public.audit_seals s WHERE s.org_id = org AND s.dropped_before >= month.ends
            ));
            EXIT WHEN needed;
        END LOOP;
        -- Nobody comes back from here under another clinic's claims; after an error the transaction's end sees to it.
        PERFORM set_config('request.jwt.claims', before, true);
        CONTINUE WHEN needed;
        EXECUTE format('DROP TABLE public.%I', month.name);
        RETURN NEXT month.name;
    END LOOP;
END
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA archive FROM PUBLIC;
SELECT archive.make_months();
