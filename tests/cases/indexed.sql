CREATE SCHEMA "Other one";
CREATE TABLE a (id int, code text NOT NULL, n int);
ALTER TABLE a ADD CONSTRAINT "a key" PRIMARY KEY (id) INCLUDE (n) WITH (fillfactor = 70);
ALTER TABLE a ADD CONSTRAINT codes UNIQUE NULLS NOT DISTINCT (code) DEFERRABLE INITIALLY DEFERRED;
CREATE UNIQUE INDEX "by ""code" ON a (lower(code) COLLATE "C" text_pattern_ops DESC NULLS LAST)
    INCLUDE (n) WHERE n > -1;
CREATE INDEX expression ON a (n, (n * 2)) WITH (fillfactor = 50);
ALTER INDEX expression ALTER COLUMN 2 SET STATISTICS 321;
COMMENT ON INDEX expression IS 'it''s \ a "comment"';
CREATE INDEX brin ON a USING brin (n) WITH (pages_per_range = 7);
CREATE INDEX hash ON a USING hash (code);
COMMENT ON CONSTRAINT "a key" ON a IS 'the key'; COMMENT ON INDEX "a key" IS 'its index';
ALTER TABLE a CLUSTER ON "a key";
ALTER TABLE a REPLICA IDENTITY USING INDEX "a key";
CREATE TABLE "Other one".b (id int PRIMARY KEY, a int, up int);
ALTER TABLE "Other one".b ADD CONSTRAINT "to A" FOREIGN KEY (a) REFERENCES a (id) MATCH FULL
    ON UPDATE CASCADE ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE "Other one".b ADD CONSTRAINT up FOREIGN KEY (up) REFERENCES "Other one".b NOT VALID;
COMMENT ON CONSTRAINT "to A" ON "Other one".b IS 'points to a';
CREATE STATISTICS more (ndistinct) ON id, n FROM a;
