"""Values between a snapshot's columns and Postgres, one module per direction."""
