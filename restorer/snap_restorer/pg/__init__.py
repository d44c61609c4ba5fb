"""What every way of working asks of Postgres: the target, its session and catalog, the guard, ledger and journal."""
