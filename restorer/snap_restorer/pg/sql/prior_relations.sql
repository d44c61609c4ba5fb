-- Schema and name of all that may hold rows, and of domains, but for the system's catalog; and whether the usual path
-- finds it without its schema.
SELECT n.nspname::pg_catalog.text, c.relname::pg_catalog.text,
       n.nspname::pg_catalog.text OPERATOR(pg_catalog.=) ANY (ARRAY['public', SESSION_USER, CURRENT_USER]::pg_catalog.text[])
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
WHERE c.oid OPERATOR(pg_catalog.>=) 12000  -- those below are the catalog's, which no ALTER changes
  AND c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p,m,f}'::pg_catalog."char"[])
  AND n.nspname OPERATOR(pg_catalog.!~) '^pg_(toast|temp)'
UNION ALL
SELECT n.nspname::pg_catalog.text, t.typname::pg_catalog.text,
       n.nspname::pg_catalog.text OPERATOR(pg_catalog.=) ANY (ARRAY['public', SESSION_USER, CURRENT_USER]::pg_catalog.text[])
FROM pg_catalog.pg_type t
JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) t.typnamespace
WHERE t.typtype OPERATOR(pg_catalog.=) 'd'
