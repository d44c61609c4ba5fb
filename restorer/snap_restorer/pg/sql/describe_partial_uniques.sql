-- Unique indexes over some rows, by columns alone, with the condition that says which rows.
SELECT i.indrelid::bigint AS relation,
       ARRAY(SELECT a.attname::text
             FROM pg_catalog.unnest(i.indkey::smallint[]) WITH ORDINALITY AS k (number, place)
             JOIN pg_catalog.pg_attribute a ON a.attrelid OPERATOR(pg_catalog.=) i.indrelid
                 AND a.attnum OPERATOR(pg_catalog.=) k.number
             WHERE k.place OPERATOR(pg_catalog.<=) i.indnkeyatts
             ORDER BY k.place) AS columns,
       pg_catalog.pg_get_expr(i.indpred, i.indrelid) AS condition
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) i.indrelid
JOIN pg_catalog.pg_class x ON x.oid OPERATOR(pg_catalog.=) i.indexrelid
WHERE i.indisunique AND i.indisvalid AND i.indpred IS NOT NULL AND i.indexprs IS NULL
  AND c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p}') AND NOT c.relispartition
  AND c.relnamespace OPERATOR(pg_catalog.<>) ALL (
      '{pg_catalog,information_schema}'::pg_catalog.regnamespace[]::pg_catalog.oid[])
ORDER BY i.indrelid, x.relname::text COLLATE "C"
