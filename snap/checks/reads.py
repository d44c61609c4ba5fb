"""Find out whether some SQL may read certain columns of a table, from DuckDB's parse tree. When in doubt, it may."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from snap.checks.needs import needed, query_of
from snap.checks.rules import Statement
from snap.duck import syntax

_QUERIES = frozenset({"SELECT_NODE", "SET_OPERATION_NODE"})
_MANY = frozenset({"STAR", "POSITIONAL_REFERENCE"})  # classes of expressions that name no column
_UNCLEAR = frozenset({"PIVOT", "SHOW_REF", "query", "query_table"})  # types and functions that read what no node names


class Readers:
    """Tells which SQL reads columns, given the shared `statements` that the SQL may need."""

    def __init__(self, statements: Sequence[Statement]) -> None:
        self._statements = statements
        self._known: dict[str, _Reads] = {}

    def may_read(self, sql: str, table: str, columns: Collection[str]) -> bool:
        """Return whether a SELECT, or a statement that it needs, may read one of the columns of a table.

        It does if it names such a column, even another table's; if it reads all columns (`*`, COLUMNS, a whole row as
        a value, NATURAL JOIN); and if DuckDB gives no clear tree for it.
        """
        if not columns:
            return False
        texts = [sql, *map(query_of, needed(self._statements, [sql]))]
        return any(self._of(text).includes(table, columns) for text in texts)

    def _of(self, text: str) -> _Reads:
        if text not in self._known:
            # The body of a macro or a variable is an expression.
            self._known[text] = _Reads(syntax(text) or syntax(f"SELECT {text}"))
        return self._known[text]


class _Reads:
    """The names of columns in a parse tree, and the tables of which it may read all columns. All are in lower case."""

    def __init__(self, tree: Any) -> None:
        nodes = list(_nodes(tree))
        kinds = {node.get(key) for node in nodes for key in ("type", "function_name")}
        self._clear = bool(nodes) and not kinds & _UNCLEAR
        self._names, self._whole = set[str](), set[str]()
        tables = _tables(nodes)
        aliases = {node["alias"].lower() for node in nodes if node.get("type") == "BASE_TABLE"} | tables
        for node in nodes:
            path = [name.lower() for name in (*node.get("column_names", ()), *node.get("using_columns", ()))]
            self._names.update(path)
            if len(path) == 1 and path[0] in aliases:  # a whole row as a value
                self._whole |= tables
            if node.get("ref_type") == "NATURAL":
                self._whole |= _tables(_nodes(node, queries=False))
            if node.get("type") == "SELECT_NODE":
                own = [each for part in node.values() for each in _nodes(part, queries=False)]
                if any(each.get("class") in _MANY for each in own):
                    self._whole |= _tables(own)

    def includes(self, table: str, columns: Collection[str]) -> bool:
        """Return whether these reads may include one of the columns of a table."""
        return not self._clear or table.lower() in self._whole or any(name.lower() in self._names for name in columns)


def _nodes(tree: Any, *, queries: bool = True) -> Iterator[dict[str, Any]]:
    """Yield every node of a parse tree. Without `queries`, leave out those of a query."""
    if isinstance(tree, dict) and (queries or tree.get("type") not in _QUERIES):
        yield tree
        tree = list(tree.values())
    for each in tree if isinstance(tree, list) else ():
        yield from _nodes(each, queries=queries)


def _tables(nodes: Iterable[dict[str, Any]]) -> set[str]:
    return {node["table_name"].lower() for node in nodes if node.get("type") == "BASE_TABLE"}
