"""The proof of a snapshot: rules become SQL, and its results become findings. Bad data raise no error.

rules.py    a rule, and the .sql files that rules are read from
generic.py  the rules that every manifest implies
engine.py   runs rules over the Parquet files alone
size.py     how large the database will be

What others may use is imported when it is asked for: the engine imports DuckDB, and a declaration only names its rules.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from snap.checks.engine import check_files, estimate_db_bytes, require_sound
    from snap.checks.rules import Rule, RuleSet, load_rules, parse_rules

_MODULES = {
    "check_files": "engine",
    "estimate_db_bytes": "engine",
    "require_sound": "engine",
    "Rule": "rules",
    "RuleSet": "rules",
    "load_rules": "rules",
    "parse_rules": "rules",
}
__all__ = ["Rule", "RuleSet", "check_files", "estimate_db_bytes", "load_rules", "parse_rules", "require_sound"]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = value
    return value
