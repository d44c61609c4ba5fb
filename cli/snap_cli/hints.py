"""Spell the parameters that an error names as flags of the command line. This is the only table of flags in hints."""

from __future__ import annotations

from collections.abc import Mapping

from snap.errors import Option, SnapError

_FLAGS: Mapping[Option, str] = {
    "as_of": "or restore without --as-of",
    "clone": "or restore without --clone",
    "config": "or name another file with --config",
    "db": "--db names the database",
    "exclude": "--exclude leaves tables out",
    "force": "to replace it, run: snap build VERSION --force",
    "foreign": "to restore it anyway, name it by its id and add --foreign",
    "jobs": "or restore without --jobs: that is one transaction",
    "lose": "or add --lose to drop them",
    "mask": "write it as --mask TABLE.COLUMN, or --mask SCHEMA.TABLE.COLUMN",
    "media": "to make them, run: snap build VERSION --media",
    "mode": "use --mode replace",
    "no_backup": "or add --no-backup to replace it without a backup",
    "out": "--out names another place",
    "parts": "or remove all shares of VERSION: snap rm VERSION --parts",
    "replace": "or add --force to replace it",
    "root": "--root DIR or $SNAP_ROOT names the project's folder",
    "scale": "--scale X, or --set TABLE=ROWS for one table",
    "set": "--set TABLE=ROWS for one table, or --scale X",
    "share": "run: snap build VERSION --parts K/N, with the same flags",
    "skip": "or leave out --skip backup, or name the steps with --only, which allows them without a backup",
    "strict": "or leave out --strict",
    "trust_code": "or add --trust-code, if you have read it and trust it",
    "yes": "or add --yes",
}


def hint(error: SnapError) -> str:
    """Return the advice of `error` with the flags of the command line."""
    return error.advice(_FLAGS)
