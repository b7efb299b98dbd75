-- The walls between clinics: on every table with an org_id, and on organizations by its id.
-- `(select …)` makes the claim an InitPlan: read once a statement, not once a row.

CREATE OR REPLACE FUNCTION auth.wall_in(one regclass, key name) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', one);
    EXECUTE format(
        'CREATE POLICY own_clinic ON %s '
        'USING ((SELECT (auth.jwt() -> ''app_metadata'' ->> ''org_id'')::uuid) = %I) '
        'WITH CHECK ((SELECT (auth.jwt() -> ''app_metadata'' ->> ''org_id'')::uuid) = %I)',
        one, key, key);
END
$$;

DO $$
DECLARE
    wall record;
BEGIN
    FOR wall IN
        SELECT p.schemaname, p.tablename, p.policyname FROM pg_policies p WHERE p.schemaname = 'public'
    LOOP
        EXECUTE format('DROP POLICY %I ON %I.%I', wall.policyname, wall.schemaname, wall.tablename);
    END LOOP;
    FOR wall IN
        SELECT c.oid::regclass AS name, CASE a.attname WHEN 'org_id' THEN 'org_id' ELSE 'id' END AS key
        FROM pg_class c
        JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped
            AND (a.attname = 'org_id' OR (c.relname = 'organizations' AND a.attname = 'id'))
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
    LOOP
        PERFORM auth.wall_in(wall.name, wall.key);
    END LOOP;
END
$$;
