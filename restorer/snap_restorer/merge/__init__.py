"""Modes missing and sync: keys and hashes show which rows differ, and only those rows travel."""
