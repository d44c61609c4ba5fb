"""Run a rule's SQL for its answer: the number of offending rows, or one measured number.

Counts from disjoint sets of rows add up to the count for all rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

from snap.checks.rules import Rule
from snap.duck import QueryError, Views
from snap.errors import SnapshotError
from snap.manifest import Finding

_SHOWN = 3
_WIDTH = 80  # the most characters of a value that a detail shows
_MEMORY = "OutOfMemoryException"
P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Failure:
    """The result of a rule or statement that failed, with the reason."""

    reason: str

    @property
    def of_memory(self) -> bool:
        """Whether the rule or statement failed because its memory limit was too low."""
        return self.reason.startswith(_MEMORY)


@dataclass(frozen=True, slots=True)
class Counted:
    """The number of offending rows, and the first three of them in sort order, as texts."""

    count: int = 0
    columns: tuple[str, ...] = ()
    least: tuple[tuple[str | None, ...], ...] = ()


def attempt(work: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> T | Failure:
    """Return the result of `work`, or a Failure with the reason, because bad data are findings and not errors."""
    try:
        return work(*arguments, **options)
    except (QueryError, SnapshotError, ValueError, OverflowError) as error:  # pyarrow's ArrowInvalid is a ValueError
        reason = str(error).strip().splitlines()
        return Failure(reason[0] if reason and " " in reason[0] else f"{type(error).__name__} {error}")


def count(views: Views, rule: Rule) -> Counted:
    """Count a rule's offending rows. Errors: QueryError."""
    return added_up(_counted(views, sql) for sql in rule.statements)


def _counted(views: Views, sql: str) -> Counted:
    answer = views.query(
        "SELECT count(*) OVER () AS offending, COLUMNS(*)::VARCHAR "  # noqa: S608 - rules are code
        f"FROM ({sql}) ORDER BY ALL LIMIT {_SHOWN}"
    )
    number = int(answer.rows[0][0]) if answer.rows else 0
    return Counted(number, answer.columns[1:], tuple(row[1:] for row in answer.rows))


def added_up(answers: Iterable[Counted]) -> Counted:
    """Return the count for all rows, added up from the counts for disjoint sets of rows in any order."""
    whole = Counted()
    for answer in answers:
        least = sorted((*whole.least, *answer.least), key=_as_duckdb_sorts)[:_SHOWN]
        whole = Counted(whole.count + answer.count, whole.columns or answer.columns, tuple(least))
    return whole


def _as_duckdb_sorts(row: Sequence[str | None]) -> list[tuple[bool, str]]:
    return [(value is None, value or "") for value in row]


def offending(rule: Rule, answer: Counted | Failure) -> Finding:
    """Return the finding of a rule that counts offending rows."""
    if isinstance(answer, Failure):
        return failed(rule, answer)
    shown = "; ".join(_compact(answer.columns, row) for row in answer.least)
    return Finding(name=rule.name, ok=answer.count <= rule.limit, value=answer.count, limit=rule.limit, detail=shown)


def measure(views: Views, rule: Rule) -> Finding:
    """Return the finding of a rule that measures one number. Errors: QueryError."""
    answer = views.query(f"SELECT COLUMNS(*)::VARCHAR FROM ({rule.sql})")  # noqa: S608 - rules are code
    assert rule.between is not None
    low, high = rule.between
    if len(answer.rows) != 1 or answer.rows[0][0] is None:
        return Finding(
            name=rule.name, ok=False, value="nothing", limit=limit_of(rule), detail="there is nothing to measure"
        )
    # Four digits: sums of floats differ in their last bits between runs, and findings are part of the manifest.
    value = round(float(answer.rows[0][0]), 4)
    detail = _compact(answer.columns[1:], answer.rows[0][1:])
    return Finding(name=rule.name, ok=low <= value <= high, value=value, limit=limit_of(rule), detail=detail)


def failed(rule: Rule, failure: Failure) -> Finding:
    """Return the finding of a rule whose SQL failed."""
    return Finding(name=rule.name, ok=False, value="failed", limit=limit_of(rule), detail=failure.reason)


def limit_of(rule: Rule) -> int | str:
    """Return a rule's limit in the form that a finding records."""
    return rule.limit if rule.between is None else f"{rule.between[0]:g} to {rule.between[1]:g}"


def _compact(columns: Sequence[str], row: Sequence[str | None]) -> str:
    values = ("NULL" if value is None else str(value) for value in row)
    return ", ".join(
        f"{name}={value if len(value) <= _WIDTH else value[: _WIDTH - 1] + '…'}"
        for name, value in zip(columns, values, strict=True)
    )
