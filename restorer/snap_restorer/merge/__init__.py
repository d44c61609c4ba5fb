"""Modes missing and sync: what differs is found by keys and hashes, and only that travels."""
