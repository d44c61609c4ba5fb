"""Backups of a database in a folder or a bucket: what `snap backup` and the night's first step use.

repository.py  where backups lie: a folder, or a bucket that speaks S3
copies.py      second copies
create.py      a backup made, verified and put back
origin.py      whose a backup is, and what is saved before one is put back
encryption.py  backups as age files
drill.py       a backup proved in a scratch database
dating.py      the date of a new backup, where clocks do not agree
keeping.py     which backups to keep
drill_step.py  the step that does so weekly
retention.py   backups listed, found by name, and pruned
sealed.py      the record of one backup, as sealed JSON
step.py        section [backup] of snap.toml, and the step
"""
