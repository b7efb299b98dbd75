-- A clinic's own row, changed in whatever columns a change names: no list of them to be kept in step.

CREATE OR REPLACE FUNCTION desk.change_organization(
    changes jsonb,          -- a merge patch: what is in it replaces what is there, null too; lists of other tables are left out
    seen integer            -- the version that it was made from; null: whatever it is
) RETURNS integer           -- the new version; null: the one seen is not the latest
LANGUAGE plpgsql AS $$
DECLARE
    assigned text := (
        SELECT string_agg(format(', %1$I = n.%1$I', c.attname), '')
        FROM jsonb_object_keys(changes) k
        JOIN pg_attribute c ON c.attrelid = 'public.organizations'::regclass AND c.attname = k
    );
    latest integer;
BEGIN
    EXECUTE format(
        'UPDATE public.organizations o SET version = o.version + 1%s'
        ' FROM jsonb_populate_record(NULL::public.organizations, $1) n'
        ' WHERE o.id = (SELECT auth.org_id()) AND o.version = coalesce($2, o.version) RETURNING o.version',
        assigned)
    INTO latest USING changes, seen;
    RETURN latest;
END
$$;
