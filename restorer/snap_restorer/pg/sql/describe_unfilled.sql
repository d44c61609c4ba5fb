-- Materialised views that hold no rows since they were never filled, or read one that was not: nothing can fill those.
WITH RECURSIVE unfilled (oid) AS (
    SELECT c.oid
    FROM pg_catalog.pg_class c
    WHERE c.relkind = 'm' AND NOT c.relispopulated
    UNION
    SELECT w.ev_class
    FROM unfilled u
    JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = u.oid
         AND d.classid = 'pg_catalog.pg_rewrite'::regclass
    JOIN pg_catalog.pg_rewrite w ON w.oid = d.objid
)
SELECT n.nspname AS schema, c.relname AS name
FROM unfilled u
JOIN pg_catalog.pg_class c ON c.oid = u.oid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'm'
ORDER BY 1, 2
