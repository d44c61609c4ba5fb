"""Backups of a database in a folder or a bucket."""
