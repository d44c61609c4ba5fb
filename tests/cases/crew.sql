CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TABLE crew (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL CHECK (name <> 'nobody'),
    boss bigint REFERENCES crew,
    loud text GENERATED ALWAYS AS (upper(name)) STORED,
    notes integer NOT NULL DEFAULT 0
);
CREATE TABLE note (
    id serial PRIMARY KEY, crew_id bigint NOT NULL REFERENCES crew, line varchar(20) NOT NULL, mood mood
);
CREATE FUNCTION counted() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN UPDATE crew SET notes = notes + 1 WHERE id = NEW.crew_id; RETURN NULL; END $$;
CREATE TRIGGER counted AFTER INSERT ON note FOR EACH ROW EXECUTE FUNCTION counted();
