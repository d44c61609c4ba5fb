"""The optional parts of the distribution, and the error where one is missing."""

from __future__ import annotations

from typing import Literal, TypeAlias

from snap.errors import UsageError

Extra: TypeAlias = Literal["s3", "dask", "notify", "words"]


def install(extra: Extra) -> str:
    """Return the command that installs an extra."""
    return f"pip install 'snapgres[{extra}]'"


def missing(extra: Extra, library: str, what: str) -> UsageError:
    """Return the error that says which extra `what` needs, because `library` is not installed."""
    return UsageError(f"{library} is not installed, and {what} needs it", install(extra))
