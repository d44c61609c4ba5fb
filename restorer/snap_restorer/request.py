"""What a caller asks of a restore."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from snap_restorer.pg.guard import NO_GUARD, Guard

Mode = Literal["replace", "missing", "sync"]
Verify = Literal["counts", "full"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The options of one restore. `shift_days` is added to dates and times, `dated`: somebody asked for it; `jobs` is
    the number of connections; `strict` refuses to skip rows.
    """

    mode: Mode = "replace"
    verify: Verify | None = None
    jobs: int = 1
    shift_days: int = 0
    dated: bool = False
    strict: bool = False
    guard: Guard = NO_GUARD
    lock_timeout_s: float = 10
