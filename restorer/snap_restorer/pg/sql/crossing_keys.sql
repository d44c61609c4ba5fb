-- Enforced foreign keys that cross the edge of a tree of tables and partitions. `outside` is the table beyond: what this
-- role may read of it, whether policies bind it. `bounds`: which rows of its table it binds, where it is of one partition.
-- conenforced and conperiod came with Postgres 18.
WITH tree AS (
    SELECT * FROM ROWS FROM (pg_catalog.unnest(%(oids)s::oid[]), pg_catalog.unnest(%(roots)s::oid[])) AS t (oid, root)
), crossing AS (
    SELECT k.*,
           c.oid IS NOT NULL AS outgoing,
           CASE WHEN c.oid IS NOT NULL THEN k.confrelid ELSE k.conrelid END AS beyond,
           COALESCE(c.root, p.root) AS within,
           CASE WHEN c.oid <> c.root THEN c.oid END AS partition,
           pg_catalog.to_jsonb(k) AS everything
    FROM pg_catalog.pg_constraint k
    LEFT JOIN tree c ON c.oid = k.conrelid
    LEFT JOIN tree p ON p.oid = k.confrelid
    WHERE k.contype = 'f'
      AND (c.oid IS NULL) <> (p.oid IS NULL)
      AND (k.conparentid = 0
           OR c.oid IS NOT NULL
               AND (SELECT up.conrelid FROM pg_catalog.pg_constraint up WHERE up.oid = k.conparentid)
                   NOT IN (SELECT tree.oid FROM tree)
               AND (SELECT up.confrelid FROM pg_catalog.pg_constraint up WHERE up.oid = k.conparentid) = k.confrelid)
)
SELECT x.conname AS name,
       x.outgoing,
       pg_catalog.pg_get_partition_constraintdef(x.partition) AS bounds,
       ARRAY[wn.nspname, w.relname] AS inside,
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
JOIN pg_catalog.pg_class w ON w.oid = x.within
JOIN pg_catalog.pg_namespace wn ON wn.oid = w.relnamespace
JOIN pg_catalog.pg_class b ON b.oid = x.beyond
JOIN pg_catalog.pg_namespace bn ON bn.oid = b.relnamespace
WHERE COALESCE((x.everything ->> 'conenforced')::boolean, true)
ORDER BY 5, 1
