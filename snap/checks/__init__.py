"""The proof of a snapshot: rules become SQL, and its results become findings. Bad data raise no error.

rules.py    a rule, and the .sql files that rules are read from
generic.py  the rules that every manifest implies
needs.py    which of the statements that rules share a rule needs
answers.py  what a rule's SQL answers, and the finding that it becomes
facts.py    what rules see besides the rows
each.py     rules of each row alone, on a few files at a time
whole.py    rules that need all rows
engine.py   every check of a snapshot's files
size.py     how large the database will be

What others may use is imported when it is asked for: the engine imports DuckDB, and a declaration only names its rules.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from snap.checks.each import Answers, EachRow
    from snap.checks.engine import check_files, read_each, reading_each, require_sound
    from snap.checks.facts import Facts
    from snap.checks.rules import Rule, RuleSet, Statement, load_rules, parse_rules

_MODULES = {
    "check_files": "engine",
    "read_each": "engine",
    "reading_each": "engine",
    "require_sound": "engine",
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
    "EachRow",
    "Facts",
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
