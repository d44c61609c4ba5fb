"""Backups of a database in a folder or a bucket: what `snap backup` and the night's first step use.

repository.py  where backups lie: a folder, or a bucket that speaks S3
create.py      a backup made, verified and put back
retention.py   backups listed, found by name, and pruned by age
sealed.py      the record of one backup, as sealed JSON
step.py        section [backup] of snap.toml, and the step
"""
