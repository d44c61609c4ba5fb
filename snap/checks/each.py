"""Rules that hold of each row alone, run on a few files of one table at a time: memory does not grow with the rows.

While the rows of one table are read, all other tables are empty. What rules share is made anew for each group of files
where it depends on rows, and undone after it; the rest is made once.
"""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from snap.checks.answers import Counted, Failure, added_up, attempt, count
from snap.checks.facts import Facts, make
from snap.checks.needs import dependent, needed
from snap.checks.rules import Rule, RuleSet, Statement
from snap.duck import Views, quote
from snap.manifest import DataFile, TableData

_ROWS = 1 << 15  # that are read at once, where files are smaller: each reading costs about 1 s of WorldChef's rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Each:
    """What runs on the rows of one table: rules, and `shared` statements that they need and that depend on rows.

    The rows that some of these make, `extracts` by name, are kept. `fixed` statements do not depend on rows.
    """

    data: TableData
    rules: tuple[Rule, ...]
    fixed: tuple[Statement, ...]
    shared: tuple[Statement, ...]
    extracts: tuple[str, ...]


@dataclass(slots=True)
class Answers:
    """Answers by rule, the statements that failed, and the files of each extract's rows."""

    counted: dict[str, list[Counted | Failure]] = field(default_factory=lambda: defaultdict(list))
    failed: dict[str, Failure] = field(default_factory=dict)
    saved: dict[str, list[Path]] = field(default_factory=lambda: defaultdict(list))

    def of(self, rule: Rule) -> Counted | Failure:
        """Return a rule's answer over all rows of all tables."""
        answers = self.counted.get(rule.name) or [Failure("no rows were read")]
        failures = [answer for answer in answers if isinstance(answer, Failure)]
        return failures[0] if failures else added_up(each for each in answers if isinstance(each, Counted))

    @property
    def short_of_memory(self) -> bool:
        """Whether anything needs more memory than it was given."""
        answers = [*self.failed.values(), *(answer for each in self.counted.values() for answer in each)]
        return any(isinstance(answer, Failure) and answer.of_memory for answer in answers)

    def add(self, others: Answers) -> None:
        """Add the answers over other rows."""
        for name, counted in others.counted.items():
            self.counted[name] += counted
        for name, paths in others.saved.items():
            self.saved[name] += paths
        self.failed = others.failed | self.failed


def plan_each(
    tables: Mapping[str, TableData], every: Callable[[TableData], tuple[Rule, ...]], rules: RuleSet
) -> dict[str, Each]:
    """Return what runs on the rows of each of the `tables`: rules that `every` table has, and those of a dataset."""
    whole = needed(rules.prelude, [rule.sql for rule in rules.rules if not rule.each])
    names, plans = [data.table.name for data in tables.values()], {}
    for label, data in tables.items():
        own = [rule for rule in rules.rules if label in rule.each]
        extracts = [statement.name for statement in whole if statement.extract == label]
        statements = needed(rules.prelude, [*extracts, *(rule.sql for rule in own)])
        shared = dependent(statements, names)
        plans[label] = Each(
            data=data,
            rules=(*every(data), *own),
            fixed=tuple(statement for statement in statements if statement not in shared),
            shared=tuple(shared),
            extracts=tuple(extracts),
        )
    return plans


class Reader:
    """Runs `plans`, by table, on files, with a DuckDB of its own: one call after the other.

    `later` are files that it may read, `saves` is a folder in which it may read and write.
    """

    def __init__(
        self, facts: Facts, plans: Mapping[str, Each], *, saves: Path, memory: int, later: Sequence[Path] = ()
    ) -> None:
        self._facts, self._plans, self._saves, self._later = facts, plans, saves, later
        self._empty = [replace(plan.data, rows=0, files=()) for plan in plans.values()]
        self._stack = ExitStack()
        self._views = self._stack.enter_context(self._opened(memory))
        self._made: dict[Statement, Failure | None] = {}

    def read(self, label: str, files: tuple[DataFile, ...], stem: str) -> Answers:
        """Answer for the rows in some files of a table. Extracts go to files whose names begin with `stem`."""
        plan = self._plans[label]
        kept = {name: self._saves / f"{stem}-{name}.parquet" for name in plan.extracts}
        missing = [statement for statement in plan.fixed if statement not in self._made]
        failed = make(self._views, missing)
        self._made |= {statement: failed.get(statement.name) for statement in missing}
        found = _answer(self._views, plan, files, self._facts.folder, kept)
        if found.short_of_memory:
            with self._opened(None) as unlimited:
                make(unlimited, plan.fixed)
                found = _answer(unlimited, plan, files, self._facts.folder, kept)
        found.failed |= {each.name: failure for each in plan.fixed if (failure := self._made[each]) is not None}
        return found

    def close(self) -> None:
        """Let go of the DuckDB."""
        self._stack.close()

    def _opened(self, memory: int | None) -> AbstractContextManager[Views]:
        return self._facts.open(self._empty, memory=memory, later=self._later, saves=self._saves)


