-- CHECKs of all tables in use and of the domains that their columns are of, with the columns that they read; and, as one
-- more, the moments that the partitions of a table by range of one column are for, where there is no default one.
SELECT k.conrelid::bigint AS relation,
       ARRAY(
           SELECT a.attname::text
           FROM pg_catalog.unnest(k.conkey) n (number)
           JOIN pg_catalog.pg_attribute a ON a.attrelid OPERATOR(pg_catalog.=) k.conrelid
               AND a.attnum OPERATOR(pg_catalog.=) n.number
       ) AS columns,
       pg_catalog.pg_get_constraintdef(k.oid) AS definition
FROM pg_catalog.pg_constraint k
JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) k.conrelid
WHERE k.contype OPERATOR(pg_catalog.=) 'c' AND c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p}') AND NOT c.relispartition
  AND c.relnamespace OPERATOR(pg_catalog.<>) ALL (
      '{pg_catalog,information_schema}'::pg_catalog.regnamespace[]::pg_catalog.oid[])
UNION ALL
SELECT a.attrelid::bigint, ARRAY[a.attname::text], pg_catalog.pg_get_constraintdef(k.oid)
FROM pg_catalog.pg_constraint k
JOIN pg_catalog.pg_attribute a ON a.atttypid OPERATOR(pg_catalog.=) k.contypid AND a.attnum OPERATOR(pg_catalog.>) 0
JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) a.attrelid
WHERE k.contype OPERATOR(pg_catalog.=) 'c' AND c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p}') AND NOT c.relispartition
  AND NOT a.attisdropped
UNION ALL
SELECT p.partrelid::bigint, ARRAY[a.attname::text],
       pg_catalog.format('CHECK (((%1$I >= %2$L) AND (%1$I < %3$L)))', a.attname,
                         pg_catalog.min(b.ends[1]), pg_catalog.max(b.ends[2]))
FROM pg_catalog.pg_partitioned_table p
JOIN pg_catalog.pg_attribute a ON a.attrelid OPERATOR(pg_catalog.=) p.partrelid
    AND a.attnum OPERATOR(pg_catalog.=) p.partattrs[0]
JOIN pg_catalog.pg_inherits i ON i.inhparent OPERATOR(pg_catalog.=) p.partrelid
JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) i.inhrelid
CROSS JOIN LATERAL pg_catalog.regexp_match(
    pg_catalog.pg_get_expr(c.relpartbound, c.oid), 'FROM \(''([^'']+)''\) TO \(''([^'']+)''\)') b (ends)
WHERE p.partstrat OPERATOR(pg_catalog.=) 'r' AND p.partnatts OPERATOR(pg_catalog.=) 1
  AND p.partdefid OPERATOR(pg_catalog.=) 0 AND b.ends IS NOT NULL
GROUP BY p.partrelid, a.attname
ORDER BY 1, 3
