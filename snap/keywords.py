"""Spell the parameters that an error names as Python keyword arguments, in a note below the message.

The command line has its own table (snap_cli.hints), and so has the night (snap_ops.night.hints).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from snap.errors import Option, SnapError
from snap.redact import clean, scrub

_ARGUMENTS: Mapping[Option, str] = {
    "as_of": "or leave out as_of",
    "clone": "or use snap.restore() without clone=True",
    "db": "db= names the database",
    "exclude": "exclude= leaves tables out",
    "force": "to replace it, call snap.build('VERSION', force=True)",
    "jobs": "or leave out jobs: that is one transaction",
    "mask": "write it as masks=['TABLE.COLUMN'], or ['SCHEMA.TABLE.COLUMN']",
    "media": "to make them, call snap.build('VERSION', media=True)",
    "mode": "use mode='replace'",
    "parts": "or remove all shares of VERSION, with the command snap rm",
    "root": "root= or $SNAP_ROOT names the project's folder",
    "scale": "scale='X', or sets={'TABLE': ROWS} for one table",
    "set": "sets={'TABLE': ROWS} for one table, or scale='X'",
    "share": "call snap.build('VERSION', parts='K/N') with the same arguments",
    "strict": "or leave out strict",
    "trust_code": "or pass trust_code=True, if you have read it and trust it",
    "yes": "or pass yes=True",
}


@contextmanager
def hinted() -> Iterator[None]:
    """Add the hint as a note to every SnapError that leaves the block or the decorated function.

    Python prints notes below the message of an uncaught exception.
    """
    try:
        yield
    except SnapError as error:
        if advice := error.advice(_ARGUMENTS):
            error.add_note(f"hint: {clean(scrub(advice))}")
        raise
