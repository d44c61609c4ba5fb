SELECT pg_catalog.format_type(t.oid, NULL) AS name,
       ARRAY(SELECT l.enumlabel::text FROM pg_catalog.pg_enum l WHERE l.enumtypid = t.oid ORDER BY l.enumsortorder)
           AS labels
FROM pg_catalog.pg_type t
WHERE t.typtype = 'e'
ORDER BY 1
