"""The optional parts of the distribution, and the error where one is missing."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal, TypeAlias

from snap.errors import UsageError

Extra: TypeAlias = Literal["s3", "dask", "notify", "words"]


# What a program that installs tools leaves in their environments, and the command that adds an extra there.
_RECEIPTS = {"uv-receipt.toml": "uv tool install", "pipx_metadata.json": "pipx install --force"}


def install(extra: Extra) -> str:
    """Return the command that installs an extra, in the words of what installed snap."""
    here = (command for receipt, command in _RECEIPTS.items() if (Path(sys.prefix) / receipt).exists())
    return f"{next(here, 'pip install')} 'snapgres[{extra}]'"


def missing(extra: Extra, library: str, what: str) -> UsageError:
    """Return the error that says which extra `what` needs, because `library` is not installed."""
    return UsageError(f"{library} is not installed, and {what} needs it", install(extra))
