-- Whether the mark names this database of this server, in a table of the database's owner.
SELECT EXISTS (
    SELECT
    FROM snap.allowed a
    JOIN pg_catalog.pg_control_system() c ON a.system_identifier = c.system_identifier::pg_catalog.text
    JOIN pg_catalog.pg_database d ON d.datname = pg_catalog.current_database() AND a.database = d.oid::pg_catalog.int8
    JOIN pg_catalog.pg_class t ON t.oid = a.tableoid AND t.relowner = d.datdba
)
