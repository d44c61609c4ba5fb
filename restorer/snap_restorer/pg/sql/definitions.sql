-- Indexes, keys and foreign keys of the tables as statements, and what else is NOT VALID (CHECKs, NOT NULL, and CHECKs of
-- domains among the columns' types): what drops each, what creates it exactly again, and why it is to stay where that
-- cannot be shown. `build` may run beside other builds on the same table, `attach` is quick,
-- or checks. Run with an empty search path, so that every name comes out qualified.
-- `table` and `to` name a partition's table, where that is among them, `partition` and `to_partition` itself; its indexes
-- are not listed, for they stay.
-- Columns that newer servers have (conperiod, conenforced) are read through to_jsonb.
WITH RECURSIVE tree AS (
    SELECT * FROM ROWS FROM (pg_catalog.unnest(%(oids)s::oid[]), pg_catalog.unnest(%(roots)s::oid[])) AS t (oid, root)
), relations AS (
    SELECT c.oid, n.nspname, c.relname, ARRAY[tn.nspname, t.relname] AS "table",
           CASE WHEN tree.oid <> tree.root THEN ARRAY[n.nspname, c.relname] END AS partition, tree.oid IS NOT NULL AS inside,
           pg_catalog.pg_has_role(c.relowner, 'USAGE') AS owned,
           pg_catalog.has_schema_privilege(n.oid, 'CREATE') AS creates,
           c.relkind, c.relkind = 'r' AND NOT c.relispartition AS plain
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN tree ON tree.oid = c.oid
    JOIN pg_catalog.pg_class t ON t.oid = COALESCE(tree.root, c.oid)
    JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
    WHERE c.relkind IN ('r', 'p', 'f')
), below AS (  -- what partitions, of either side, have of a foreign key
    SELECT k.oid, k.conparentid AS key, k.conname, k.conrelid, k.confrelid
    FROM pg_catalog.pg_constraint k
    WHERE k.contype = 'f' AND k.conparentid <> 0
    UNION ALL
    SELECT b.oid, k.conparentid, b.conname, b.conrelid, b.confrelid
    FROM below b
    JOIN pg_catalog.pg_constraint k ON k.oid = b.key AND k.conparentid <> 0
),
-- include: holders
, domains AS (  -- each such CHECK, and one of the tables that it binds
    SELECT h.key, pg_catalog.min(tree.root) AS root
    FROM holders h
    JOIN pg_catalog.pg_attribute a ON a.atttypid = h.type AND a.attnum > 0 AND NOT a.attisdropped
    JOIN tree ON tree.oid = a.attrelid
    GROUP BY 1
), indexes AS (
    SELECT i.*, x.relname AS index_name, x.reltablespace, k.oid AS constraint_oid, k.contype, k.conname,
           k.condeferrable, k.condeferred, (pg_catalog.to_jsonb(k) ->> 'conperiod')::boolean AS temporal,
           CASE WHEN x.reltablespace = 0 THEN '' ELSE s.spcname::text END AS tablespace
    FROM pg_catalog.pg_index i
    JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
    LEFT JOIN pg_catalog.pg_tablespace s ON s.oid = x.reltablespace
    LEFT JOIN pg_catalog.pg_constraint k ON k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')
    WHERE i.indrelid IN (SELECT tree.root FROM tree)
)
SELECT CASE WHEN i.constraint_oid IS NULL THEN 'index' ELSE 'key' END AS kind,
       i.indexrelid::bigint AS oid,
       r."table", i.index_name AS name,
       NULL::name[] AS "to", NULL::name[] AS partition, NULL::name[] AS to_partition, false AS partitioned,
       NULL::bigint AS relies_on,
       i.tablespace,
       false AS deferrable,
       CASE WHEN i.constraint_oid IS NULL THEN pg_catalog.format('DROP INDEX IF EXISTS %%I.%%I', r.nspname, i.index_name)
            ELSE pg_catalog.format('ALTER TABLE %%I.%%I DROP CONSTRAINT IF EXISTS %%I', r.nspname, r.relname, i.conname)
       END AS "drop",
       pg_catalog.array_remove(ARRAY[
           pg_catalog.pg_get_indexdef(i.indexrelid),
           pg_catalog.format('COMMENT ON INDEX %%I.%%I IS ', r.nspname, i.index_name)
               || pg_catalog.quote_literal(pg_catalog.obj_description(i.indexrelid, 'pg_class'))
       ], NULL) || COALESCE((
           SELECT pg_catalog.array_agg(pg_catalog.format('ALTER INDEX %%I.%%I ALTER COLUMN %%s SET STATISTICS %%s',
                                                         r.nspname, i.index_name, a.attnum, a.attstattarget)
                                       ORDER BY a.attnum)
           FROM pg_catalog.pg_attribute a
           WHERE a.attrelid = i.indexrelid AND a.attstattarget >= 0), '{}') AS build,
       pg_catalog.array_remove(ARRAY[
           CASE WHEN i.constraint_oid IS NOT NULL THEN pg_catalog.format(
               'ALTER TABLE %%I.%%I ADD CONSTRAINT %%I %%s USING INDEX %%I%%s%%s', r.nspname, r.relname, i.conname,
               CASE i.contype WHEN 'p' THEN 'PRIMARY KEY' ELSE 'UNIQUE' END, i.index_name,
               CASE WHEN i.condeferrable THEN ' DEFERRABLE' ELSE '' END,
               CASE WHEN i.condeferred THEN ' INITIALLY DEFERRED' ELSE '' END) END,
           CASE WHEN i.constraint_oid IS NOT NULL THEN
               pg_catalog.format('COMMENT ON CONSTRAINT %%I ON %%I.%%I IS ', i.conname, r.nspname, r.relname)
               || pg_catalog.quote_literal(pg_catalog.obj_description(i.constraint_oid, 'pg_constraint')) END,
           CASE WHEN i.indisclustered THEN
               pg_catalog.format('ALTER TABLE %%I.%%I CLUSTER ON %%I', r.nspname, r.relname, i.index_name) END,
           CASE WHEN i.indisreplident THEN pg_catalog.format(
               'ALTER TABLE %%I.%%I REPLICA IDENTITY USING INDEX %%I', r.nspname, r.relname, i.index_name) END
       ], NULL) AS attach,
       CASE WHEN NOT r.owned THEN 'another role owns its table'
            WHEN NOT r.creates THEN 'this role may not create in its schema'
            WHEN NOT r.plain THEN 'its table is partitioned or a partition'
            WHEN i.contype = 'x' THEN 'it is an exclusion constraint'
            WHEN i.temporal THEN 'it is a temporal key'
            WHEN NOT (i.indisvalid AND i.indisready AND i.indislive) THEN 'it is not valid'
            WHEN EXISTS (
                SELECT FROM pg_catalog.pg_trigger t WHERE t.tgconstraint = i.constraint_oid AND t.tgenabled <> 'O'
            ) THEN 'its checks are switched off'
            WHEN i.conname <> i.index_name THEN 'its index has another name'
            WHEN i.tablespace IS NULL OR NOT (i.tablespace = ''
                OR pg_catalog.has_tablespace_privilege(i.reltablespace, 'CREATE')) THEN 'this role may not use its tablespace'
            WHEN EXISTS (
                SELECT FROM pg_catalog.pg_depend d
                WHERE d.deptype IN ('e', 'x')
                  AND (d.classid, d.objid) IN (('pg_catalog.pg_class'::regclass, i.indexrelid),
                                               ('pg_catalog.pg_constraint'::regclass, i.constraint_oid))
            ) THEN 'it belongs to an extension'
            WHEN EXISTS (
                SELECT FROM pg_catalog.pg_depend d
                WHERE (d.refclassid, d.refobjid) IN (('pg_catalog.pg_class'::regclass, i.indexrelid),
                                                     ('pg_catalog.pg_constraint'::regclass, i.constraint_oid))
                  AND (d.classid, d.objid) <> ('pg_catalog.pg_class'::regclass, i.indexrelid)
                  AND d.classid <> 'pg_catalog.pg_trigger'::regclass  -- by which a deferrable key is checked
                  AND NOT (d.classid = 'pg_catalog.pg_constraint'::regclass
                           AND EXISTS (SELECT FROM pg_catalog.pg_constraint f WHERE f.oid = d.objid AND f.contype = 'f'))
            ) THEN 'a view or a function depends on it'
       END AS stays
FROM indexes i
JOIN relations r ON r.oid = i.indrelid

UNION ALL

SELECT 'foreign key', k.oid::bigint, r."table", k.conname, p."table", r.partition, p.partition, NOT (r.plain AND p.plain),
       k.conindid::bigint, '',
       k.condeferrable,
       pg_catalog.format('ALTER TABLE %%I.%%I DROP CONSTRAINT IF EXISTS %%I', r.nspname, r.relname, k.conname),
       '{}',
       -- One that was never validated still binds the rows that are loaded: those are checked, then it is as it was.
       CASE WHEN NOT k.convalidated AND COALESCE((pg_catalog.to_jsonb(k) ->> 'conenforced')::boolean, true)
                 AND r.inside THEN ARRAY[
           pg_catalog.format('ALTER TABLE %%I.%%I ADD CONSTRAINT %%I %%s', r.nspname, r.relname, k.conname,
               pg_catalog.regexp_replace(pg_catalog.pg_get_constraintdef(k.oid), ' NOT VALID$', '')),
           pg_catalog.format('ALTER TABLE %%I.%%I DROP CONSTRAINT %%I', r.nspname, r.relname, k.conname)
       ] ELSE '{}' END || pg_catalog.array_remove(ARRAY[
           pg_catalog.format('ALTER TABLE %%I.%%I ADD CONSTRAINT %%I %%s', r.nspname, r.relname, k.conname,
               pg_catalog.pg_get_constraintdef(k.oid)),
           pg_catalog.format('COMMENT ON CONSTRAINT %%I ON %%I.%%I IS ', k.conname, r.nspname, r.relname)
               || pg_catalog.quote_literal(pg_catalog.obj_description(k.oid, 'pg_constraint'))
       ], NULL),
       CASE WHEN NOT r.owned THEN 'another role owns its table'
            WHEN k.conparentid <> 0 THEN 'it is part of a foreign key of a partitioned table'
            WHEN NOT (r.plain AND p.plain) AND EXISTS (
                SELECT FROM below b WHERE b.key = k.oid AND b.conrelid <> k.conrelid AND b.confrelid = k.confrelid
                AND (b.conname <> k.conname OR pg_catalog.obj_description(b.oid, 'pg_constraint') IS NOT NULL)
            ) THEN 'partitions have it under another name or comment'
            WHEN NOT (r.plain AND p.plain) AND EXISTS (
                SELECT FROM pg_catalog.pg_constraint o
                WHERE o.contype = 'f' AND o.conparentid = 0 AND o.confrelid = k.confrelid AND o.oid <> k.oid
                  AND k.conrelid IN (SELECT a.relid FROM pg_catalog.pg_partition_ancestors(o.conrelid) AS a)
            ) THEN 'a partition has a foreign key of its own to the same table'
            WHEN NOT pg_catalog.has_table_privilege(p.oid, 'REFERENCES') THEN 'this role may not reference its parent'
            WHEN NOT p.owned THEN 'another role owns its parent'  -- dropping it would lock that table
            WHEN EXISTS (
                SELECT FROM pg_catalog.pg_trigger t WHERE t.tgconstraint = k.oid AND t.tgenabled <> 'O'
            ) OR NOT (r.plain AND p.plain) AND EXISTS (
                SELECT FROM below b JOIN pg_catalog.pg_trigger t ON t.tgconstraint = b.oid
                WHERE b.key = k.oid AND t.tgenabled <> 'O'
            ) THEN 'its checks are switched off'
            WHEN EXISTS (
                SELECT FROM pg_catalog.pg_depend d
                WHERE d.classid = 'pg_catalog.pg_constraint'::regclass AND d.objid = k.oid AND d.deptype IN ('e', 'x')
            ) THEN 'it belongs to an extension'
            WHEN EXISTS (
                SELECT FROM pg_catalog.pg_depend d
                WHERE d.refclassid = 'pg_catalog.pg_constraint'::regclass AND d.refobjid = k.oid
                  AND d.classid <> 'pg_catalog.pg_trigger'::regclass AND d.deptype NOT IN ('P', 'S')
            ) THEN 'something depends on it'
       END
FROM pg_catalog.pg_constraint k
JOIN relations r ON r.oid = k.conrelid
JOIN relations p ON p.oid = k.confrelid
WHERE k.contype = 'f' AND (r.inside OR p.inside)
  AND (k.conparentid = 0
       OR NOT EXISTS (SELECT FROM pg_catalog.pg_constraint up WHERE up.oid = k.conparentid
                      AND (NOT r.inside OR up.conrelid IN (SELECT tree.oid FROM tree))
                      AND (NOT p.inside OR up.confrelid IN (SELECT tree.oid FROM tree))))

UNION ALL

SELECT 'check', k.oid::bigint, r."table", k.conname, NULL, r.partition, NULL, false, NULL, '', false,
       pg_catalog.format('ALTER TABLE %%I.%%I DROP CONSTRAINT IF EXISTS %%I', r.nspname, r.relname, k.conname),
       '{}',
       pg_catalog.array_remove(ARRAY[
           pg_catalog.format('ALTER TABLE %%I.%%I ADD CONSTRAINT %%I %%s', r.nspname, r.relname, k.conname,
               pg_catalog.pg_get_constraintdef(k.oid)),
           pg_catalog.format('COMMENT ON CONSTRAINT %%I ON %%I.%%I IS ', k.conname, r.nspname, r.relname)
               || pg_catalog.quote_literal(pg_catalog.obj_description(k.oid, 'pg_constraint'))
       ], NULL),
       CASE WHEN NOT r.owned THEN 'another role owns its table'
            WHEN k.conparentid <> 0 OR k.coninhcount > 0 THEN 'it is inherited'
            WHEN NOT k.connoinherit AND EXISTS (
                WITH RECURSIVE heirs (oid) AS (
                    SELECT i.inhrelid FROM pg_catalog.pg_inherits i WHERE i.inhparent = k.conrelid
                    UNION
                    SELECT i.inhrelid FROM heirs h JOIN pg_catalog.pg_inherits i ON i.inhparent = h.oid
                )
                SELECT FROM heirs h
                JOIN pg_catalog.pg_class c ON c.oid = h.oid
                LEFT JOIN pg_catalog.pg_constraint o
                    ON o.conrelid = h.oid AND o.contype = k.contype AND o.conname = k.conname
                    AND NOT o.conislocal AND o.coninhcount = 1 AND NOT o.convalidated
                WHERE o.oid IS NULL OR NOT pg_catalog.pg_has_role(c.relowner, 'USAGE')
                   OR pg_catalog.obj_description(o.oid, 'pg_constraint') IS NOT NULL
            ) THEN 'tables that inherit it have it in another form, or another owner'
            WHEN EXISTS (
                SELECT FROM pg_catalog.pg_depend d
                WHERE (d.classid = 'pg_catalog.pg_constraint'::regclass AND d.objid = k.oid AND d.deptype IN ('e', 'x'))
                   OR (d.refclassid = 'pg_catalog.pg_constraint'::regclass AND d.refobjid = k.oid)
            ) THEN 'something depends on it, or it belongs to an extension'
       END
FROM pg_catalog.pg_constraint k
JOIN relations r ON r.oid = k.conrelid
WHERE k.contype IN ('c', 'n') AND NOT k.convalidated AND r.inside AND r.relkind <> 'f'
  AND COALESCE((pg_catalog.to_jsonb(k) ->> 'conenforced')::boolean, true)

UNION ALL

SELECT 'check', k.oid::bigint, r."table", k.conname, NULL, NULL, NULL, false, NULL, '', false,
       pg_catalog.format('ALTER DOMAIN %%I.%%I DROP CONSTRAINT IF EXISTS %%I', n.nspname, t.typname, k.conname),
       '{}',
       pg_catalog.array_remove(ARRAY[
           pg_catalog.format('ALTER DOMAIN %%I.%%I ADD CONSTRAINT %%I %%s', n.nspname, t.typname, k.conname,
               pg_catalog.pg_get_constraintdef(k.oid)),
           pg_catalog.format('COMMENT ON CONSTRAINT %%I ON DOMAIN %%I.%%I IS ', k.conname, n.nspname, t.typname)
               || pg_catalog.quote_literal(pg_catalog.obj_description(k.oid, 'pg_constraint'))
       ], NULL),
       CASE WHEN NOT pg_catalog.pg_has_role(t.typowner, 'USAGE') THEN 'another role owns its domain'
            WHEN EXISTS (
                SELECT FROM pg_catalog.pg_depend d
                WHERE d.deptype IN ('e', 'x')
                  AND (d.classid, d.objid) IN (('pg_catalog.pg_constraint'::regclass, k.oid),
                                               ('pg_catalog.pg_type'::regclass, t.oid))
            ) THEN 'it belongs to an extension'
       END
FROM domains
JOIN pg_catalog.pg_constraint k ON k.oid = domains.key
JOIN pg_catalog.pg_type t ON t.oid = k.contypid
JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
JOIN relations r ON r.oid = domains.root
ORDER BY 2
