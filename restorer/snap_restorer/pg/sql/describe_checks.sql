-- CHECKs and exclusion constraints of all tables in use, and the CHECKs of the domains that their columns are of, with
-- the columns that they read; and, as further ones, what the partitions of a table by range or list of one column are for: at each level without a default.
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
-- The index depends on the columns of its expressions and its condition. With = alone, of columns, it is a unique key.
SELECT k.conrelid::bigint,
       ARRAY(
           SELECT a.attname::text
           FROM pg_catalog.pg_attribute a
           WHERE a.attrelid OPERATOR(pg_catalog.=) k.conrelid AND a.attnum OPERATOR(pg_catalog.>) 0
             AND (a.attnum OPERATOR(pg_catalog.=) ANY (k.conkey) OR EXISTS (
                 SELECT FROM pg_catalog.pg_depend d
                 WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
                   AND d.objid OPERATOR(pg_catalog.=) k.conindid
                   AND d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
                   AND d.refobjid OPERATOR(pg_catalog.=) k.conrelid
                   AND d.refobjsubid OPERATOR(pg_catalog.=) a.attnum))
           ORDER BY a.attnum
       ),
       pg_catalog.pg_get_constraintdef(k.oid)
FROM pg_catalog.pg_constraint k
JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) k.conrelid
WHERE k.contype OPERATOR(pg_catalog.=) 'x' AND NOT c.relispartition
  AND (0 OPERATOR(pg_catalog.=) ANY (k.conkey) OR EXISTS (
      SELECT FROM pg_catalog.pg_operator o
      WHERE o.oid OPERATOR(pg_catalog.=) ANY (k.conexclop) AND o.oprname OPERATOR(pg_catalog.<>) '='))
UNION ALL
SELECT a.attrelid::bigint, ARRAY[a.attname::text], pg_catalog.pg_get_constraintdef(k.oid)
FROM pg_catalog.pg_constraint k
JOIN pg_catalog.pg_attribute a ON a.atttypid OPERATOR(pg_catalog.=) k.contypid AND a.attnum OPERATOR(pg_catalog.>) 0
JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) a.attrelid
WHERE k.contype OPERATOR(pg_catalog.=) 'c' AND c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p}') AND NOT c.relispartition
  AND NOT a.attisdropped
UNION ALL
SELECT bounds.relation, ARRAY[bounds.name], bounds.definition
FROM (
    SELECT pg_catalog.pg_partition_root(p.partrelid)::oid::bigint AS relation,
           a.attname::text AS name,
           CASE p.partstrat
               WHEN 'l' THEN pg_catalog.format('CHECK ((%I = ANY (ARRAY[%s])))', a.attname,
                                               pg_catalog.string_agg(b.ends[1], ', ' ORDER BY b.ends[1]))
               ELSE 'CHECK ((' || NULLIF(pg_catalog.concat_ws(' AND ',
                   '(' || pg_catalog.quote_ident(a.attname) || ' >= ' || pg_catalog.quote_literal(
                       CASE WHEN NOT pg_catalog.bool_or(b.ends[1] OPERATOR(pg_catalog.=) 'MINVALUE') THEN
                           COALESCE(pg_catalog.min(b.numbers[1])::text, pg_catalog.min(b.ends[1])) END) || ')',
                   '(' || pg_catalog.quote_ident(a.attname) || ' < ' || pg_catalog.quote_literal(
                       CASE WHEN NOT pg_catalog.bool_or(b.ends[2] OPERATOR(pg_catalog.=) 'MAXVALUE') THEN
                           COALESCE(pg_catalog.max(b.numbers[2])::text, pg_catalog.max(b.ends[2])) END) || ')'
               ), '') || '))'
           END AS definition
    FROM pg_catalog.pg_partitioned_table p
    JOIN pg_catalog.pg_attribute a ON a.attrelid OPERATOR(pg_catalog.=) p.partrelid
        AND a.attnum OPERATOR(pg_catalog.=) p.partattrs[0]
    JOIN pg_catalog.pg_type t ON t.oid OPERATOR(pg_catalog.=) a.atttypid
    JOIN pg_catalog.pg_inherits i ON i.inhparent OPERATOR(pg_catalog.=) p.partrelid
    JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) i.inhrelid
    CROSS JOIN LATERAL (
        SELECT found.ends, CASE WHEN t.typcategory OPERATOR(pg_catalog.=) 'N' AND p.partstrat OPERATOR(pg_catalog.=) 'r'
            THEN ARRAY(
                SELECT CASE WHEN e OPERATOR(pg_catalog.<>) ALL ('{MINVALUE,MAXVALUE}') THEN e::numeric END
                FROM pg_catalog.unnest(found.ends) e) END
        FROM pg_catalog.regexp_match(
            pg_catalog.pg_get_expr(c.relpartbound, c.oid),
            CASE p.partstrat WHEN 'l' THEN 'FOR VALUES IN \((.*)\)'
                ELSE 'FROM \(''?([^'',]+)''?\) TO \(''?([^'',]+)''?\)' END) found (ends)
    ) b (ends, numbers)
    WHERE p.partstrat OPERATOR(pg_catalog.<>) 'h' AND p.partnatts OPERATOR(pg_catalog.=) 1
      AND p.partdefid OPERATOR(pg_catalog.=) 0 AND b.ends IS NOT NULL
    GROUP BY p.partrelid, p.partstrat, a.attname
) bounds
WHERE bounds.definition IS NOT NULL
ORDER BY 1, 3
