"""Programs of Postgres on this machine: the embedded server, pg_dump, and whose they run as."""
