-- How many rows the parents of a reference have: parents with a row, and the number of rows of each hundredth of them.
-- Numbers of 100 and more have two digits.
SELECT p.parents,
       ARRAY(SELECT CASE WHEN n < 100 THEN n
                         ELSE pg_catalog.round(n::numeric, 1 - pg_catalog.floor(pg_catalog.log(n::numeric))::int)::bigint END
             FROM pg_catalog.unnest(p.cuts) n ORDER BY n) AS rows
FROM (
    SELECT pg_catalog.count(*) AS parents,
           pg_catalog.percentile_disc(
               ARRAY(SELECT LEAST((k + 0.5) / 100.0, 1) FROM pg_catalog.generate_series(0, 100) k)
           ) WITHIN GROUP (ORDER BY g.n) AS cuts
    FROM (SELECT pg_catalog.count(*) AS n FROM {table} AS t WHERE {known} GROUP BY {columns}) g) p
