"""Rules about single rows, run on a few files of one table at a time, so that memory does not grow with the rows.

While the rows of one table are read, all other tables are empty. Shared statements that depend on rows are run again
for each group of files and undone after it. All other shared statements run once.
"""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from snap.checks.answers import Counted, Failure, added_up, attempt, count
from snap.checks.facts import Facts, Limits, make
from snap.checks.needs import dependent, needed, query_of
from snap.checks.rules import Rule, RuleSet, Statement
from snap.duck import Views, quote
from snap.manifest import DataFile, TableData

_ROWS = 1 << 15  # small files are read together up to so many: each read costs about 1 s with WorldChef's rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Each:
    """The rules and the prelude statements to run on the rows of one table.

    `shared` are the statements that the rules need and that read tables. `extracts` names the shared statements whose
    rows are kept. `fixed` are the needed statements that read no table. `lacks` are the columns that the files lack.
    """

    data: TableData
    rules: tuple[Rule, ...]
    fixed: tuple[Statement, ...]
    shared: tuple[Statement, ...]
    extracts: tuple[str, ...]
    lacks: frozenset[str] = frozenset()

    def of(self, files: tuple[DataFile, ...]) -> TableData:
        """Return the table as some of its files hold it."""
        rows = sum(file.rows or 0 for file in files) if self.data.table.stored else self.data.rows
        return replace(self.data, table=self.data.table.without(self.lacks), rows=rows, files=files)


@dataclass(slots=True)
class Answers:
    """The answers by rule name, the failed statements by name, and the files that hold each extract's rows."""

    counted: dict[str, list[Counted | Failure]] = field(default_factory=lambda: defaultdict(list))
    failed: dict[str, Failure] = field(default_factory=dict)
    saved: dict[str, list[Path]] = field(default_factory=lambda: defaultdict(list))

    def of(self, rule: str) -> Counted | Failure:
        """Return the answer of the rule with this name over all rows of all tables."""
        answers = self.counted.get(rule) or [Failure("no rows were read")]
        failures = [answer for answer in answers if isinstance(answer, Failure)]
        return failures[0] if failures else added_up(each for each in answers if isinstance(each, Counted))

    @property
    def short_of_memory(self) -> bool:
        """Whether a rule or statement failed because its memory limit was too low."""
        answers = [*self.failed.values(), *(answer for each in self.counted.values() for answer in each)]
        return any(isinstance(answer, Failure) and answer.of_memory for answer in answers)

    def add(self, others: Answers) -> None:
        """Add the answers that the same rules gave for other rows."""
        for name, counted in others.counted.items():
            self.counted[name] += counted
        for name, paths in others.saved.items():
            self.saved[name] += paths
        self.failed = others.failed | self.failed


def plan_each(
    tables: Mapping[str, TableData],
    every: Callable[[TableData], tuple[Rule, ...]],
    rules: RuleSet,
    runs: Callable[[str, str], bool],
) -> dict[str, Each]:
    """Return what to run on each table's rows: rules that `every` returns for the table, and the dataset's rules.

    `runs` chooses rules and extracts by the table's label and their SQL.
    """
    whole = needed(rules.prelude, [rule.sql for rule in rules.rules if not rule.each])
    names, plans = [data.table.name for data in tables.values()], {}
    for label, data in tables.items():
        asked = [*every(data), *(rule for rule in rules.rules if label in rule.each)]
        own = [rule for rule in asked if runs(label, rule.sql)]
        extracts = [each.name for each in whole if each.extract == label and runs(label, query_of(each))]
        statements = needed(rules.prelude, [*extracts, *(rule.sql for rule in own)])
        shared = dependent(statements, names)
        plans[label] = Each(
            data=data,
            rules=tuple(own),
            fixed=tuple(statement for statement in statements if statement not in shared),
            shared=tuple(shared),
            extracts=tuple(extracts),
        )
    return plans


class Reader:
    """Runs rules on files of `tables` in a DuckDB of its own, one call at a time.

    `later` are the files that this DuckDB may read. `saves` is a folder that this DuckDB may read and write.
    """

    def __init__(
        self, facts: Facts, tables: Iterable[TableData], *, saves: Path, limits: Limits, later: Sequence[Path] = ()
    ) -> None:
        self._facts, self._saves, self._later = facts, saves, later
        self._empty = [replace(data, rows=0, files=()) for data in tables]
        self._stack = ExitStack()
        self._further = limits[1:]
        self._views = self._stack.enter_context(self._opened(limits[0]))
        self._made: dict[Statement, Failure | None] = {}

    def read(self, plan: Each, files: tuple[DataFile, ...], stem: str) -> Answers:
        """Answer a table's rules for the rows in some of its files, and write extracts to files named after `stem`."""
        kept = {name: self._saves / f"{stem}-{name}.parquet" for name in plan.extracts}
        missing = [statement for statement in plan.fixed if statement not in self._made]
        failed = make(self._views, missing)
        self._made |= {statement: failed.get(statement.name) for statement in missing}
        found = _answer(self._views, plan, files, self._facts.folder, kept)
        found.failed |= {each.name: failure for each in plan.fixed if (failure := self._made[each]) is not None}
        for more in self._further:
            if not found.short_of_memory:
                break
            with self._opened(more) as roomier:
                failed = make(roomier, plan.fixed)
                found = _answer(roomier, plan, files, self._facts.folder, kept)
                found.failed |= failed
        return found

    def close(self) -> None:
        """Close the DuckDB."""
        self._stack.close()

    def _opened(self, memory: int | None) -> AbstractContextManager[Views]:
        return self._facts.open(self._empty, memory=memory, later=self._later, saves=self._saves)


