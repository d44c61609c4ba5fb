"""Whether a database is what its snapshot says, and answers in time."""
