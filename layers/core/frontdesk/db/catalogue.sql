-- What of the schema deploys put there, object by object, as Postgres itself writes it down: what a migrator
-- records at its end, and `frontdesk doctor` compares. The audit log's months come and go without a deploy.
WITH ours AS (
    SELECT n.oid, n.nspname, n.nspacl FROM pg_namespace n
    WHERE n.nspname IN ('public', 'auth', 'desk', 'directory', 'history', 'archive')
), relations AS (
    SELECT c.oid, c.relname, c.relkind, c.relacl, c.relrowsecurity, c.relforcerowsecurity, c.reloptions, c.relowner
    FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v') AND NOT c.relispartition
        -- What is recorded lies there; and the list of migrations is the migrator's own.
        AND c.relname NOT IN ('schema_objects', 'schema_migrations')
), objects (kind, name, definition) AS (
    SELECT 'schema', ours.nspname::text, acl.told FROM ours, LATERAL (
        SELECT string_agg(one::text, ' ' ORDER BY one::text) AS told FROM unnest(ours.nspacl) one) acl
    UNION ALL
    SELECT 'function', p.oid::regprocedure::text,
        concat_ws(E'\n', pg_get_functiondef(p.oid), p.proowner::regrole::text, acl.told)
    FROM pg_proc p JOIN ours ON ours.oid = p.pronamespace, LATERAL (
        SELECT string_agg(one::text, ' ' ORDER BY one::text) AS told FROM unnest(p.proacl) one) acl
    WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
    UNION ALL
    SELECT 'table', r.relname::text, concat_ws(E'\n', r.relkind, r.relowner::regrole::text, r.relrowsecurity,
        r.relforcerowsecurity, r.reloptions::text, acl.told, columns.told,
        CASE WHEN r.relkind = 'v' THEN pg_get_viewdef(r.oid) END)
    FROM relations r, LATERAL (
        SELECT string_agg(one::text, ' ' ORDER BY one::text) AS told FROM unnest(r.relacl) one) acl, LATERAL (
        SELECT string_agg(concat_ws(' ', a.attname, a.attacl::text), E'\n' ORDER BY a.attname) AS told
        FROM pg_attribute a
        WHERE a.attrelid = r.oid AND a.attnum > 0 AND a.attacl IS NOT NULL AND NOT a.attisdropped) columns
    UNION ALL
    SELECT 'columns', r.relname::text, string_agg(
        concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid)),
        E'\n' ORDER BY a.attname)
    FROM relations r
    LEFT JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE r.relkind <> 'v' GROUP BY r.relname
    UNION ALL
    SELECT 'policy', format('%s on %s', p.policyname, p.tablename),
        concat_ws(E'\n', p.permissive, p.roles::text, p.cmd, p.qual, p.with_check)
    FROM pg_policies p JOIN relations r ON r.relname = p.tablename WHERE p.schemaname = 'public'
    UNION ALL
    SELECT 'constraint', format('%s on %s', c.conname, r.relname),
        concat_ws(E'\n', pg_get_constraintdef(c.oid), c.convalidated)
    FROM pg_constraint c JOIN relations r ON r.oid = c.conrelid
    -- Whether a column may be null stands with the table; some servers call it a constraint, too.
    WHERE c.contype <> 'n'
    UNION ALL
    SELECT 'index', i.indexrelid::regclass::text, concat_ws(E'\n', pg_get_indexdef(i.indexrelid), i.indisvalid)
    FROM pg_index i JOIN relations r ON r.oid = i.indrelid
    UNION ALL
    SELECT 'trigger', format('%s on %s', t.tgname, r.relname),
        concat_ws(E'\n', pg_get_triggerdef(t.oid), t.tgenabled)
    FROM pg_trigger t JOIN relations r ON r.oid = t.tgrelid WHERE NOT t.tgisinternal
)
SELECT kind, name, encode(sha256(convert_to(coalesce(definition, ''), 'UTF8')), 'hex') AS digest
FROM objects ORDER BY kind, name
