"""Whole databases as copies of kept templates, for restores and for tests."""
