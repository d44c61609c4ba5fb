"""The nightly: a staging database that is backed up, reset, restored, checked and reported on, by one command.

settings.py   a section of snap.toml as a dataclass: unknown keys refused, secrets as env:NAME
record.py     what a night did, as values; the report, the notification and the JSON are renderings of it
step.py       what a step of the night is
"""
