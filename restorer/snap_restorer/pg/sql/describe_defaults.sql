-- Columns of all tables in use whose DEFAULT is one text, with that DEFAULT as Postgres prints it.
SELECT d.adrelid::bigint AS relation, a.attname::text AS name, pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS definition
FROM pg_catalog.pg_attrdef d
JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) d.adrelid
JOIN pg_catalog.pg_attribute a ON a.attrelid OPERATOR(pg_catalog.=) d.adrelid
    AND a.attnum OPERATOR(pg_catalog.=) d.adnum
WHERE a.attgenerated OPERATOR(pg_catalog.=) '' AND c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p}')
  AND NOT c.relispartition
  AND c.relnamespace OPERATOR(pg_catalog.<>) ALL (
      '{pg_catalog,information_schema}'::pg_catalog.regnamespace[]::pg_catalog.oid[])
ORDER BY 1, a.attnum
