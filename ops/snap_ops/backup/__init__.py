"""Back databases up into a folder or a bucket, for `snap backup` and for the night's first step.

repository.py  stores backups in a folder, or in a bucket that speaks S3
copies.py      second copies
create.py      makes, verifies and puts back a backup
origin.py      the database of a backup, and the safety backup before one is put back
encryption.py  backups as age files
drill.py       proves a backup in a scratch database
dating.py      the date of a new backup, if clocks differ
keeping.py     which backups to keep
drill_step.py  the step that runs a drill weekly
retention.py   lists, finds and prunes backups
sealed.py      the record of one backup, as sealed JSON
step.py        section [backup] of snap.toml, and the step
"""
