-- Materialised views over the relations or over views of them, those that others read first, filled or not.
WITH RECURSIVE tree (oid) AS (
    SELECT pg_catalog.unnest(%(oids)s::oid[])
    UNION
    SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN tree ON tree.oid = i.inhparent
), uses (reader, "read") AS (
    SELECT DISTINCT w.ev_class, d.refobjid
    FROM pg_catalog.pg_depend d
    JOIN pg_catalog.pg_rewrite w ON w.oid = d.objid
    WHERE d.classid = 'pg_catalog.pg_rewrite'::regclass
      AND d.refclassid = 'pg_catalog.pg_class'::regclass
      AND d.refobjid <> w.ev_class
), reached (oid, depth) AS (
    SELECT uses.reader, 1 FROM uses JOIN tree ON tree.oid = uses."read"
    UNION  -- of equal depths one: many paths may lead to a view
    SELECT uses.reader, reached.depth + 1 FROM uses JOIN reached ON reached.oid = uses."read"
)
SELECT ARRAY[n.nspname, c.relname] AS name,
       CASE WHEN pg_catalog.current_setting('server_version_num')::integer >= 170000
            THEN pg_catalog.has_table_privilege(c.oid, 'MAINTAIN')
            ELSE pg_catalog.pg_has_role(c.relowner, 'USAGE') END AS ours,
       c.relispopulated AS filled
FROM (SELECT oid, pg_catalog.max(depth) AS depth FROM reached GROUP BY oid) AS r
JOIN pg_catalog.pg_class c ON c.oid = r.oid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'm'
ORDER BY r.depth, 1
