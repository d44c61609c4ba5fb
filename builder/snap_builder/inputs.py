"""Compute the inputs of a build from its parameters: rows of every table, proportions, seed and as-of. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction

from snap.errors import UsageError
from snap.manifest import Parameters
from snap_builder.dataset import Dataset, Inputs
from snap_builder.engine.calendar import midnight

_MOST_ROWS = 100_000_000  # a plan holds about 30 bytes a row, most of them on the disk
# Allow few digits only, because Fraction would compute 1e999999999.
_SCALE = re.compile(r"\s*[+-]?(\d{1,9}(\.\d{0,9})?|\.\d{1,9}|\d{1,9}/\d{1,9})(e[+-]?\d)?\s*", re.ASCII | re.IGNORECASE)
_FIRST_AS_OF = "1975-01-01"  # times count from 1970, and many words begin years before as-of
_LAST_AS_OF = "9000-01-01"


def make_inputs(dataset: Dataset, parameters: Parameters) -> Inputs:
    """Return the inputs of a build, which fix every value.

    Raise UsageError for an unknown table or profile, an impossible number of rows, or a day out of range.
    """
    if parameters.profile not in dataset.profiles:
        raise UsageError(
            f"dataset {dataset.name} has no profile {parameters.profile!r}",
            f"choose one of: {', '.join(dataset.profiles)}",
        )
    base = dataset.profiles[parameters.profile]
    scale = Fraction(parameters.scale)
    rows = {table: int(count * scale + Fraction(1, 2)) for table, count in base.items()}
    proportions = {table: Fraction(count) for table, count in base.items()}
    for table, count in parameters.sets:
        if table not in rows:
            raise UsageError(f"dataset {dataset.name} has no table {table!r}", f"its tables are: {', '.join(rows)}")
        rows[table], proportions[table] = count, count / scale
    for table, percent in dataset.ahead.items():
        proportions[table] *= Fraction(100 + percent, 100)
    _require_rows(dict(parameters.sets), parameters)  # shares of a table without rows cannot be computed
    rows = dict(dataset.settle(rows, proportions))
    huge = [f"{count:,} of {table}" for table, count in rows.items() if count > _MOST_ROWS]
    if huge:
        raise UsageError(
            f"{' and '.join(huge)} are more rows than a table may have",
            f"ask for at most {_MOST_ROWS:,} rows for each table",
        )
    _require_rows(rows, parameters)
    try:
        as_of = midnight(parameters.as_of)
    except ValueError:
        raise UsageError(f"{parameters.as_of!r} is not a date", "write it as 2026-11-01") from None
    if not _FIRST_AS_OF <= parameters.as_of <= _LAST_AS_OF:
        raise UsageError(
            f"as-of {parameters.as_of} is out of range", f"choose a day from {_FIRST_AS_OF} to {_LAST_AS_OF}"
        )
    return Inputs(rows=rows, proportions=proportions, seed=parameters.seed, as_of=as_of)


def _require_rows(rows: Mapping[str, int], parameters: Parameters) -> None:
    """Raise UsageError if a table would have no rows."""
    empty = [table for table, count in rows.items() if count < 1]
    if empty:
        cause = "ask for 1 or more rows" if empty[0] in dict(parameters.sets) else "choose a larger scale"
        raise UsageError(f"the build would make no rows of {', '.join(empty)}", cause, option="scale")


def parse_scale(text: str) -> str:
    """Return a scale (`2`, `0.5`, `1/3`) as a reduced fraction. Errors: UsageError."""
    try:
        scale = Fraction(text if _SCALE.fullmatch(text) else "")
    except (ValueError, ZeroDivisionError):
        raise UsageError(f"{text[:40]!r} is not a scale", "write a number or fraction in digits: 2, 0.5, 1/3") from None
    if scale <= 0:
        raise UsageError(f"scale {text} is not above 0", "write a positive number or fraction: 2, 0.5, 1/3")
    return str(scale)
