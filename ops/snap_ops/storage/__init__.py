"""The bucket that rows name images of: after the step it holds exactly the snapshot's media below its prefix.

step.py      section [storage] of snap.toml, and the step
objects.py   what a bucket has to offer
mirror.py    which objects come and go; the work itself
s3.py        a bucket that speaks S3
supabase.py  a bucket behind Supabase's own REST API, where only a service key is at hand
"""

from snap_ops.storage.step import StorageSettings, StorageStep

__all__ = ["StorageSettings", "StorageStep"]
