"""The migrations of a night: a folder of SQL, or a command of the team."""
