"""The run of all rules over the Parquet files alone. Bad data are findings, and never an error."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import pyarrow as pa

from snap import parquet
from snap.checks.generic import generic_rules
from snap.checks.rules import Rule, RuleSet
from snap.checks.size import database_bytes
from snap.digest import TableDigest, snapshot_digest
from snap.duck import QueryError, Views, literal, open_views, with_distinct_names
from snap.errors import CheckError, Option, SnapshotError
from snap.manifest import MEDIA, DataFile, Finding, Manifest, TableData

# Bytes that DuckDB may hold before it uses the disk. What needs more, such as a median of 10,000,000 numbers or the
# sums of 1,600 columns, runs again without a limit.
MEMORY = 128 << 20
_MEMORY = "OutOfMemoryException"
BUDGET = 50_000_000  # bytes that the snapshot and the database that it becomes may each have, exclusive
_SHOWN = 3
_WIDTH = 80  # characters of a value that a detail shows
P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Failure:
    """The result of a step that failed, and why it did."""

    reason: str


def check_files(
    manifest: Manifest,
    folder: Path,
    rules: RuleSet | None = None,
    *,
    enforce_budget: bool = False,
    volumes: Mapping[str, int] | None = None,
) -> tuple[Finding, ...]:
    """Check the files in `folder` against the manifest and the dataset's rules, and return all findings, good or bad.

    `volumes` are the rows that each table must have, by label; without, those that the manifest says. A budget that is
    not enforced is reported.
    """
    rules = rules or RuleSet()
    counted = {data.table.label: _try(_count, data, folder) for data in manifest.tables}
    readable = tuple(data for data in manifest.tables if not isinstance(counted[data.table.label], _Failure))
    findings = [_volume(data, counted[data.table.label], volumes) for data in manifest.tables]
    findings.append(_types(counted))
    # Digests are hashed in Python, rules run in DuckDB without the interpreter's lock: side by side.
    with ThreadPoolExecutor(1) as pool:
        digests = pool.submit(_digests, readable, manifest, folder)
        proved = _try(_prove, manifest, readable, folder, rules, enforce_budget, MEMORY)
        findings.append(digests.result())
    if isinstance(proved, _Failure):
        proved = [Finding(name="readable", ok=False, value="unreadable", limit="readable", detail=proved.reason)]
    return (*findings, *proved)


def require_sound(findings: Sequence[Finding], hint: str, *, option: Option | None = None) -> None:
    """Raise CheckError that names every failed finding."""
    failed = [finding for finding in findings if not finding.ok]
    if failed:
        shown = (f"{f.name} is {f.value}, limit {f.limit}" + (f" ({f.detail})" if f.detail else "") for f in failed)
        raise CheckError(f"{len(failed)} of {len(findings)} checks failed: {'; '.join(shown)}", hint, option=option)


def estimate_db_bytes(manifest: Manifest, folder: Path) -> int:
    """Estimate the bytes of the database that the snapshot becomes, indexes included. Errors: what DuckDB raises."""
    tables = with_distinct_names(manifest.tables)

    def estimate(memory: int | None) -> int:
        with open_views(replace(manifest, tables=tables), folder, memory=memory) as views:
            return database_bytes(views, tables)

    try:
        return estimate(MEMORY)
    except QueryError as error:
        if not str(error).startswith(_MEMORY):
            raise
        return estimate(None)


def _prove(
    manifest: Manifest,
    readable: Sequence[TableData],
    folder: Path,
    rules: RuleSet,
    enforce: bool,
    memory: int | None,
) -> list[Finding]:
    readable = with_distinct_names(readable)
    seen = replace(manifest, tables=tuple(readable))

    def prepare(views: Views) -> list[Finding]:
        if not rules.rules:
            return []
        _set_facts(views, manifest)
        return _prelude(views, rules)

    def run(step: Callable[[Views], T]) -> T | _Failure:
        result = _try(step, views)
        if not isinstance(result, _Failure) or not result.reason.startswith(_MEMORY):
            return result
        with open_views(seen, folder, rules.references) as unlimited:
            prepare(unlimited)
            return _try(step, unlimited)

    def judge(rule: Rule) -> Finding:
        answer = run(lambda views: (_measure if rule.between else _count_offending)(views, rule))
        if isinstance(answer, _Failure):
            return Finding(name=rule.name, ok=False, value="failed", limit=_limit(rule), detail=answer.reason)
        return answer

    with open_views(seen, folder, rules.references, memory=memory) as views:
        findings = [judge(rule) for rule in generic_rules(readable, manifest.enums, manifest.edges)]
        size = sum(_size(folder / file.path, file) for file in manifest.files)
        findings.append(_budget("snapshot_bytes", size, enforce))
        findings.append(_budget("database_bytes", run(lambda views: database_bytes(views, readable)), enforce))
        failed = prepare(views)
        if memory is not None and any(finding.detail.startswith(_MEMORY) for finding in failed):
            return _prove(manifest, readable, folder, rules, enforce, None)
        rows = {data.table.label: data.rows for data in manifest.tables}
        return findings + failed + [_skipped(rule, rows) or judge(rule) for rule in rules.rules]


def _set_facts(views: Views, manifest: Manifest) -> None:
    """Set the facts that rules may use: getvariable('as_of'), NULL for a captured snapshot, and table enum_labels."""
    parameters = manifest.parameters
    as_of = f"TIMESTAMPTZ {literal(str(date.fromisoformat(parameters.as_of)))}" if parameters else "NULL::TIMESTAMPTZ"
    views.execute(f"SET VARIABLE as_of = {as_of}")
    labels = [(enum.name, label) for enum in manifest.enums for label in enum.labels]
    columns = {"enum": [name for name, _ in labels], "label": [label for _, label in labels]}
    views.register("enum_labels", pa.table(columns, schema=pa.schema({"enum": pa.string(), "label": pa.string()})))


def _prelude(views: Views, rules: RuleSet) -> list[Finding]:
    """Create the views and macros that rules share. A failed statement is a finding; rules over it fail too."""
    failed = []
    for name, statement in rules.prelude:
        result = _try(views.execute, statement)
        if isinstance(result, _Failure):
            failed.append(Finding(name=f"prelude.{name}", ok=False, value="failed", limit="made", detail=result.reason))
    return failed


def _count(data: TableData, folder: Path) -> int:
    """Count a table's rows. Raise SnapshotError if a file cannot be read or holds other columns than declared."""
    if not data.table.stored:
        return data.rows  # no column, no file: the manifest alone knows
    paths = parquet.located(folder, (file.path for file in data.files))
    return sum(batch.num_rows for path in paths for batch in parquet.read(path, data.table, ()))


