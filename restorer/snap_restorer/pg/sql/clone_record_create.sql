CREATE SCHEMA IF NOT EXISTS snap;
CREATE TABLE snap.contents (fingerprint text NOT NULL, rows jsonb NOT NULL);
COMMENT ON TABLE snap.contents IS 'what restore --clone left: the definitions'' fingerprint, and the rows of every table';