class EachRow:
    """Runs `plans`, by table, on files as they come, in a thread of its own, with the reader that `opened` gives.

    What others read is added: the files of its extracts move to the folder `saves`. A second thread was a tenth faster
    where nothing else ran, slower beside a build, and took 130 MB.
    """

    def __init__(self, plans: Mapping[str, Each], opened: Callable[[], Reader], *, saves: Path) -> None:
        self._plans, self._opened, self._saves = plans, opened, saves
        self._pool = ThreadPoolExecutor(1)
        self._reader: Reader | None = None
        self._running: list[Future[Answers]] = []
        self._others = Answers()
        self._waiting: dict[str, list[DataFile]] = {label: [] for label in plans}
        self._read_once: set[str] = set()

    def place(self, label: str) -> int:
        """Return where a table's files come best among others: those first that most rules read."""
        return -len(self._plans[label].rules)

    def add(self, label: str, file: DataFile, answers: Answers | None = None) -> None:
        """Read a file of a table, together with others where it is small; or take the `answers` of who has read it."""
        if answers is not None:
            self._read_once.add(label)
            saved = {name: self._moved(paths) for name, paths in answers.saved.items()}
            self._others.add(replace(answers, saved=saved))
            return
        waiting = self._waiting[label]
        waiting.append(file)
        if sum(each.rows or _ROWS for each in waiting) >= _ROWS:
            self._read(label, tuple(waiting))
            waiting.clear()

    def answers(self) -> Answers:
        """Return the answers over all that was added, when they are there. Tables of which nothing was are empty."""
        for label, waiting in self._waiting.items():
            if waiting or label not in self._read_once:
                self._read(label, tuple(waiting))
                waiting.clear()
        total = self._others
        for running in self._running:
            total.add(running.result())
        for name in total.failed:  # rows of some files only would be a lie
            total.saved.pop(name, None)
        return total

    def close(self) -> None:
        """Stop, and forget what was not read."""
        self._pool.shutdown(cancel_futures=True)
        if self._reader is not None:
            self._reader.close()

    def _read(self, label: str, files: tuple[DataFile, ...]) -> None:
        plan = self._plans[label]
        self._read_once.add(label)
        if plan.rules or plan.extracts:
            self._running.append(self._pool.submit(self._answer, label, files, f"{len(self._running)}"))

    def _answer(self, label: str, files: tuple[DataFile, ...], stem: str) -> Answers:
        if self._reader is None:
            self._reader = self._opened()
        return self._reader.read(label, files, stem)

    def _moved(self, paths: Sequence[Path]) -> list[Path]:
        return [Path(shutil.move(path, self._saves / path.name)) for path in paths]


def _answer(views: Views, plan: Each, files: tuple[DataFile, ...], folder: Path, saves: Mapping[str, Path]) -> Answers:
    """Run a plan on some files. After an error nothing else can run, so it begins anew without what failed."""
    answers, done = Answers(), False
    rows = sum(file.rows or 0 for file in files) if plan.data.table.stored else plan.data.rows
    while not done:
        with views.undone():
            done = _run(views, plan, replace(plan.data, rows=rows, files=files), folder, saves, answers)
    return answers


def _run(views: Views, plan: Each, data: TableData, folder: Path, saves: Mapping[str, Path], answers: Answers) -> bool:
    """Run what of a plan was not answered before. Return whether all of it is answered."""
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
