-- User-defined triggers, also those that are switched off, on the tables and on all their partitions.
WITH RECURSIVE tree (oid) AS (
    SELECT pg_catalog.unnest(%(oids)s::oid[])
    UNION
    SELECT i.inhrelid
    FROM pg_catalog.pg_inherits i
    JOIN tree ON tree.oid = i.inhparent
    JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid AND c.relispartition
)
SELECT ARRAY[n.nspname, c.relname] AS "table", t.tgname AS name, t.tgenabled AS state,
       pg_catalog.pg_has_role(c.relowner, 'USAGE') AS ours
FROM tree
JOIN pg_catalog.pg_class c ON c.oid = tree.oid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_trigger t ON t.tgrelid = c.oid
WHERE NOT t.tgisinternal
ORDER BY 1, 2
