-- What a copy of a column needs besides its type: its collation; and whether its identity admits only DEFAULT.
SELECT a.attrelid::bigint AS relation, a.attname AS name, a.attidentity = 'a' AS always,
       CASE WHEN l.oid IS NULL THEN NULL ELSE pg_catalog.format('%%I.%%I', n.nspname, l.collname) END AS collation
FROM pg_catalog.pg_attribute a
LEFT JOIN pg_catalog.pg_collation l ON l.oid = a.attcollation
LEFT JOIN pg_catalog.pg_namespace n ON n.oid = l.collnamespace
WHERE a.attrelid = ANY (%(oids)s::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
