-- Foreign keys from and to a tree of tables and partitions: what compares the two sides, what deleting and updating do,
-- and what this role may see of the parent. `child` and `parent` are tables of the tree, where a side is in it; a key of
-- a partition alone has the partition's bounds. One that a partition has from its table is left out, unless that table
-- is beyond the tree. conenforced and conperiod came with Postgres 18.
WITH tree AS (
    SELECT * FROM ROWS FROM (pg_catalog.unnest(%(oids)s::oid[]), pg_catalog.unnest(%(roots)s::oid[])) AS t (oid, root)
)
SELECT k.conname AS name,
       COALESCE(ct.root, k.conrelid)::bigint AS child, ARRAY[cn.nspname, c.relname] AS child_label,
       c.relkind = 'p' AS child_partitioned,
       CASE WHEN ct.oid <> ct.root THEN pg_catalog.pg_get_partition_constraintdef(ct.oid) END AS child_bounds,
       COALESCE(pt.root, k.confrelid)::bigint AS parent, ARRAY[pn.nspname, p.relname] AS parent_label,
       p.relkind = 'p' AS parent_partitioned,
       CASE WHEN pt.oid <> pt.root THEN pg_catalog.pg_get_partition_constraintdef(pt.oid) END AS parent_bounds,
       k.confmatchtype = 'f' AS match_full,
       k.confdeltype AS on_delete,
       k.confupdtype AS on_update,
       COALESCE((pg_catalog.to_jsonb(k) ->> 'conenforced')::boolean, true) AS enforced,
       COALESCE((pg_catalog.to_jsonb(k) ->> 'conperiod')::boolean, false) AS period,
       pg_catalog.has_schema_privilege(pn.oid, 'USAGE') AND pg_catalog.has_table_privilege(p.oid, 'SELECT')
           AND NOT (p.relrowsecurity AND pg_catalog.row_security_active(p.oid)) AS parent_readable,
       pg_catalog.has_schema_privilege(cn.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
           AND NOT (c.relrowsecurity AND pg_catalog.row_security_active(c.oid)) AS child_readable,
       pg_catalog.has_table_privilege(c.oid, 'UPDATE, DELETE, TRUNCATE') AS child_lockable,
       (SELECT pg_catalog.array_agg(a.attname::text ORDER BY n.place)
        FROM pg_catalog.unnest(k.conkey) WITH ORDINALITY AS n (number, place)
        JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = n.number) AS columns,
       (SELECT pg_catalog.array_agg(a.attname::text ORDER BY n.place)
        FROM pg_catalog.unnest(k.confkey) WITH ORDINALITY AS n (number, place)
        JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = n.number) AS to_columns,
       (SELECT pg_catalog.array_agg(ARRAY[s.nspname::text, o.oprname::text] ORDER BY n.place)
        FROM pg_catalog.unnest(k.conpfeqop) WITH ORDINALITY AS n (operator, place)
        JOIN pg_catalog.pg_operator o ON o.oid = n.operator
        JOIN pg_catalog.pg_namespace s ON s.oid = o.oprnamespace) AS operators
FROM pg_catalog.pg_constraint k
LEFT JOIN tree ct ON ct.oid = k.conrelid
LEFT JOIN tree pt ON pt.oid = k.confrelid
LEFT JOIN pg_catalog.pg_constraint up ON up.oid = k.conparentid
JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
JOIN pg_catalog.pg_namespace cn ON cn.oid = c.relnamespace
-- A key to a partitioned table has one like it to each partition, in whose rows alone nobody looks for parents.
JOIN pg_catalog.pg_class p ON p.oid = CASE WHEN up.confrelid <> k.confrelid
    THEN pg_catalog.pg_partition_root(k.confrelid)::oid ELSE k.confrelid END
JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
WHERE k.contype = 'f'
  AND (ct.oid IS NOT NULL OR pt.oid IS NOT NULL)
  AND (up.oid IS NULL
       OR ct.oid IS NOT NULL AND NOT EXISTS (SELECT FROM tree WHERE tree.oid = up.conrelid)
       OR pt.oid IS NOT NULL AND NOT EXISTS (SELECT FROM tree WHERE tree.oid = up.confrelid))
ORDER BY cn.nspname, c.relname, k.conname
