-- Foreign keys from and to a set of tables: what compares the two sides, what deleting and updating do, and what this
-- role may see of the parent. Those of partitions follow from their parents' and are left out.
-- conenforced and conperiod came with Postgres 18.
SELECT k.conname AS name,
       k.conrelid::bigint AS child, ARRAY[cn.nspname, c.relname] AS child_label, c.relkind = 'p' AS child_partitioned,
       k.confrelid::bigint AS parent, ARRAY[pn.nspname, p.relname] AS parent_label, p.relkind = 'p' AS parent_partitioned,
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
JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
JOIN pg_catalog.pg_namespace cn ON cn.oid = c.relnamespace
JOIN pg_catalog.pg_class p ON p.oid = k.confrelid
JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
WHERE k.contype = 'f' AND k.conparentid = 0
  AND (k.conrelid = ANY (%(oids)s::oid[]) OR k.confrelid = ANY (%(oids)s::oid[]))
ORDER BY cn.nspname, c.relname, k.conname
