"""Report the rows, objects and privileges that a night removed and did not bring back.

compare.py   compares two surveys of a database step.py      the steps survey, before the database is changed, and
losses, after it
"""
