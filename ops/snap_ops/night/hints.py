"""Write hints for the record of a night: parameters as settings of snap.toml, or as a command to run."""

from __future__ import annotations

from collections.abc import Mapping

from snap.errors import UNCHANGED, Option, SnapError

_SETTINGS: Mapping[Option, str] = {
    "as_of": 'or write as_of = "snapshot" under [restore]',
    "force": "to replace it, run: snap build VERSION --force",
    "lose": "or put the backup back by hand: snap backup restore NAME --lose",
    "media": "to make them, run: snap build VERSION --media",
    "mode": "or empty the schemas first: name them under [reset]",
    "no_backup": "or put the backup back by hand without one: snap backup restore NAME --no-backup",
    "trust_code": "or write trust_code = true under [restore], if you have read it and trust it",
    "yes": "if it is, run by hand: snap restore VERSION --db URL --yes",
}


def hint(error: SnapError, *, unchanged: bool = True) -> str:
    """Return what to do about an error that ended a step.

    If not `unchanged`, an earlier step has changed the database, so the hint does not say that it is unchanged.
    """
    words = error.advice(_SETTINGS)
    return words if unchanged or not error.unchanged else words.removesuffix(UNCHANGED).removesuffix("; ")
