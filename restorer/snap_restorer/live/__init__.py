"""A live database read: as one side of a diff, and as a snapshot."""
