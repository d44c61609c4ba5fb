"""Reading a live database, as one side of a diff or as a snapshot."""
