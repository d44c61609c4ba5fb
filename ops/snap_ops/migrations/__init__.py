"""Run the migrations of a night: a folder of SQL, or a command of the team.

step.py           section [migrations] of snap.toml, and the step
after_restore.py  section [after_restore], and the step: SQL files without a history, and a command
team_command.py   a command as a step's work
commands.py       a command run to its end, its output without secrets
"""
