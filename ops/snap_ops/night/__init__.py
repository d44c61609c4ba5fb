"""Run one night: its steps in order, its lease and journal, and what happens if a step fails.

configure.py    from the sections of snap.toml to a pipeline
pipeline.py     what a night consists of, and what it would do
run.py          the steps, one after the other
recovery.py     puts a database back, in the night that failed or in the next one
state.py        the state of a running night, and its records
lease.py        one night at a time, by a lease in the database that heartbeats keep; it writes the journal
watch.py        ends a step early: on a signal, after its time limit, if the lease is lost
reset.py        a step of the night alone, as are restore.py and diff.py; other packages hold the other steps
afterwards.py   the report and the notifications, whatever happened
"""