def _volume(data: TableData, counted: int | _Failure, volumes: Mapping[str, int] | None) -> Finding:
    wanted = data.rows if volumes is None else volumes.get(data.table.label, data.rows)
    name = f"rows.{data.table.label}"
    if isinstance(counted, _Failure):
        return Finding(name=name, ok=False, value="unknown", limit=wanted, detail=counted.reason)
    return Finding(name=name, ok=counted == wanted, value=counted, limit=wanted)


def _types(counted: Mapping[str, int | _Failure]) -> Finding:
    bad = [f"{label}: {why.reason}" for label, why in counted.items() if isinstance(why, _Failure)]
    return Finding(name="types", ok=not bad, value=len(bad), limit=0, detail="; ".join(bad[:_SHOWN]))


def _digests(readable: Sequence[TableData], manifest: Manifest, folder: Path) -> Finding:
    """Compute every table's digest from its files again, and the snapshot's from those of the tables."""
    bad = []
    for data in readable:
        digest = _try(_digest, data, folder)
        if isinstance(digest, _Failure):
            bad.append(f"{data.table.label}: {digest.reason}")
        elif digest != data.digest:
            bad.append(f"{data.table.label} is {digest}, not {data.digest}")
    digest_of_tables = snapshot_digest((data.table, data.rows, data.digest) for data in manifest.tables)
    if digest_of_tables != manifest.digest:
        bad.append(f"the snapshot's is {digest_of_tables}, not {manifest.digest}")
    return Finding(name="digests", ok=not bad, value=len(bad), limit=0, detail="; ".join(bad[:_SHOWN]))


