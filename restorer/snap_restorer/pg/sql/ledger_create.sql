-- include: own_schema
CREATE TABLE IF NOT EXISTS snap.ledger (
    id bigint PRIMARY KEY,
    version text NOT NULL,
    digest text NOT NULL,
    as_of_shift_days integer NOT NULL,
    mode text NOT NULL,
    state text NOT NULL,
    rows jsonb NOT NULL,
    loaded_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    snap_version text NOT NULL
);
-- While state is loading: what is off the tables and has to come back.
ALTER TABLE snap.ledger ADD COLUMN IF NOT EXISTS unfinished jsonb;
