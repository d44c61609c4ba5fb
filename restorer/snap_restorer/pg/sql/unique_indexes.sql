-- What forbids two rows of a table to be alike: unique indexes and exclusion constraints, as expressions over its columns,
-- with the operators and collations that decide. One that a partition alone has speaks of the rows within its bounds only.
-- Run with an empty search path, so that names come out qualified.
-- Columns of newer servers (conperiod) are read through to_jsonb.
SELECT tree.root::bigint AS relation,
       tree.oid <> tree.root AS partition,
       x.relname AS name,
       i.indisprimary AS "primary",
       NOT i.indimmediate AS deferrable,
       i.indisexclusion OR COALESCE((pg_catalog.to_jsonb(k) ->> 'conperiod')::boolean, false) AS exclusion,
       COALESCE((pg_catalog.to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false) AS nulls_equal,
       CASE WHEN tree.oid = tree.root THEN pg_catalog.pg_get_expr(i.indpred, i.indrelid)
            ELSE NULLIF(pg_catalog.concat_ws(' AND ', '(' || pg_catalog.pg_get_partition_constraintdef(tree.oid) || ')',
                                             '(' || pg_catalog.pg_get_expr(i.indpred, i.indrelid) || ')'), '')
       END AS predicate,
       (SELECT pg_catalog.array_agg(pg_catalog.pg_get_indexdef(i.indexrelid, n.n, false) ORDER BY n.n)
        FROM pg_catalog.generate_series(1, i.indnkeyatts) AS n (n)) AS expressions,
       (SELECT pg_catalog.array_agg(a.attname::text ORDER BY n.n)
        FROM pg_catalog.generate_series(1, i.indnkeyatts) AS n (n)
        LEFT JOIN pg_catalog.pg_attribute a
            ON a.attrelid = i.indrelid AND a.attnum = i.indkey[n.n - 1] AND i.indkey[n.n - 1] > 0) AS columns,
       (SELECT pg_catalog.bool_and(COALESCE(a.attnotnull, false))
        FROM pg_catalog.generate_series(1, i.indnkeyatts) AS n (n)
        LEFT JOIN pg_catalog.pg_attribute a
            ON a.attrelid = i.indrelid AND a.attnum = i.indkey[n.n - 1] AND i.indkey[n.n - 1] > 0) AS not_null,
       (SELECT pg_catalog.array_agg(ARRAY[s.nspname::text, o.oprname::text] ORDER BY n.n)
        FROM pg_catalog.generate_series(1, i.indnkeyatts) AS n (n)
        JOIN pg_catalog.pg_opclass c ON c.oid = i.indclass[n.n - 1]
        LEFT JOIN pg_catalog.pg_amop m
            ON m.amopfamily = c.opcfamily AND m.amopstrategy = 3
           AND m.amoplefttype = c.opcintype AND m.amoprighttype = c.opcintype
        JOIN pg_catalog.pg_operator o ON o.oid = COALESCE(k.conexclop[n.n], m.amopopr)
        JOIN pg_catalog.pg_namespace s ON s.oid = o.oprnamespace) AS operators,
       (SELECT pg_catalog.array_agg(CASE WHEN l.oid IS NULL THEN NULL
                                         ELSE pg_catalog.format('%%I.%%I', s.nspname, l.collname) END ORDER BY n.n)
        FROM pg_catalog.generate_series(1, i.indnkeyatts) AS n (n)
        LEFT JOIN pg_catalog.pg_collation l ON l.oid = i.indcollation[n.n - 1]
        LEFT JOIN pg_catalog.pg_namespace s ON s.oid = l.collnamespace) AS collations,
       (SELECT pg_catalog.array_agg(DISTINCT a.attname::text)
        FROM pg_catalog.pg_attribute a
        WHERE a.attrelid = i.indrelid AND a.attnum > 0 AND (
            a.attnum = ANY (i.indkey)
            OR EXISTS (SELECT FROM pg_catalog.pg_depend d
                       WHERE d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = i.indrelid
                         AND d.refobjsubid = a.attnum
                         AND (d.classid, d.objid) IN (('pg_catalog.pg_class'::regclass, i.indexrelid),
                                                      ('pg_catalog.pg_constraint'::regclass, k.oid))))) AS uses
FROM ROWS FROM (pg_catalog.unnest(%(oids)s::oid[]), pg_catalog.unnest(%(roots)s::oid[])) AS tree (oid, root)
JOIN pg_catalog.pg_index i ON i.indrelid = tree.oid
JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
LEFT JOIN pg_catalog.pg_constraint k ON k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')
WHERE (i.indisunique OR i.indisexclusion) AND (tree.oid = tree.root OR NOT x.relispartition)
  AND i.indisready AND i.indislive
ORDER BY tree.root, tree.oid = tree.root DESC, i.indisprimary DESC, x.relname
