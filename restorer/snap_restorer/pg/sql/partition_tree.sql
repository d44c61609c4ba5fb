-- Some tables and all their partitions, each with the table of these that it belongs to, and the columns that choose
-- among its own partitions: those depend on it. Takes no lock.
WITH RECURSIVE tree (oid, root) AS (
    SELECT o, o FROM pg_catalog.unnest(%(oids)s::oid[]) AS o
    UNION
    SELECT i.inhrelid, tree.root
    FROM pg_catalog.pg_inherits i
    JOIN tree ON tree.oid = i.inhparent
    JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid AND c.relispartition
    WHERE i.inhrelid <> ALL (%(oids)s::oid[])
)
SELECT tree.oid::bigint AS oid, tree.root::bigint AS root,
       ARRAY(SELECT a.attname::text
             FROM pg_catalog.pg_depend d
             JOIN pg_catalog.pg_attribute a ON a.attrelid = d.objid AND a.attnum = d.objsubid
             WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = tree.oid
               AND d.refclassid = d.classid AND d.refobjid = d.objid AND d.refobjsubid = 0 AND d.deptype = 'i') AS routing
FROM tree
