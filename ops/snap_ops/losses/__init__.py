"""Report what a night removed and did not bring back.

compare.py   two surveys of a database become losses
step.py      the steps survey, before the database is changed, and losses, after it
"""
