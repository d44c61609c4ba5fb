-- How many locks a transaction takes: on relations and all that stands by them, and on the objects that dropping them
-- takes with it; and for how many the server keeps room. A lock is one entry of the server's table, whoever shares it.
WITH RECURSIVE tree (oid) AS (
    SELECT o.oid FROM pg_catalog.unnest(%(oids)s::oid[]) AS o (oid)
    UNION
    SELECT c.oid
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = ANY (%(schemas)s::text[]) AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
    UNION
    SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN tree ON tree.oid = i.inhparent
), relations AS MATERIALIZED (
    SELECT c.oid, c.relkind, c.reltoastrelid <> 0 AS toasted, c.reltype FROM pg_catalog.pg_class c JOIN tree ON tree.oid = c.oid
), sequences AS (
    SELECT c.oid
    FROM pg_catalog.pg_depend d
    JOIN pg_catalog.pg_class c ON c.oid = d.objid AND c.relkind = 'S'
    WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.refclassid = 'pg_catalog.pg_class'::regclass
      AND d.refobjid IN (SELECT oid FROM relations) AND d.deptype IN ('a', 'i')
      AND c.oid NOT IN (SELECT oid FROM relations)
), constraints AS (
    SELECT k.oid, k.contype FROM pg_catalog.pg_constraint k WHERE k.conrelid IN (SELECT oid FROM relations)
    UNION
    SELECT k.oid, k.contype FROM pg_catalog.pg_constraint k WHERE k.confrelid IN (SELECT oid FROM relations)
)
SELECT (SELECT pg_catalog.count(*) + 2 * pg_catalog.count(*) FILTER (WHERE toasted) FROM relations)  -- and its index
           + (SELECT pg_catalog.count(*) FROM pg_catalog.pg_index i WHERE i.indrelid IN (SELECT oid FROM relations))
           + (SELECT pg_catalog.count(*) FROM sequences) AS relations,
       -- Besides relations: row types and keys. What a materialised view is filled through goes again.
       (SELECT pg_catalog.count(*) + 8 * pg_catalog.count(*) FILTER (WHERE relkind = 'm') FROM relations)
           + (SELECT pg_catalog.count(*) FROM constraints WHERE contype IN ('p', 'u', 'x', 'f')) AS created,
       2 * (SELECT pg_catalog.count(*) FROM relations WHERE reltype <> 0)  -- its type, and that of arrays of it
           + (SELECT pg_catalog.count(*) FROM constraints)
           + (SELECT pg_catalog.count(*) FROM pg_catalog.pg_trigger t WHERE t.tgrelid IN (SELECT oid FROM relations))
           + (SELECT pg_catalog.count(*) FROM pg_catalog.pg_attrdef a WHERE a.adrelid IN (SELECT oid FROM relations))
           + (SELECT pg_catalog.count(*) FROM pg_catalog.pg_rewrite w WHERE w.ev_class IN (SELECT oid FROM relations))
           + (SELECT pg_catalog.count(*) FROM pg_catalog.pg_policy p WHERE p.polrelid IN (SELECT oid FROM relations))
           + (SELECT pg_catalog.count(*)
              FROM pg_catalog.pg_statistic_ext s WHERE s.stxrelid IN (SELECT oid FROM relations))
           + (SELECT pg_catalog.count(*)
              FROM pg_catalog.pg_depend d
              JOIN pg_catalog.pg_namespace n ON n.oid = d.refobjid
              WHERE d.refclassid = 'pg_catalog.pg_namespace'::regclass AND n.nspname = ANY (%(schemas)s::text[])
                AND d.classid <> 'pg_catalog.pg_class'::regclass) AS dropped,
       pg_catalog.current_setting('max_locks_per_transaction')::integer AS each,
       -- The processes that the server allots room for: sessions, its own workers, prepared transactions.
       pg_catalog.current_setting('max_connections')::integer
           + pg_catalog.current_setting('max_prepared_transactions')::integer
           + pg_catalog.current_setting('max_worker_processes')::integer
           + pg_catalog.current_setting('max_wal_senders')::integer
           + COALESCE(pg_catalog.current_setting('autovacuum_worker_slots', true),
                      pg_catalog.current_setting('autovacuum_max_workers'))::integer AS processes
