"""How a night's record spells the parameters that an error names: as settings of snap.toml, or as a command to run."""

from __future__ import annotations

from collections.abc import Mapping

from snap.errors import Option, SnapError

_SETTINGS: Mapping[Option, str] = {
    "as_of": 'or write as_of = "snapshot" under [restore]',
    "force": "to replace it, run: snap build VERSION --force",
    "lose": "or put the backup back by hand: snap backup restore NAME --lose",
    "media": "to make them, run: snap build VERSION --media",
    "mode": "or empty the schemas first: name them under [reset]",
    "trust_code": "or write trust_code = true under [restore], if you have read it and trust it",
    "yes": "if it is, run by hand: snap restore VERSION --db URL --yes",
}


def hint(error: SnapError) -> str:
    """Return what to do about an error that ended a step."""
    return error.advice(_SETTINGS)
