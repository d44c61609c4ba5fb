-- The relations that hold the rows of each table: itself, or the leaves of its partitions; their size in blocks where
-- ranges of ctid are cheap to read; what this role may do with each. One that is read itself has row security of its own.
SELECT w.oid::bigint AS relation, t.oid::bigint AS oid, ARRAY[n.nspname, c.relname] AS name, c.relkind AS kind,
       CASE WHEN m.amname = 'heap'
            THEN pg_catalog.pg_relation_size(c.oid) / pg_catalog.current_setting('block_size')::bigint END AS blocks,
       pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT') AS readable,
       c.relrowsecurity AND pg_catalog.row_security_active(c.oid) AS restricted,
       c.relforcerowsecurity AND pg_catalog.pg_has_role(c.relowner, 'USAGE') AS liftable
FROM pg_catalog.unnest(%(oids)s::oid[]) AS w (oid)
JOIN pg_catalog.pg_class r ON r.oid = w.oid
CROSS JOIN LATERAL (
    SELECT w.oid WHERE r.relkind <> 'p'
    UNION ALL
    SELECT p.relid FROM pg_catalog.pg_partition_tree(w.oid) AS p WHERE r.relkind = 'p' AND p.isleaf AND p.relid <> w.oid
) AS t (oid)
JOIN pg_catalog.pg_class c ON c.oid = t.oid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_am m ON m.oid = c.relam
ORDER BY 1, 2
