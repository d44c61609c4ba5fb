"""Postgres programs on this machine: the embedded server, pg_dump, and the users that they run as."""
