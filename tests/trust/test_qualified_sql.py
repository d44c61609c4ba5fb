"""Test that snap's SQL names the schema of every function, and of every operator under another's search path."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.paths import ROOT

RESTORER, GOLDEN = ROOT / "restorer/snap_restorer", ROOT / "tests/golden/sql"
# What runs under the target's own path, or under the one that values are printed under.
ELSEWHERE = (
    *(GOLDEN / f"{name}.sql" for name in ("adbc", "canonical_sql", "canonical_sql_options", "live_reader", "rowhash")),
    *(GOLDEN / f"{name}.sql" for name in ("orphans", "swaps", "swaps_values")),
    RESTORER / "pg/sql/dump_rows.sql",
)
# Grammar, which no search path changes.
GRAMMAR = frozenset(
    {"any", "array", "cast", "coalesce", "extract", "greatest", "in", "nullif", "operator", "row", "values"}
)
_STATEMENT = re.compile(r"^\s*(?:--.*\n\s*)*\(?(SELECT|WITH|INSERT|UPDATE|DELETE)\b")
_CALL = re.compile(r'(?<![\w.":$%])([a-z_][a-z0-9_]*)\(')
_NOISE = re.compile(r"""--[^\n]*|E?'(?:[^'\\]|\\.|'')*'|"(?:[^"]|"")*\"""")


def statements() -> Iterator[tuple[str, str]]:
    """Yield every SQL file of the package, and every text in its modules that begins as a statement does."""
    for path in sorted(RESTORER.rglob("*.sql")):
        yield path.name, path.read_text(encoding="utf-8")
    for path in sorted(RESTORER.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and _STATEMENT.match(node.value):
                yield f"{path.relative_to(RESTORER)}:{node.lineno}", node.value


def unqualified_calls(text: str) -> set[str]:
    return {name for name in _CALL.findall(_NOISE.sub("''", text)) if name not in GRAMMAR}


def unqualified_operators(text: str) -> set[str]:
    bare = _NOISE.sub("v", text)
    bare = re.sub(r"OPERATOR\([^)]*\)", " ", bare)
    bare = re.sub(r"(\bSET |, )v = ", r"\1", bare)  # an UPDATE's assignment
    return set(re.findall(r"(?<=\s)(?:[-+*/<>=~!@#%^&|]+|BETWEEN|LIKE)(?=\s)", bare)) - {"*"}


@pytest.mark.slow
def test_every_function_of_our_statements_has_its_schema() -> None:
    wrong = {where: calls for where, text in statements() if (calls := unqualified_calls(text))}
    assert wrong == {}


@pytest.mark.parametrize("path", ELSEWHERE)
def test_statements_under_another_path_qualify_every_operator(path: Path) -> None:
    assert unqualified_operators(path.read_text(encoding="utf-8")) == set()


@pytest.mark.parametrize(
    ("text", "operators"),
    [
        ('SELECT "a" = "b"', {"="}),
        ('SELECT "a" OPERATOR(pg_catalog.=) "b"', set()),
        ('UPDATE t SET "a" = "b" WHERE "c" <> "d"', {"<>"}),
    ],
)
def test_the_lint_sees_an_operator(text: str, operators: set[str]) -> None:
    assert unqualified_operators(text) == operators


def test_no_other_module_opens_a_session() -> None:
    opens = re.compile(r"(?<!Pinned)\b(?:psycopg|Connection|postgres)\.connect\(")
    modules = {
        path.relative_to(RESTORER).as_posix()
        for path in RESTORER.rglob("*.py")
        if opens.search(path.read_text("utf-8"))
    }
    # ADBC's, with the path as an option; the embedded server's superuser, in its own maintenance database; the owner of
    # a scratch database, for a script that brings its own path.
    assert modules == {"live/reader.py", "local/embedded.py", "local/roles.py", "clones/read_schema.py"}
