-- Enforced foreign keys that cross the edge of a set of tables and their partitions. `outside` is the table beyond: what
-- this role may read of it, whether policies bind it. conenforced and conperiod came with Postgres 18.
WITH RECURSIVE inside (oid) AS (
    SELECT pg_catalog.unnest(%(oids)s::oid[])
    UNION
    SELECT i.inhrelid
    FROM pg_catalog.pg_inherits i
    JOIN inside ON inside.oid = i.inhparent
    JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid AND c.relispartition
), root (oid, root) AS (
    SELECT o.oid, o.oid FROM pg_catalog.unnest(%(oids)s::oid[]) AS o (oid)
    UNION
    SELECT i.inhrelid, root.root
    FROM pg_catalog.pg_inherits i
    JOIN root ON root.oid = i.inhparent
    JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid AND c.relispartition
), crossing AS (
    SELECT k.*,
           k.conrelid IN (TABLE inside) AS outgoing,
           CASE WHEN k.conrelid IN (TABLE inside) THEN k.confrelid ELSE k.conrelid END AS beyond,
           CASE WHEN k.conrelid IN (TABLE inside) THEN k.conrelid ELSE k.confrelid END AS within,
           pg_catalog.to_jsonb(k) AS everything
    FROM pg_catalog.pg_constraint k
    WHERE k.contype = 'f'
      AND (k.conrelid IN (TABLE inside)) <> (k.confrelid IN (TABLE inside))
      AND (k.conparentid = 0
           OR k.conrelid IN (TABLE inside)
               AND (SELECT p.conrelid FROM pg_catalog.pg_constraint p WHERE p.oid = k.conparentid)
                   NOT IN (TABLE inside)
               AND (SELECT p.confrelid FROM pg_catalog.pg_constraint p WHERE p.oid = k.conparentid) = k.confrelid)
)
SELECT x.conname AS name,
       x.outgoing,
       (SELECT ARRAY[wn.nspname, w.relname]
        FROM root
        JOIN pg_catalog.pg_class w ON w.oid = root.root
        JOIN pg_catalog.pg_namespace wn ON wn.oid = w.relnamespace
        WHERE root.oid = x.within LIMIT 1) AS inside,
       ARRAY[bn.nspname, b.relname] AS outside,
       b.oid::bigint AS outside_oid,
       b.relkind = 'p' AS partitioned,
       x.confmatchtype = 'f' AS match_full,
       x.convalidated AS valid,
       COALESCE((x.everything ->> 'conperiod')::boolean, false) AS period,
       pg_catalog.has_schema_privilege(bn.oid, 'USAGE') AND (
           SELECT pg_catalog.bool_and(pg_catalog.has_column_privilege(b.oid, n.number, 'SELECT'))
           FROM pg_catalog.unnest(CASE WHEN x.outgoing THEN x.confkey ELSE x.conkey END) AS n (number)
       ) AS readable,
       b.relrowsecurity AND pg_catalog.row_security_active(b.oid) AS restricted,
       (SELECT pg_catalog.array_agg(a.attname::text ORDER BY n.place)
        FROM pg_catalog.unnest(x.conkey) WITH ORDINALITY AS n (number, place)
        JOIN pg_catalog.pg_attribute a ON a.attrelid = x.conrelid AND a.attnum = n.number) AS columns,
       (SELECT pg_catalog.array_agg(a.attname::text ORDER BY n.place)
        FROM pg_catalog.unnest(x.confkey) WITH ORDINALITY AS n (number, place)
        JOIN pg_catalog.pg_attribute a ON a.attrelid = x.confrelid AND a.attnum = n.number) AS to_columns,
       (SELECT pg_catalog.array_agg(pg_catalog.format_type(a.atttypid, a.atttypmod) ORDER BY n.place)
        FROM pg_catalog.unnest(x.conkey) WITH ORDINALITY AS n (number, place)
        JOIN pg_catalog.pg_attribute a ON a.attrelid = x.conrelid AND a.attnum = n.number) AS types,
       (SELECT pg_catalog.array_agg(pg_catalog.format_type(a.atttypid, a.atttypmod) ORDER BY n.place)
        FROM pg_catalog.unnest(x.confkey) WITH ORDINALITY AS n (number, place)
        JOIN pg_catalog.pg_attribute a ON a.attrelid = x.confrelid AND a.attnum = n.number) AS to_types,
       (SELECT pg_catalog.array_agg(ARRAY[s.nspname::text, o.oprname::text] ORDER BY n.place)
        FROM pg_catalog.unnest(x.conpfeqop) WITH ORDINALITY AS n (operator, place)
        JOIN pg_catalog.pg_operator o ON o.oid = n.operator
        JOIN pg_catalog.pg_namespace s ON s.oid = o.oprnamespace) AS operators,
       (SELECT pg_catalog.bool_and(COALESCE(c.collisdeterministic, true))
        FROM pg_catalog.unnest(x.conkey) AS n (number)
        JOIN pg_catalog.pg_attribute a ON a.attrelid = x.conrelid AND a.attnum = n.number
        LEFT JOIN pg_catalog.pg_collation c ON c.oid = a.attcollation) AS deterministic
FROM crossing x
JOIN pg_catalog.pg_class b ON b.oid = x.beyond
JOIN pg_catalog.pg_namespace bn ON bn.oid = b.relnamespace
WHERE COALESCE((x.everything ->> 'conenforced')::boolean, true)
ORDER BY 4, 1
