-- The rows of a table in 65,536 buckets by a hash of each row's text: how many are in a bucket, and the sum of their
-- hashes. Runs under the search path that values are printed under, so that every operator has its schema.
SELECT h OPERATOR(pg_catalog.&) 65535::pg_catalog.int8 AS bucket, pg_catalog.count(*) AS rows,
       pg_catalog.sum(h)::pg_catalog.text AS sum
FROM ONLY {} q
CROSS JOIN LATERAL pg_catalog.hashtextextended(ROW(q.*)::pg_catalog.text, 0) h
GROUP BY 1
