-- Unique indexes over some rows, by columns alone, with the condition that says which rows. Without a condition are those
-- that hold at commit, those of one partition, which hold where they are taken for the table's, and exclusion constraints
-- that ask for no more than a unique index would.
SELECT DISTINCT
       CASE WHEN c.relispartition THEN pg_catalog.pg_partition_root(i.indrelid) ELSE i.indrelid END::bigint AS relation,
       ARRAY(SELECT a.attname::text
             FROM pg_catalog.unnest(i.indkey::smallint[]) WITH ORDINALITY AS k (number, place)
             JOIN pg_catalog.pg_attribute a ON a.attrelid OPERATOR(pg_catalog.=) i.indrelid
                 AND a.attnum OPERATOR(pg_catalog.=) k.number
             WHERE k.place OPERATOR(pg_catalog.<=) i.indnkeyatts
             ORDER BY k.place) AS columns,
       COALESCE(pg_catalog.pg_get_expr(i.indpred, i.indrelid), '') AS condition,
       CASE WHEN c.relispartition THEN '' ELSE x.relname::text END COLLATE "C" AS place
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) i.indrelid
JOIN pg_catalog.pg_class x ON x.oid OPERATOR(pg_catalog.=) i.indexrelid
LEFT JOIN pg_catalog.pg_constraint e ON e.conindid OPERATOR(pg_catalog.=) i.indexrelid
    AND e.contype OPERATOR(pg_catalog.=) 'x' AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_operator o
        WHERE o.oid OPERATOR(pg_catalog.=) ANY (e.conexclop) AND o.oprname OPERATOR(pg_catalog.<>) '=')
WHERE (i.indisunique OR e.oid IS NOT NULL) AND i.indisvalid AND i.indexprs IS NULL
  AND (i.indpred IS NOT NULL OR NOT i.indimmediate OR c.relispartition OR e.oid IS NOT NULL)
  AND c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p}') AND NOT x.relispartition
  AND c.relnamespace OPERATOR(pg_catalog.<>) ALL (
      '{pg_catalog,information_schema}'::pg_catalog.regnamespace[]::pg_catalog.oid[])
ORDER BY 1, 4, 2, 3
