-- Partitioned tables and their partitions of all levels, and the columns that choose among the partitions of each: those
-- depend on it. No lock is taken: another session may hold one of a table that nobody asked for.
WITH RECURSIVE tree (oid, root, pending) AS (
    SELECT c.oid, c.oid, false FROM pg_catalog.pg_class c WHERE c.relkind = 'p' AND NOT c.relispartition
    UNION ALL
    SELECT i.inhrelid, tree.root, tree.pending OR i.inhdetachpending
    FROM pg_catalog.pg_inherits i
    JOIN tree ON tree.oid = i.inhparent
)
SELECT tree.root::bigint AS relation,
       tree.oid::bigint AS oid,
       n.nspname::text AS schema,
       c.relname::text AS name,
       c.relkind = 'f' AS "foreign",
       tree.pending,
       pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT') AS readable,
       ARRAY(SELECT a.attname::text
             FROM pg_catalog.pg_depend d
             JOIN pg_catalog.pg_attribute a ON a.attrelid = d.objid AND a.attnum = d.objsubid
             WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = tree.oid
               AND d.refclassid = d.classid AND d.refobjid = d.objid AND d.refobjsubid = 0 AND d.deptype = 'i') AS routing
FROM tree
JOIN pg_catalog.pg_class c ON c.oid = tree.oid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
ORDER BY n.nspname::text COLLATE "C", c.relname::text COLLATE "C"
