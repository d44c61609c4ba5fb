"""Find out whether some SQL may read certain columns of a table, from DuckDB's parse tree. When in doubt, it may."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from snap.checks.needs import MADE, needed
from snap.checks.rules import Statement
from snap.duck import syntax

# What comes before the query or the expression of a statement that creates something.
_BEFORE = re.compile(r".*?(?:\bAS\b|=)\s*(?:TABLE\s+(?=SELECT|WITH|FROM)|ENUM\s*(?=\())?", re.IGNORECASE | re.DOTALL)


class Readers:
    """Tells which SQL reads columns, given the shared `statements` that the SQL may need."""

    def __init__(self, statements: Sequence[Statement]) -> None:
        self._statements = statements
        self._known: dict[str, _Reads | None] = {}

    def may_read(self, sql: str, table: str, columns: Collection[str]) -> bool:
        """Return whether a SELECT, or a statement that it needs, may read one of the columns of a table.

        It does if it names such a column, even another table's; if it reads all columns (`*`, COLUMNS, a whole row as
        a value, NATURAL JOIN); and if DuckDB cannot parse it.
        """
        texts = [sql, *(query_of(statement) for statement in needed(self._statements, [sql]))]
        return bool(columns) and any(self._may_read(text, table, columns) for text in texts)

    def _may_read(self, text: str, table: str, columns: Collection[str]) -> bool:
        if text not in self._known:
            tree = syntax(text) or syntax(f"SELECT {text}")  # the body of a macro or a variable is an expression
            self._known[text] = None if tree is None else _Reads(tree)
        reads = self._known[text]
        return reads is None or table.lower() in reads.whole or any(name.lower() in reads.names for name in columns)


class _Reads:
    """The names of columns in a parse tree, and the tables of which it may read all columns. All are in lower case."""

    def __init__(self, tree: Any) -> None:
        self.names, self.whole = set[str](), set[str]()
        nodes = list(_nodes(tree))
        tables = {name for node in nodes for name in _table(node)}
        aliases = {node["alias"].lower() for node in nodes if node.get("type") == "BASE_TABLE"} | tables
        for node in nodes:
            if node.get("class") == "COLUMN_REF":
                path = [name.lower() for name in node["column_names"]]
                self.names.update(path)
                if len(path) == 1 and path[0] in aliases:  # a whole row as a value
                    self.whole |= tables
            self.names.update(name.lower() for name in node.get("using_columns", ()))
            natural = node.get("ref_type") == "NATURAL"
            star = node.get("type") == "SELECT_NODE" and any(each.get("class") == "STAR" for each in _own(node))
            if natural or star:
                self.whole.update(name for each in _own(node.get("from_table", node)) for name in _table(each))


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Yield every node of a parse tree."""
    if isinstance(tree, dict):
        yield tree
    for each in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from _nodes(each)


def _own(node: Any) -> Iterator[dict[str, Any]]:
    """Yield a node and the nodes beneath it, without those of the queries within it."""
    yield node
    for each in node.values():
        for child in each if isinstance(each, list) else [each]:
            if isinstance(child, dict) and child.get("type") not in ("SELECT_NODE", "SET_OPERATION_NODE"):
                yield from _own(child)


def _table(node: dict[str, Any]) -> Iterator[str]:
    if node.get("type") == "BASE_TABLE":
        yield node["table_name"].lower()


def query_of(statement: Statement) -> str:
    """Return the query or the expression of a statement that creates something."""
    made = MADE.match(statement.sql)
    rest = statement.sql[made.end() :] if made else statement.sql
    return _BEFORE.sub("", rest, count=1)
