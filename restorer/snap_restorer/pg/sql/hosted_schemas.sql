-- Of these schemas, those that a host or an extension keeps: a role of the host owns the schema or something in it, or
-- an extension brought it. One that holds nothing but what extensions brought is the host's too, and so is an empty one
-- on the server of a host.
WITH hosts AS (
    SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname ~ '^supabase_' OR r.rolname = 'pgbouncer'
), contents (namespace, owner, brought) AS (
    SELECT o.namespace, o.owner,
           EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = o.class AND d.objid = o.object AND d.deptype = 'e')
    FROM (
        SELECT c.relnamespace, 'pg_catalog.pg_class'::regclass, c.oid, c.relowner FROM pg_catalog.pg_class c
        UNION ALL
        SELECT p.pronamespace, 'pg_catalog.pg_proc'::regclass, p.oid, p.proowner FROM pg_catalog.pg_proc p
        UNION ALL
        SELECT t.typnamespace, 'pg_catalog.pg_type'::regclass, t.oid, t.typowner
        FROM pg_catalog.pg_type t
        WHERE t.typrelid = 0 AND NOT EXISTS (SELECT FROM pg_catalog.pg_type e WHERE e.typarray = t.oid)
    ) o (namespace, class, object, owner)
    JOIN pg_catalog.pg_namespace n ON n.oid = o.namespace AND n.nspname = ANY (%(schemas)s::text[])
)
SELECT n.nspname::pg_catalog.text
FROM pg_catalog.pg_namespace n
WHERE n.nspname = ANY (%(schemas)s::text[])
  AND (n.nspowner IN (SELECT oid FROM hosts)
       OR EXISTS (SELECT FROM contents o WHERE o.namespace = n.oid AND o.owner IN (SELECT oid FROM hosts))
       OR EXISTS (SELECT FROM pg_catalog.pg_depend d
                  WHERE d.classid = 'pg_catalog.pg_namespace'::regclass AND d.objid = n.oid AND d.deptype = 'e')
       OR (NOT EXISTS (SELECT FROM contents o WHERE o.namespace = n.oid AND NOT o.brought)
           AND (EXISTS (SELECT FROM contents o WHERE o.namespace = n.oid) OR EXISTS (SELECT FROM hosts))))
