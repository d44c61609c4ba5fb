"""Prove a snapshot: turn rules into SQL and their results into findings. Bad data are findings, not errors.

rules.py    a rule, and the .sql files that rules are read from
generic.py  the rules that every manifest implies
needs.py    which shared statements a rule needs
reads.py    whether SQL may read certain columns
answers.py  the answer of a rule's SQL, and the finding made from it
facts.py    what rules can query: tables, as-of date, enum labels
each.py     rules about single rows, run on a few files at a time
whole.py    rules that need all rows
engine.py   every check of a snapshot's files
size.py     an estimate of the database's size

Public names are imported on first use, because the engine imports DuckDB and a declaration only names its rules.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from snap.checks.answers import Counted, Failure
    from snap.checks.each import Answers, EachRow
    from snap.checks.engine import check_files, read_each, reading_each, require_sound
    from snap.checks.facts import Facts
    from snap.checks.rules import Rule, RuleSet, Statement, load_rules, parse_rules

_MODULES = {
    "check_files": "engine",
    "read_each": "engine",
    "reading_each": "engine",
    "require_sound": "engine",
    "Counted": "answers",
    "Failure": "answers",
    "Answers": "each",
    "EachRow": "each",
    "Facts": "facts",
    "Rule": "rules",
    "RuleSet": "rules",
    "Statement": "rules",
    "load_rules": "rules",
    "parse_rules": "rules",
}
__all__ = [
    "Answers",
    "Counted",
    "EachRow",
    "Facts",
    "Failure",
    "Rule",
    "RuleSet",
    "Statement",
    "check_files",
    "load_rules",
    "parse_rules",
    "read_each",
    "reading_each",
    "require_sound",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = value
    return value
