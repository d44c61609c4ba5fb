CREATE TABLE crew (
    id integer PRIMARY KEY, name text UNIQUE, boss integer REFERENCES crew ON DELETE SET NULL,
    notes integer NOT NULL DEFAULT 0
);
CREATE TABLE note (
    id uuid PRIMARY KEY, crew_id integer NOT NULL REFERENCES crew ON DELETE CASCADE, data jsonb, tags text[]
);
CREATE TABLE log (line text, n double precision);
CREATE FUNCTION counted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    UPDATE crew c SET notes = (SELECT count(*) FROM note n WHERE n.crew_id = c.id)
    WHERE c.id IN (NEW.crew_id, OLD.crew_id);
    RETURN NULL;
END $$;
CREATE TRIGGER counted AFTER INSERT OR UPDATE OR DELETE ON note FOR EACH ROW EXECUTE FUNCTION counted();
