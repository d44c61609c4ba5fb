-- Tables that hold rows of people's own: no leaf of a partitioned table, no extension's table, none of snap's.
SELECT c.oid::bigint AS oid,
       n.nspname::text AS schema,
       c.relname::text AS name,
       c.relkind::text AS kind,
       pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT') AS readable,
       pg_catalog.row_security_active(c.oid) AS restricted,
       ARRAY(SELECT leaf.relid::pg_catalog.oid::bigint FROM pg_catalog.pg_partition_tree(c.oid) AS leaf
             WHERE leaf.relid <> c.oid) AS leaves,
       ARRAY(SELECT a.attname::text FROM pg_catalog.pg_partitioned_table p
             JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (p.partattrs::smallint[])
             WHERE p.partrelid = c.oid) AS routing,
       (SELECT pg_catalog.sum(pg_catalog.pg_total_relation_size(leaf))::bigint
        FROM (SELECT c.oid::pg_catalog.regclass
              UNION SELECT relid FROM pg_catalog.pg_partition_tree(c.oid)) AS tree (leaf)) AS bytes
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p')
  AND NOT c.relispartition
  AND c.relpersistence <> 't'
  AND n.nspname <> 'information_schema'
  AND n.nspname !~ '^pg_'
  AND NOT (n.nspname = 'snap' AND EXISTS (
      SELECT FROM pg_catalog.pg_attribute a  -- by name: to_regclass wants the right to use the schema
      JOIN pg_catalog.pg_class l ON l.oid = a.attrelid AND l.relname = 'ledger' AND l.relnamespace = n.oid
      WHERE a.attname = 'as_of_shift_days'))
  AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_depend d
      WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY n.nspname::text COLLATE "C", c.relname::text COLLATE "C"
