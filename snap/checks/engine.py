"""The run of all rules over the Parquet files alone. Bad data are findings, never errors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

from snap import parquet, scratch
from snap.checks.answers import Failure, attempt, limit_of, offending
from snap.checks.each import Answers, Each, EachRow, Reader, plan_each
from snap.checks.facts import Facts, Limits
from snap.checks.generic import generic_rules, rules_of_rows
from snap.checks.reads import Readers
from snap.checks.rules import Rule, RuleSet
from snap.checks.whole import check_whole
from snap.digest import TableDigest, snapshot_digest
from snap.duck import with_distinct_names
from snap.errors import CheckError, Option
from snap.manifest import MEDIA, DataFile, Finding, Manifest, TableData
from snap.progress import Progress, Silent, phase
from snap.units import measured, reasons

# Bytes that DuckDB may hold before it uses the disk. A query that needs more, such as a median of 10,000,000 numbers or
# sums of 1,600 columns, runs again with a higher limit, and at last without a limit.
MEMORY = 128 << 20
_MORE = 4  # the factor from one limit to the next
BUDGET = 50_000_000  # bytes that the snapshot and the database that it becomes may each have, exclusive
_SHOWN = 3
Late: TypeAlias = Mapping[str, frozenset[str]]  # columns that files get later than others, by table
NONE: Late = MappingProxyType({})


def check_files(
    manifest: Manifest,
    folder: Path,
    rules: RuleSet | None = None,
    *,
    enforce_budget: bool = False,
    volumes: Mapping[str, int] | None = None,
    rows: EachRow | None = None,
    progress: Progress | None = None,
) -> tuple[Finding, ...]:
    """Check the files in `folder` against the manifest and the dataset's rules, and return all findings.

    `volumes` are the required numbers of rows by table label. The manifest's numbers are the default. A budget that is
    not enforced is only reported. `rows` holds the answers of the rules about single rows, if all files were read
    already.
    """
    rules, progress = rules or RuleSet(), progress or Silent()
    counted = {data.table.label: attempt(_count, data, folder) for data in manifest.tables}
    readable = tuple(data for data in manifest.tables if not isinstance(counted[data.table.label], Failure))
    findings = [_volume(data, counted[data.table.label], volumes) for data in manifest.tables]
    findings.append(_types(counted))
    # Digests are hashed in Python and rules run in DuckDB, which releases the interpreter's lock: both run in parallel.
    with ThreadPoolExecutor(1) as pool:
        digests = pool.submit(_digests, readable, manifest, folder)
        proved = attempt(_prove, manifest, readable, folder, rules, enforce_budget, rows, progress)
        with phase(progress, "digest values"):
            findings.append(digests.result())
    if isinstance(proved, Failure):
        proved = [Finding(name="readable", ok=False, value="unreadable", limit="readable", detail=proved.reason)]
    return (*findings, *proved)


@contextmanager
def reading_each(
    facts: Facts, tables: Sequence[TableData], files: Iterable[str], late: Late = NONE, *, lacking: bool = False
) -> Iterator[EachRow]:
    """Lend an EachRow that reads `files` of some tables while they are written, for the rules about single rows.

    `late` are columns that files get only later, and `lacking` says that `files` do not have them yet. Then the rules
    that read them are not run.
    """
    rules = _Rules(facts, tables, late)
    with scratch.folder() as saves:
        located = parquet.located(facts.folder, files)
        opened = partial(Reader, facts, rules.tables, saves=saves, limits=_limits(), later=located)
        each = EachRow(rules.early() if lacking else rules.all(), rules.rest, opened, saves=saves)
        try:
            yield each
        finally:
            each.close()


def read_each(
    facts: Facts, tables: Sequence[TableData], label: str, file: DataFile, stem: str, late: Late = NONE
) -> Answers:
    """Answer the rules about single rows for one file of a table, which lacks the `late` columns.

    Extracts are written to files in the same folder, whose names begin with `stem`.
    """
    rules = _Rules(facts, tables, late)
    reader = Reader(facts, rules.tables, saves=facts.folder, limits=_limits())
    try:
        return reader.read(rules.early()[label], (file,), stem)
    finally:
        reader.close()


def _limits() -> Limits:
    return (MEMORY, _MORE * MEMORY, None)


class _Rules:
    """The rules about single rows of some tables, and which of them read the `late` columns."""

    def __init__(self, facts: Facts, tables: Sequence[TableData], late: Late) -> None:
        self.tables = with_distinct_names(tables)
        self._facts, self._readers = facts, Readers(facts.rules.prelude)
        self._named = dict(zip((data.table.label for data in tables), self.tables, strict=True))
        self._late = {
            data.table.label: frozenset(
                renamed.name
                for column, renamed in zip(data.table.columns, named.table.columns, strict=True)
                if column.name in late.get(data.table.label, ())
            )
            for data, named in zip(tables, self.tables, strict=True)
        }

    def all(self) -> dict[str, Each]:
        return self._plan(lambda *_: True)

    def early(self) -> dict[str, Each]:
        """Return the rules that do not read late columns, for files without these columns."""
        plans = self._plan(lambda label, sql: not self._reads_late(label, sql))
        return {label: replace(plan, lacks=self._late[label]) for label, plan in plans.items()}

    def rest(self) -> dict[str, Each]:
        """Return the rules that read late columns."""
        return self._plan(self._reads_late)

    def _plan(self, runs: Callable[[str, str], bool]) -> dict[str, Each]:
        every = partial(rules_of_rows, enums=self._facts.enums)
        return plan_each(self._named, every, self._facts.rules, runs)

    def _reads_late(self, label: str, sql: str) -> bool:
        return self._readers.may_read(sql, self._named[label].table.name, self._late[label])


def require_sound(findings: Sequence[Finding], hint: str, *, option: Option | None = None) -> None:
    """Raise CheckError that names every failed finding, if there is one."""
    failed = [finding for finding in findings if not finding.ok]
    if failed:
        message = reasons(f"{len(failed)} of {len(findings)} checks failed", map(_failure, failed))
        raise CheckError(message, hint, option=option)


def _failure(finding: Finding) -> str:
    if not finding.measured:
        return f"{finding.name} {finding.value}: {finding.detail}"
    detail = f" ({finding.detail})" if finding.detail else ""
    value, limit = (measured(finding.name, given) for given in (finding.value, finding.limit))
    return f"{finding.name} is {value}, limit {limit}{detail}"


def _prove(
    manifest: Manifest,
    readable: Sequence[TableData],
    folder: Path,
    rules: RuleSet,
    enforce: bool,
    each: EachRow | None,
    progress: Progress,
) -> list[Finding]:
    """Run all rules: first those about single rows, a few files at a time, then those that need all rows."""
    as_of = manifest.parameters.as_of if manifest.parameters else None
    facts = Facts(rules=rules, folder=folder, enums=manifest.enums, as_of=as_of)
    tables = with_distinct_names(readable)
    generic = generic_rules(tables, manifest.enums, manifest.edges)
    rows = {data.table.label: data.rows for data in manifest.tables}
    skipped = {rule.name: few for rule in rules.rules if (few := _skipped(rule, rows)) is not None}
    whole = [rule for rule in (*generic, *rules.rules) if not rule.each and rule.name not in skipped]
    with ExitStack() as stack:
        with phase(progress, "check each row"):
            if each is None:
                files = [file.path for data in readable for file in data.files]
                each = stack.enter_context(reading_each(facts, readable, files))
                for data in readable:
                    for file in data.files:
                        each.add(data.table.label, file)
            answers = each.answers()
        found, database, unmade = check_whole(facts, whole, tables, answers.saved, _limits(), progress)

    def judge(rule: Rule) -> Finding:
        if not rule.each:
            return found[rule.name]
        absent = sorted(set(rule.each) - rows.keys() - {data.table.label for data in tables})
        return offending(rule, Failure(f"there is no table {absent[0]}") if absent else answers.of(rule.name))

    size = sum(_size(folder / file.path, file) for file in manifest.files)
    budgets = [_budget("snapshot_bytes", size, enforce), _budget("database_bytes", database, enforce)]
    failed = [
        Finding(name=f"prelude.{name}", ok=False, value="failed", limit="made", detail=failure.reason)
        for name, failure in (answers.failed | unmade).items()
    ]
    own = [skipped.get(rule.name) or judge(rule) for rule in rules.rules]
    return [*map(judge, generic), *budgets, *failed, *own]


def _count(data: TableData, folder: Path) -> int:
    """Count a table's rows. Raise SnapshotError if a file cannot be read or has other columns than declared."""
    if not data.table.stored:
        return data.rows  # a table without columns has no file: only the manifest has its number of rows
    paths = parquet.located(folder, (file.path for file in data.files))
    return sum(batch.num_rows for path in paths for batch in parquet.read(path, data.table, ()))


