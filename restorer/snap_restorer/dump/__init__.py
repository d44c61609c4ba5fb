"""Dump some schemas of a database, and restore them."""
