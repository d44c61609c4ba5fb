"""Run one night: its steps in order, its lease and journal, and what happens if a step fails.

configure.py    from the sections of snap.toml to a pipeline
pipeline.py     what a night consists of, and what it would do
run.py          the steps, one after the other
recovery.py     a database put back, by the night that failed or by the next one
state.py        where a running night is, and its records
lease.py        one night at a time, by a lease in the database that heartbeats keep; it writes the journal
watch.py        what ends a step early: signals, limits of time, a lost lease
reset.py        steps of the night alone: reset, restore, diff; the others are rooms of their own
afterwards.py   the report and the notifications, whatever happened
"""
