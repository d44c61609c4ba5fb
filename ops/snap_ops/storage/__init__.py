"""Make a bucket of images hold exactly the snapshot's media below its prefix.

step.py    section [storage] of snap.toml, and the step
mirror.py  plans and makes the uploads and deletions
"""

from snap_ops.storage.step import StorageSettings, StorageStep

__all__ = ["StorageSettings", "StorageStep"]