class EachRow:
    """Runs `plans` (by table) on files as they arrive, in one thread, with the reader that `opened` returns.

    `rest` returns (by table) the rules that were not run when the files lacked columns. Answers that another process
    computed are added, and the files of its extracts are moved to the folder `saves`. A second thread was a tenth
    faster if nothing else ran, slower beside a build, and took 130 MB.
    """

    def __init__(
        self,
        plans: Mapping[str, Each],
        rest: Callable[[], Mapping[str, Each]],
        opened: Callable[[], Reader],
        *,
        saves: Path,
    ) -> None:
        self._plans, self._rest, self._opened, self._saves = plans, cache(rest), opened, saves
        self._pool = ThreadPoolExecutor(1)
        self._reader: Reader | None = None
        self._running: list[Future[Answers]] = []
        self._others = Answers()
        self._waiting: dict[tuple[str, bool], list[DataFile]] = {(label, False): [] for label in plans}
        self._read_once: set[tuple[str, bool]] = set()

    def place(self, label: str) -> int:
        """Return a sort key for a table's files: the table with the most rules should be read first."""
        return -len(self._plans[label].rules)

    def add(self, label: str, file: DataFile, answers: Answers | None = None, *, rest: bool = False) -> None:
        """Read a file of a table, or add the `answers` of a process that has read it. Small files are read together.

        With `rest` another process has read it when it lacked columns, and only the rules are run that read these.
        """
        if answers is not None:
            self._note_read_elsewhere([label])
            saved = {name: self._moved(paths) for name, paths in answers.saved.items()}
            self._others.add(replace(answers, saved=saved))
            return
        waiting = self._waiting[label, rest]
        waiting.append(file)
        if sum(each.rows or _ROWS for each in waiting) >= _ROWS:
            self._read(label, rest, tuple(waiting))
            waiting.clear()

    def include(self, answers: Answers) -> None:
        """Add the answers that another process computed for files of all tables. Files of extracts stay in place.

        These are not answers of the rules in `rest`.
        """
        self._note_read_elsewhere(self._plans)
        self._others.add(answers)

    def answers(self) -> Answers:
        """Wait for all reads and return the answers over all added files. A table without files counts as empty."""
        for (label, rest), waiting in self._waiting.items():
            if waiting or (label, rest) not in self._read_once:
                self._read(label, rest, tuple(waiting))
                waiting.clear()
        total = self._others
        for running in self._running:
            total.add(running.result())
        for name in total.failed:  # an extract that lacks the rows of some files would be wrong
            total.saved.pop(name, None)
        return total

    def close(self) -> None:
        """Stop, and discard files that were not read."""
        self._pool.shutdown(cancel_futures=True)
        if self._reader is not None:
            self._reader.close()

    def _note_read_elsewhere(self, labels: Iterable[str]) -> None:
        """Note that another process has read all or some files of these tables, without the rules in `rest`."""
        for label in labels:
            self._read_once.add((label, False))
            self._waiting.setdefault((label, True), [])

    def _read(self, label: str, rest: bool, files: tuple[DataFile, ...]) -> None:
        plan = (self._rest() if rest else self._plans)[label]
        self._read_once.add((label, rest))
        if plan.rules or plan.extracts:
            self._running.append(self._pool.submit(self._answer, plan, files, f"{len(self._running)}"))

    def _answer(self, plan: Each, files: tuple[DataFile, ...], stem: str) -> Answers:
        if self._reader is None:
            self._reader = self._opened()
        return self._reader.read(plan, files, stem)

    def _moved(self, paths: Sequence[Path]) -> list[Path]:
        return [Path(shutil.move(path, self._saves / path.name)) for path in paths]


def _answer(views: Views, plan: Each, files: tuple[DataFile, ...], folder: Path, saves: Mapping[str, Path]) -> Answers:
    """Return the answers of a table's rules for the rows in some of its files.

    After an error in a transaction no later statement can run, so all statements run again without the failed one.
    """
    answers, done = Answers(), False
    while not done:
        with views.undone():
            done = _run(views, plan, plan.of(files), folder, saves, answers)
    return answers


def _run(views: Views, plan: Each, data: TableData, folder: Path, saves: Mapping[str, Path], answers: Answers) -> bool:
    """Run the rules that have no answer yet, and return whether every rule has an answer now."""
    shown = attempt(views.see, data, folder)
    if isinstance(shown, Failure):
        answers.counted |= {rule.name: [shown] for rule in plan.rules}
        return True
    for statement in plan.shared:
        if statement.name in answers.failed:
            continue
        result = attempt(views.execute, statement.sql)
        if not isinstance(result, Failure) and statement.name in saves:
            answers.saved[statement.name] = [path := saves[statement.name]]
            result = attempt(views.save, f"SELECT * FROM {quote(statement.name)}", path)  # noqa: S608 - quoted
        if isinstance(result, Failure):
            answers.failed[statement.name] = result
            return False
    for rule in plan.rules:
        if rule.name not in answers.counted:
            answers.counted[rule.name] = [answer := attempt(count, views, rule)]
            if isinstance(answer, Failure):
                return False
    return True
