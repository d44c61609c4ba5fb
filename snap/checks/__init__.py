"""The proof of a snapshot: rules become SQL, and its results become findings. Bad data raise no error.

rules.py    a rule, and the .sql files that rules are read from
generic.py  the rules that every manifest implies
engine.py   runs rules over the Parquet files alone
size.py     how large the database will be
"""

from snap.checks.engine import check_files, estimate_db_bytes, require_sound
from snap.checks.rules import Rule, RuleSet, load_rules, parse_rules

__all__ = ["Rule", "RuleSet", "check_files", "estimate_db_bytes", "load_rules", "parse_rules", "require_sound"]
