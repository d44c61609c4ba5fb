DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'case_reader') THEN CREATE ROLE case_reader; END IF;
END $$;
DO $$ BEGIN CREATE USER case_writer PASSWORD 'x'; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
SET default_tablespace = fast;
CREATE TABLE t (
    id int PRIMARY KEY USING INDEX TABLESPACE fast, name text COMPRESSION lz4 COLLATE "de-x-icu" NOT NULL
) TABLESPACE slow;
SET default_tablespace = '';
CREATE INDEX ON t (name COLLATE "en-US-x-icu");
ALTER TABLE t ALTER name SET COMPRESSION lz4;
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
CREATE POLICY readers ON t FOR SELECT TO case_reader, case_writer, case_nobody USING (true);
GRANT SELECT ON t TO case_reader;
CREATE FUNCTION backwards(int, int) RETURNS int LANGUAGE sql IMMUTABLE RETURN btint4cmp($2, $1);
CREATE OPERATOR CLASS backwards FOR TYPE int USING btree AS
    OPERATOR 1 >, OPERATOR 2 >=, OPERATOR 3 =, OPERATOR 4 <=, OPERATOR 5 <, FUNCTION 1 backwards(int, int);
CREATE INDEX ON t (id backwards);
