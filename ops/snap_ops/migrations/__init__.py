"""The migrations of a night: a folder of SQL, or a command of the team.

step.py      section [migrations] of snap.toml, and the step
commands.py  a command run to its end, its output without secrets
"""
