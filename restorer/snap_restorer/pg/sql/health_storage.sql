-- The bytes and number of the objects that Supabase's storage lists in this database, of all buckets.
SELECT COALESCE(pg_catalog.sum(CASE WHEN pg_catalog.jsonb_typeof(o.metadata -> 'size') = 'number'
                               THEN (o.metadata ->> 'size')::pg_catalog.numeric END), 0)::pg_catalog.int8,
       pg_catalog.count(*)
FROM storage.objects o
