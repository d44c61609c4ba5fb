-- what: sequences that no default names: numbers that an application draws 50 at a time, that a trigger draws, and one that a
--   function draws and that was set and never called
-- expected: each goes on after a restore as it would have gone on in the source
-- link: https://github.com/quarkusio/quarkus/issues/31481
CREATE SEQUENCE pooled INCREMENT 50;
CREATE TABLE crate (id bigint PRIMARY KEY, label text);
INSERT INTO crate SELECT i, 'crate ' || i FROM generate_series(1, 120) AS i;
SELECT setval('pooled', 151);
CREATE SEQUENCE receipt_number;
CREATE TABLE receipt (id int PRIMARY KEY, number text UNIQUE);
CREATE FUNCTION number_receipt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.number := coalesce(NEW.number, 'R' || nextval('public.receipt_number'));
  RETURN NEW;
END $$;
CREATE TRIGGER number_receipt BEFORE INSERT ON receipt FOR EACH ROW EXECUTE FUNCTION number_receipt();
INSERT INTO receipt (id) SELECT i FROM generate_series(1, 20) AS i;
CREATE SEQUENCE ticket MINVALUE -10 START -10;
CREATE FUNCTION next_ticket() RETURNS bigint LANGUAGE sql AS $$ SELECT nextval('public.ticket') $$;
SELECT setval('ticket', 7, false);
