"""Check that a database holds its snapshot's data and answers in time.

settings.py   section [health] of snap.toml, and the rules and queries of a dataset and the team
check.py      facts of a database become findings
endpoints.py  checks over HTTP
step.py       the step of a night
"""
