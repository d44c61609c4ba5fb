"""The optional parts (extras) of the distribution, and the error for a missing one."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal, TypeAlias

from snap.errors import UsageError

Extra: TypeAlias = Literal["s3", "dask", "notify", "words"]


# The receipt file that each tool installer leaves in an environment, and its command that adds an extra.
_RECEIPTS = {"uv-receipt.toml": "uv tool install", "pipx_metadata.json": "pipx install --force"}


def install(extra: Extra) -> str:
    """Return the command that installs an extra with the tool that installed snap."""
    here = (command for receipt, command in _RECEIPTS.items() if (Path(sys.prefix) / receipt).exists())
    return f"{next(here, 'pip install')} 'snapgres[{extra}]'"


def missing(extra: Extra, library: str, what: str) -> UsageError:
    """Return the error for a `library` that is not installed. The error names the `extra` that `what` needs."""
    return UsageError(f"{library} is not installed, and {what} needs it", install(extra))
