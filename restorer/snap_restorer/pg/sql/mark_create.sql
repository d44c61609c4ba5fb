-- The mark of this database, for its owner to make. Rows of other databases came with a copy.
-- include: own_schema
CREATE TABLE IF NOT EXISTS snap.allowed (
    system_identifier text NOT NULL,  -- of the server's cluster: initdb makes it
    database bigint NOT NULL,  -- the OID of the database
    allowed_by text NOT NULL,
    allowed_at timestamptz NOT NULL
);
COMMENT ON TABLE snap.allowed IS 'the database in this row may be changed by snap nightly and snap restore; snap db allow --revoke takes that back';
DELETE FROM snap.allowed;
INSERT INTO snap.allowed (system_identifier, database, allowed_by, allowed_at)
SELECT c.system_identifier::pg_catalog.text, d.oid::pg_catalog.int8, session_user, pg_catalog.clock_timestamp()
FROM pg_catalog.pg_control_system() c, pg_catalog.pg_database d
WHERE d.datname = pg_catalog.current_database()
