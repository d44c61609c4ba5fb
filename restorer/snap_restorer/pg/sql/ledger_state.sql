-- What this role may do with snap.ledger, or another table of snap's, and whether it is to be believed: only where
-- nobody but this role, the database's owner and superusers owns or may write the table or its schema, and where to read
-- and write the table runs no code (no trigger, rule, policy, check, user-defined type, nor any default but that of
-- loaded_at).
WITH ledger AS (
    SELECT n.oid AS schema_oid, n.nspowner, n.nspacl, t.*
    FROM pg_catalog.pg_namespace n
    LEFT JOIN pg_catalog.pg_class t ON t.relnamespace = n.oid AND t.relname = {table}
    WHERE n.nspname = 'snap'
), trusted AS (
    SELECT r.oid
    FROM pg_catalog.pg_roles r
    JOIN pg_catalog.pg_database d ON d.datname = pg_catalog.current_database()
    WHERE r.rolsuper OR r.oid = d.datdba OR r.rolname IN (current_user, 'pg_database_owner')
), writers AS (
    SELECT nspowner AS role FROM ledger
    UNION SELECT relowner FROM ledger WHERE oid IS NOT NULL
    UNION SELECT a.grantee FROM ledger l, pg_catalog.aclexplode(l.nspacl) a WHERE a.privilege_type = 'CREATE'
    UNION SELECT a.grantee FROM ledger l, pg_catalog.aclexplode(l.relacl) a
        WHERE a.privilege_type IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER')
    UNION SELECT a.grantee
        FROM ledger l
        JOIN pg_catalog.pg_attribute c ON c.attrelid = l.oid, pg_catalog.aclexplode(c.attacl) a
        WHERE a.privilege_type IN ('INSERT', 'UPDATE')
    UNION SELECT m.member
        FROM pg_catalog.pg_auth_members m
        JOIN pg_catalog.pg_roles w ON w.oid = m.roleid AND w.rolname = 'pg_write_all_data'
        WHERE EXISTS (SELECT FROM ledger)
), active AS (
    SELECT l.oid
    FROM ledger l
    WHERE l.oid IS NOT NULL
      AND (l.relkind <> 'r' OR l.relispartition OR l.relhassubclass OR l.relhasrules OR l.relrowsecurity
           OR EXISTS (SELECT FROM pg_catalog.pg_trigger t WHERE t.tgrelid = l.oid)
           OR EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhrelid = l.oid)
           OR EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conrelid = l.oid AND k.contype NOT IN ('p', 'n'))
           OR EXISTS (SELECT FROM pg_catalog.pg_index i
                      WHERE i.indrelid = l.oid AND (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL))
           OR EXISTS (SELECT FROM pg_catalog.pg_attribute c
                      WHERE c.attrelid = l.oid AND c.attnum > 0 AND NOT c.attisdropped
                        AND (c.atthasdef AND c.attname <> 'loaded_at'
                             OR c.atttypid NOT IN ('pg_catalog.int4'::regtype, 'pg_catalog.int8'::regtype,
                                                   'pg_catalog.text'::regtype, 'pg_catalog.jsonb'::regtype,
                                                   'pg_catalog.timestamptz'::regtype))))
), belief AS (
    SELECT NOT EXISTS (SELECT role FROM writers EXCEPT SELECT oid FROM trusted)
           AND NOT EXISTS (SELECT FROM active) AS believed
)
SELECT a.attnum IS NOT NULL AS complete,
       b.believed AND COALESCE(pg_catalog.has_schema_privilege(l.schema_oid, 'USAGE')
           AND pg_catalog.has_table_privilege(l.oid, 'SELECT'), false) AS readable,
       b.believed AND CASE
            WHEN l.oid IS NOT NULL THEN pg_catalog.has_schema_privilege(l.schema_oid, 'USAGE')
                AND pg_catalog.has_table_privilege(l.oid, 'INSERT')
            WHEN l.schema_oid IS NOT NULL THEN pg_catalog.has_schema_privilege(l.schema_oid, 'USAGE, CREATE')
                AND pg_catalog.has_schema_privilege(l.schema_oid, 'CREATE')
            ELSE pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE')
       END AS writable
FROM belief b
LEFT JOIN ledger l ON true
LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = l.oid AND a.attname = 'unfinished' AND NOT a.attisdropped
