-- Triggers of user-defined tables that fire when rows go in.
SELECT t.oid
FROM pg_catalog.pg_trigger t
JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) t.tgrelid
JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
WHERE NOT t.tgisinternal AND t.tgenabled OPERATOR(pg_catalog.<>) 'D' AND n.nspname OPERATOR(pg_catalog.<>) 'snap'
  AND t.tgtype::integer OPERATOR(pg_catalog.&) 4 OPERATOR(pg_catalog.<>) 0
