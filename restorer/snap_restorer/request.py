"""What a caller asks of a restore."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Mode = Literal["replace", "missing", "sync"]
Verify = Literal["counts", "full"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The options of one restore. `shift_days` is added to dates and times, `dated`: somebody asked for it; `jobs` is
    the number of connections; `strict` refuses to skip rows.

    `protected` and `allowed` are the patterns of databases that snap_restorer.pg.guard reads.
    """

    mode: Mode = "replace"
    verify: Verify | None = None
    jobs: int = 1
    shift_days: int = 0
    dated: bool = False
    strict: bool = False
    yes: bool = False
    protected: tuple[str, ...] = ()
    allowed: tuple[str, ...] | None = None
    lock_timeout_s: float = 10
