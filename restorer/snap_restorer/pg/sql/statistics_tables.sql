-- Tables, and whether the planner's statistics of their columns and expressions are all that it knows of them: nothing
-- inherits, no extended statistics exist. `settled`: no row was
-- written since the last ANALYZE of all columns, which was at `before`, so that the statistics hold values of those rows
-- alone that are there. The count of written rows is lost in a crash, with the moment of that ANALYZE.
SELECT c.oid,
       n.nspname::text AS schema,
       c.relname::text AS name,
       c.relkind = 'r' AND NOT c.relispartition
           AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits h WHERE c.oid IN (h.inhrelid, h.inhparent))
           AND NOT EXISTS (SELECT FROM pg_catalog.pg_statistic_ext e WHERE e.stxrelid = c.oid) AS plain,
       c.relrowsecurity AS restricted,
       COALESCE(pg_catalog.pg_stat_get_mod_since_analyze(c.oid) = 0
           AND GREATEST(pg_catalog.pg_stat_get_last_analyze_time(c.oid), pg_catalog.pg_stat_get_last_autoanalyze_time(c.oid))
               < %(before)s::timestamptz, false) AS settled,
       c.reltuples > 0 AS analyzed,
       (SELECT a.attname::text
        FROM pg_catalog.pg_index i JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
        WHERE i.indrelid = c.oid AND i.indisprimary) AS first_key
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = ANY (%(oids)s::oid[])
ORDER BY c.oid
