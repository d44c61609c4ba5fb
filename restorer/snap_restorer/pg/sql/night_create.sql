-- include: own_schema
CREATE TABLE IF NOT EXISTS snap.night (
    id bigint PRIMARY KEY,
    holder text NOT NULL,  -- who runs it: host and process, for people
    token text NOT NULL,  -- which run of snap; only it may change the row
    started timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    heartbeat timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    backup text,  -- the backup to put back should the night be cut
    touched timestamptz,  -- when it began to change the database
    ended timestamptz,
    outcome text
);
COMMENT ON TABLE snap.night IS 'the lease and the journal of snap nightly: a row without an end is a night that runs or was cut';
