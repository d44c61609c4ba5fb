"""The options of a restore or a clone."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Literal, get_args

from snap.errors import UsageError
from snap.manifest import Manifest
from snap_restorer.pg.guard import NO_GUARD, Guard

Mode = Literal["replace", "missing", "sync"]
Verify = Literal["counts", "full"]
_LONGEST_TIMEOUT_S = 86_400
_LONGEST_SHIFT_DAYS = 36_525  # a century


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The options of one restore.

    `mode` is "replace" for all rows, "missing" to insert the missing ones, or "sync" to write only the rows that
    differ. `strict` refuses if mode missing would skip rows. `as_of` moves all dates and times by the whole days
    between the snapshot's own day and `as_of`; without it the modes missing and sync move dates as the last restore
    did. `verify` compares only counts, or with "full" every table's digest; None is full for small tables. `guard` says
    which databases may be changed, and whether rows that snap did not put there may be replaced. `jobs` is the number
    of connections. With more than one a restore is quicker, but it consists of as many transactions that commit one
    after another: the ledger says `loading` meanwhile. With `dry_run` nothing is changed. `trust_code`: code of the
    snapshot may run with this session's rights, even a superuser's.
    """

    mode: Mode = "replace"
    verify: Verify | None = None
    jobs: int = 1
    as_of: datetime.date | None = None
    strict: bool = False
    dry_run: bool = False
    trust_code: bool = False
    guard: Guard = NO_GUARD
    lock_timeout_s: float = 10

    def require_possible(self) -> None:
        """Raise UsageError if these options exclude each other or are out of range."""
        if self.mode not in get_args(Mode):
            raise UsageError(f"there is no mode {self.mode!r}", f"modes are {', '.join(get_args(Mode))}")
        if self.verify not in {None, *get_args(Verify)}:
            raise UsageError(f"there is no verification {self.verify!r}", f"choose {' or '.join(get_args(Verify))}")
        if self.mode != "replace" and self.jobs > 1:
            raise UsageError(
                f"mode {self.mode} runs in one transaction; {self.jobs} connections are possible only in mode replace",
                option="jobs",
            )
        if self.jobs < 1:
            raise UsageError(f"jobs is {self.jobs}, not a number of connections", "set it to 1 or more")
        if not 0 < self.lock_timeout_s <= _LONGEST_TIMEOUT_S:
            raise UsageError(
                f"the lock timeout is {self.lock_timeout_s:g} s",
                f"set it to more than 0 and at most {_LONGEST_TIMEOUT_S} seconds",
            )


REQUEST = Request()  # replaces all rows, on one connection


def day(text: str | None, today: datetime.date) -> datetime.date | None:
    """Return the day that an as_of means. `now` and `today` mean the given UTC date. Errors: UsageError."""
    if text is None:
        return None
    if text.strip().lower() in {"now", "today"}:
        return today
    try:
        return datetime.date.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(f"{text!r} is not a date", "write now, or a date such as 2026-11-01", option="as_of") from None


def shift_days(manifest: Manifest, as_of: datetime.date | None) -> int:
    """Return the whole days from the snapshot's own day to `as_of`, 0 without it.

    Errors: UsageError for a day more than a century away.
    """
    if as_of is None:
        return 0
    own = own_day(manifest)
    days = (as_of - own).days
    if abs(days) > _LONGEST_SHIFT_DAYS:
        raise UsageError(
            f"{manifest.version} is as of {own}, and {as_of} is {abs(days):,} days away",
            f"choose a day within {_LONGEST_SHIFT_DAYS:,} days of that date",
            option="as_of",
        )
    return days


def own_day(manifest: Manifest) -> datetime.date:
    """Return the day that a dataset was made as of. For a captured snapshot, return the UTC day of its creation."""
    if manifest.parameters is not None:
        return datetime.date.fromisoformat(manifest.parameters.as_of)
    created = datetime.datetime.fromisoformat(manifest.created)
    return (created.astimezone(datetime.UTC) if created.tzinfo else created).date()
