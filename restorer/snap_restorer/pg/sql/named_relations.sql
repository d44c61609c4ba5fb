-- The relations that queries may name.
SELECT c.oid
FROM pg_catalog.pg_class c
WHERE c.oid OPERATOR(pg_catalog.>=) 16384
  AND c.relkind OPERATOR(pg_catalog.=) ANY ('{{r,p,v,m,f}}'::pg_catalog.char[])
  AND CASE WHEN c.relname OPERATOR(pg_catalog.~) '^[a-z_][a-z0-9_$]*$'
      THEN pg_catalog.lower(c.relname) OPERATOR(pg_catalog.=) ANY (
          pg_catalog.regexp_split_to_array(pg_catalog.lower({queries}), '[^a-z0-9_$]+'))
      ELSE pg_catalog.strpos({queries}, c.relname) OPERATOR(pg_catalog.>) 0
      END
