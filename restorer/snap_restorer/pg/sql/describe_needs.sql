-- What older servers do not have, by the first version that does: (version, what). Catalogs of older servers lack
-- some of these columns, so they are looked up by name.
SELECT 18 AS version, pg_catalog.format('virtual generated column %s.%I', a.attrelid::pg_catalog.regclass, a.attname)
    AS what, a.attrelid::bigint AS relation
FROM pg_catalog.pg_attribute a
WHERE a.attgenerated = 'v' AND NOT a.attisdropped
UNION ALL
SELECT 18, pg_catalog.format('constraint %I on %s, which is %s', k.conname, k.conrelid::pg_catalog.regclass,
           CASE WHEN k.contype = 'n' AND NOT k.convalidated THEN 'NOT NULL NOT VALID'
                WHEN k.contype = 'n' THEN 'NOT NULL on an inherited column'
                WHEN pg_catalog.to_jsonb(k) ->> 'conenforced' = 'false' THEN 'NOT ENFORCED'
                ELSE 'temporal' END), k.conrelid::bigint
FROM pg_catalog.pg_constraint k
JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
WHERE (pg_catalog.to_jsonb(k) ->> 'conenforced' = 'false' OR pg_catalog.to_jsonb(k) ->> 'conperiod' = 'true'
       OR (k.contype = 'n' AND (NOT k.convalidated OR (k.conislocal AND NOT c.relispartition AND EXISTS (
               SELECT FROM pg_catalog.pg_attribute a
               WHERE a.attrelid = k.conrelid AND a.attnum = k.conkey[1] AND NOT a.attislocal)))))
UNION ALL
SELECT 17, pg_catalog.format('identity column %s.%I of a partitioned table', a.attrelid::pg_catalog.regclass, a.attname),
       a.attrelid::bigint
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
WHERE c.relkind = 'p' AND a.attidentity <> '' AND NOT a.attisdropped
UNION ALL
SELECT 17, pg_catalog.format('exclusion constraint %I on partitioned table %s', k.conname,
       k.conrelid::pg_catalog.regclass), k.conrelid::bigint
FROM pg_catalog.pg_constraint k
JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
WHERE c.relkind = 'p' AND k.contype = 'x'
UNION ALL
SELECT 17, pg_catalog.format('collation %s of the builtin provider', o.oid::pg_catalog.regcollation), NULL
FROM pg_catalog.pg_collation o
WHERE o.collprovider = 'b' AND o.collnamespace <> 'pg_catalog'::pg_catalog.regnamespace
UNION ALL
SELECT 15, pg_catalog.format('index %s, which is NULLS NOT DISTINCT', i.indexrelid::pg_catalog.regclass),
       i.indrelid::bigint
FROM pg_catalog.pg_index i
WHERE pg_catalog.to_jsonb(i) ->> 'indnullsnotdistinct' = 'true'
ORDER BY 1 DESC, 2
