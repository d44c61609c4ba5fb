"""Whole databases as copies of kept templates, for `--clone` and for tests."""
