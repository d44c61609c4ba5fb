-- Say of tables and of their indexes what ANALYZE would: how large they are here, and how many rows they have.
WITH given AS (
    SELECT *
    FROM pg_catalog.jsonb_to_recordset(%(relations)s::jsonb) AS g (place int, oid bigint, "rows" real, partial jsonb)
), relations AS (
    SELECT g.place, c.oid, g."rows", c.relpages, c.reltuples, c.relallvisible, c.relallfrozen, true AS heap
    FROM given g
    JOIN pg_catalog.pg_class c ON c.oid = g.oid::oid
    UNION ALL
    SELECT g.place, c.oid,
           CASE WHEN i.indpred IS NULL THEN g."rows" ELSE (g.partial ->> c.relname::text)::real END,
           c.relpages, c.reltuples, 0, 0, false
    FROM given g
    JOIN pg_catalog.pg_index i ON i.indrelid = g.oid::oid
    JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
), sized AS (
    SELECT r.*, (pg_catalog.pg_relation_size(r.oid) / pg_catalog.current_setting('block_size')::int)::int AS pages
    FROM relations r
)
SELECT s.place,
       pg_catalog.pg_restore_relation_stats(
           'schemaname', n.nspname::text, 'relname', c.relname::text, 'version', %(server)s::int,
           'relpages', s.pages, 'reltuples', s."rows",
           'relallvisible',
           CASE WHEN NOT s.heap THEN 0 WHEN s.relpages = s.pages AND s.reltuples = s."rows" THEN s.relallvisible
                ELSE s.pages END,
           'relallfrozen',
           CASE WHEN NOT s.heap THEN 0 WHEN s.relpages = s.pages AND s.reltuples = s."rows" THEN s.relallfrozen
                ELSE s.pages END) AS taken
FROM sized s
JOIN pg_catalog.pg_class c ON c.oid = s.oid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
