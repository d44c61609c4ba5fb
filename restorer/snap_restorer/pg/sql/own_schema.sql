-- CREATE SCHEMA IF NOT EXISTS would want the right to create schemas also where it is there.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = 'snap') THEN
        CREATE SCHEMA snap;
        COMMENT ON SCHEMA snap IS 'what the program snap wrote into this database';
    END IF;
END
$$;
