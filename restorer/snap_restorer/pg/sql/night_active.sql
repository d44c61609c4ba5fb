-- Whether to read or write snap.night would run code that somebody attached to it: whoever owns the table lends the
-- session's rights to it. A night itself makes a plain table. pg_get_expr waits for a lock on its table (Postgres 18): it
-- is asked of this one only, and names t.
SELECT t.relkind <> 'r' OR t.relispartition OR t.relhasrules
       OR EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE t.oid IN (i.inhrelid, i.inhparent))
       OR EXISTS (SELECT FROM pg_catalog.pg_policy p WHERE p.polrelid = t.oid)
       OR EXISTS (SELECT FROM pg_catalog.pg_trigger g WHERE g.tgrelid = t.oid)
       OR EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conrelid = t.oid AND k.contype NOT IN ('p', 'n'))
       OR EXISTS (SELECT FROM pg_catalog.pg_index i
                  WHERE i.indrelid = t.oid AND (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL))
       OR EXISTS (SELECT FROM pg_catalog.pg_attribute c
                  WHERE c.attrelid = t.oid AND c.attnum > 0 AND NOT c.attisdropped
                    AND c.atttypid NOT IN ('pg_catalog.int8'::regtype, 'pg_catalog.text'::regtype,
                                           'pg_catalog.timestamptz'::regtype))
       OR EXISTS (SELECT FROM pg_catalog.pg_attrdef d
                  WHERE d.adrelid = t.oid AND pg_catalog.pg_get_expr(d.adbin, t.oid) <> 'clock_timestamp()')
FROM pg_catalog.pg_class t
JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
WHERE n.nspname = 'snap' AND t.relname = 'night'
