-- What keeps clinics apart, as Postgres' own catalogue has it. Asked once, by whoever may connect.

-- name: tables_without_a_wall
-- severity: fail
-- means: a table that holds clinics' rows has no row-level security, or its owner walks past it
-- do: `frontdesk db migrate` puts the walls up again; then see what took this one down
SELECT c.relname AS what FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
    AND (c.relname = 'organizations' OR EXISTS (
        SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'org_id' AND NOT a.attisdropped))
    AND NOT (c.relrowsecurity AND c.relforcerowsecurity)

-- name: tables_without_the_policy
-- severity: fail
-- means: a table that holds clinics' rows has not the one policy by which each clinic sees its own
-- do: `frontdesk db migrate` puts it there again; then see what took it away
SELECT c.relname AS what FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped
    AND a.attname = CASE c.relname WHEN 'organizations' THEN 'id' ELSE 'org_id' END
LEFT JOIN pg_policies p ON p.schemaname = 'public' AND p.tablename = c.relname AND p.policyname = 'own_clinic'
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
    AND ROW(p.permissive, p.roles::text, p.cmd, p.qual, p.with_check) IS DISTINCT FROM ROW(
        'PERMISSIVE', '{public}', 'ALL',
        format('(( SELECT (((auth.jwt() -> ''app_metadata''::text) ->> ''org_id''::text))::uuid AS uuid) = %s)', a.attname),
        format('(( SELECT (((auth.jwt() -> ''app_metadata''::text) ->> ''org_id''::text))::uuid AS uuid) = %s)', a.attname))

-- name: policies_besides
-- severity: fail
-- means: a policy lets somebody else see rows than each clinic, and the directory's own role
-- do: `frontdesk db migrate` drops it; then see who made it
SELECT p.policyname || ' on ' || p.tablename AS what FROM pg_policies p
WHERE p.schemaname = 'public' AND p.policyname <> 'own_clinic'
    AND NOT (p.policyname = 'directory_reads' AND p.cmd = 'SELECT' AND p.roles = '{frontdesk_directory}')

-- name: roles_too_mighty
-- severity: fail
-- means: a role of ours could walk past the walls, or is missing
-- do: `ALTER ROLE … NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB NOREPLICATION`, and see who changed it
SELECT wanted.name AS what
FROM (VALUES ('frontdesk_owner', true), ('frontdesk_app', true), ('frontdesk_directory', false)) wanted (name, logs_in)
LEFT JOIN pg_roles r ON r.rolname = wanted.name
WHERE r.rolname IS NULL OR r.rolcanlogin <> wanted.logs_in
    OR r.rolsuper OR r.rolbypassrls OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication

-- name: roles_that_may_become_others
-- severity: fail
-- means: a role of ours may become another, or has its rights, besides the owner, who hands functions to the directory
-- do: `REVOKE` the membership, and see who granted it
SELECT m.member::regrole || ' may become ' || m.roleid::regrole AS what FROM pg_auth_members m
WHERE m.member IN (SELECT oid FROM pg_roles WHERE rolname IN ('frontdesk_owner', 'frontdesk_app', 'frontdesk_directory'))
    AND m.roleid::regrole::text <> 'rds_iam'
    AND NOT (m.member::regrole::text = 'frontdesk_owner' AND m.roleid::regrole::text = 'frontdesk_directory'
        AND NOT m.inherit_option AND NOT m.admin_option)

-- name: functions_role_owns
-- severity: fail
-- means: the functions' own role owns something, or may make something, in this database
-- do: `REVOKE` it, or hand it to `frontdesk_owner`; `frontdesk db migrate` sets every grant anew
SELECT n.nspname || ' (may create)' AS what FROM pg_namespace n
WHERE n.nspname !~ '^pg_' AND has_schema_privilege('frontdesk_app', n.oid, 'CREATE')
UNION ALL SELECT c.relname FROM pg_class c WHERE c.relowner = (SELECT oid FROM pg_roles WHERE rolname = 'frontdesk_app')
UNION ALL SELECT p.proname FROM pg_proc p WHERE p.proowner = (SELECT oid FROM pg_roles WHERE rolname = 'frontdesk_app')
UNION ALL SELECT current_database() WHERE has_database_privilege('frontdesk_app', current_database(), 'CREATE')

-- name: functions_that_run_as_others
-- severity: fail
-- means: a function runs with the rights of somebody else, and is none of those that `30_directory.sql` and `60_archive.sql` list
-- do: drop it, and see who made it
SELECT p.oid::regprocedure::text AS what FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace AND n.nspname NOT IN ('pg_catalog', 'information_schema')
WHERE p.prosecdef
    AND NOT (n.nspname = 'directory' AND p.proowner::regrole::text = 'frontdesk_directory')
    AND NOT (n.nspname = 'archive' AND p.proowner::regrole::text = 'frontdesk_owner')