def _digest(data: TableData, folder: Path) -> str:
    total = TableDigest(data.table)
    if not data.table.stored:
        total.update_empty(data.rows)
    for path in parquet.located(folder, (file.path for file in data.files)):
        for batch in parquet.read(path, data.table):
            total.update(batch)
    return total.hexdigest()


def _budget(name: str, size: int | _Failure, enforce: bool) -> Finding:
    if isinstance(size, _Failure):
        return Finding(name=name, ok=False, value="unknown", limit=BUDGET, detail=size.reason)
    detail = "" if enforce else "reported, not enforced"
    return Finding(name=name, ok=size < BUDGET or not enforce, value=size, limit=BUDGET, detail=detail)


def _size(path: Path, file: DataFile) -> int:
    """Return the size of a file; of media that are absent, the size that they would have."""
    return path.stat().st_size if path.is_file() else file.bytes if file.role == MEDIA else 0


def _skipped(rule: Rule, rows: Mapping[str, int]) -> Finding | None:
    few = [
        f"{needed} {table} (there are {rows.get(table, 0)})"
        for table, needed in rule.needs
        if rows.get(table, 0) < needed
    ]
    if not few:
        return None
    return Finding(name=rule.name, ok=True, value="skipped", limit=_limit(rule), detail=f"needs {' and '.join(few)}")


def _limit(rule: Rule) -> int | str:
    return rule.limit if rule.between is None else f"{rule.between[0]:g} to {rule.between[1]:g}"


def _count_offending(views: Views, rule: Rule) -> Finding:
    count, columns, first = 0, tuple[str, ...](), list[Sequence[Any]]()
    for sql in rule.statements:
        answer = views.query(
            "SELECT count(*) OVER () AS offending, COLUMNS(*)::VARCHAR "  # noqa: S608 - rules are code
            f"FROM ({sql}) ORDER BY ALL LIMIT {_SHOWN}"
        )
        count += int(answer.rows[0][0]) if answer.rows else 0
        columns = answer.columns[1:]
        first += [row[1:] for row in answer.rows]
    first.sort(key=lambda row: [(value is None, value or "") for value in row])  # as DuckDB sorts texts
    shown = "; ".join(_compact(columns, row) for row in first[:_SHOWN])
    return Finding(name=rule.name, ok=count <= rule.limit, value=count, limit=rule.limit, detail=shown)


def _measure(views: Views, rule: Rule) -> Finding:
    answer = views.query(f"SELECT COLUMNS(*)::VARCHAR FROM ({rule.sql})")  # noqa: S608 - rules are code
    assert rule.between is not None
    low, high = rule.between
    if len(answer.rows) != 1 or answer.rows[0][0] is None:
        return Finding(
            name=rule.name, ok=False, value="nothing", limit=_limit(rule), detail="there is nothing to measure"
        )
    # Four digits: sums of floats differ in their last bits between runs, and findings are part of the manifest.
    value = round(float(answer.rows[0][0]), 4)
    detail = _compact(answer.columns[1:], answer.rows[0][1:])
    return Finding(name=rule.name, ok=low <= value <= high, value=value, limit=_limit(rule), detail=detail)


def _compact(columns: Sequence[str], row: Sequence[Any]) -> str:
    values = ("NULL" if value is None else str(value) for value in row)
    return ", ".join(
        f"{name}={value if len(value) <= _WIDTH else value[: _WIDTH - 1] + '…'}"
        for name, value in zip(columns, values, strict=True)
    )


def _try(work: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> T | _Failure:
    """Return the result of `work`, or why it failed: bad data are findings."""
    try:
        return work(*arguments, **options)
    except (QueryError, SnapshotError, ValueError, OverflowError) as error:  # pyarrow's ArrowInvalid is a ValueError
        reason = str(error).strip().splitlines()
        return _Failure(reason[0] if reason and " " in reason[0] else f"{type(error).__name__} {error}")
