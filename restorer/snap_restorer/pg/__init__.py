"""The Postgres basics that all other packages use: target, session, catalog, guard, ledger and journal."""
