"""Dumps of some schemas, and putting them back."""
