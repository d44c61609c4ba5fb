"""Run the nights of a staging database: everything above the builder and the restorer, without any SQL for Postgres.

night/         one night: its steps in order, its lease and journal, and what happens when one fails
backup/        backups in a folder or a bucket: made, listed, put back, pruned
health/        whether a database is what its snapshot says, and answers in time
migrations/    a folder of SQL, or a command of the team
storage/       a bucket that holds exactly the snapshot's media
report/        a page and a record for each night
notify/        messages about how a night went
object_store/  buckets, through S3 or Supabase's REST API
step.py        a step of a night: its plan, its run, its result
summary.py     the words and numbers of a night, for the report and the messages
record.py      the record of a night, as values and as JSON

The package night imports the other packages, which do not import each other. All may import object_store, step, summary
and record.
"""
