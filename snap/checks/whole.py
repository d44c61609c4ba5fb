"""Run the rules that need all rows at once, such as keys, references and counters.

These rules read few columns, and extracts: rows that were kept while each file was read (snap.checks.rules).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from snap.checks.answers import Failure, attempt, count, failed, measure, offending
from snap.checks.facts import Facts, Limits, make
from snap.checks.needs import needed
from snap.checks.rules import Rule
from snap.checks.size import database_bytes
from snap.duck import Views
from snap.manifest import Finding, TableData
from snap.progress import Progress, phase

T = TypeVar("T")
Whole = tuple[dict[str, Finding], "int | Failure", dict[str, Failure]]


def check_whole(
    facts: Facts,
    rules: Sequence[Rule],
    tables: Sequence[TableData],
    saved: Mapping[str, Sequence[Path]],
    limits: Limits,
    progress: Progress,
) -> Whole:
    """Return the findings of `rules` by name, the database's estimated size, and the failed prelude statements.

    `saved` maps each extract's name to the files that hold its rows. If a prelude statement needs more memory than the
    first limit allows, everything runs again under the next limit.
    """
    extracts = [statement.name for statement in facts.rules.prelude if statement.extract is not None]
    statements = needed(facts.rules.prelude, [rule.sql for rule in rules], given=extracts)

    def ask(step: Callable[[Views], T], *asked: str) -> T | Failure:
        """Return the result of `step`, which runs the SQL in `asked`. If memory runs short, retry with more."""
        result = attempt(step, views)
        for more in limits[1:]:
            if not isinstance(result, Failure) or not result.of_memory:
                break
            with facts.open(tables, memory=more, saved=saved) as roomier:
                unmade = make(roomier, needed(statements, asked)).values()
                short = next((failure for failure in unmade if failure.of_memory), None)
                result = attempt(step, roomier) if short is None else short
        return result

    def judge(rule: Rule) -> Finding:
        finding = judged(rule)
        progress.advance("check", 1)
        return finding

    def judged(rule: Rule) -> Finding:
        if rule.between is None:
            return offending(rule, ask(lambda views: count(views, rule), rule.sql))
        measured = ask(lambda views: measure(views, rule), rule.sql)
        return failed(rule, measured) if isinstance(measured, Failure) else measured

    with facts.open(tables, memory=limits[0], saved=saved) as views:
        with phase(progress, "prepare rules"):
            unmade = make(views, statements)
        if not limits[1:] or not any(failure.of_memory for failure in unmade.values()):
            with phase(progress, "estimate the size"):
                size = ask(lambda views: database_bytes(views, tables))
            progress.start("check", len(rules))
            return {rule.name: judge(rule) for rule in rules}, size, unmade
    return check_whole(facts, rules, tables, saved, limits[1:], progress)
