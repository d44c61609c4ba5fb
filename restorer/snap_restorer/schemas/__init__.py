"""Schemas emptied, and filled anew by migrations."""