def _volume(data: TableData, counted: int | Failure, volumes: Mapping[str, int] | None) -> Finding:
    wanted = data.rows if volumes is None else volumes.get(data.table.label, data.rows)
    name = f"rows.{data.table.label}"
    if isinstance(counted, Failure):
        return Finding(name=name, ok=False, value="unknown", limit=wanted, detail=counted.reason)
    return Finding(name=name, ok=counted == wanted, value=counted, limit=wanted)


def _types(counted: Mapping[str, int | Failure]) -> Finding:
    bad = [f"{label}: {why.reason}" for label, why in counted.items() if isinstance(why, Failure)]
    return Finding(name="types", ok=not bad, value=len(bad), limit=0, detail="; ".join(bad[:_SHOWN]))


def _digests(readable: Sequence[TableData], manifest: Manifest, folder: Path) -> Finding:
    """Compute every table's digest from its files, and the snapshot's digest from the tables' recorded digests."""
    bad = []
    for data in readable:
        digest = attempt(_digest, data, folder)
        if isinstance(digest, Failure):
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


def _budget(name: str, size: int | Failure, enforce: bool) -> Finding:
    if isinstance(size, Failure):
        return Finding(name=name, ok=False, value="unknown", limit=BUDGET, detail=size.reason)
    detail = "" if enforce else "reported, not enforced"
    return Finding(name=name, ok=size < BUDGET or not enforce, value=size, limit=BUDGET, detail=detail)


def _size(path: Path, file: DataFile) -> int:
    """Return the size of a file. Absent media count with the size that the manifest records."""
    return path.stat().st_size if path.is_file() else file.bytes if file.role == MEDIA else 0


def _skipped(rule: Rule, rows: Mapping[str, int]) -> Finding | None:
    few = [
        f"{needed} {table} (there are {rows.get(table, 0)})"
        for table, needed in rule.needs
        if rows.get(table, 0) < needed
    ]
    if not few:
        return None
    return Finding(name=rule.name, ok=True, value="skipped", limit=limit_of(rule), detail=f"needs {' and '.join(few)}")
