"""Definitions of indexes and constraints that a ledger stores, trusted only in the forms that snap itself writes.

Each statement is compared with the few forms that sql/definitions.sql prints, for the table and the name in the
definition. The only free SQL in a form are the columns and the predicate of CREATE INDEX. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields
from typing import Any, get_args

from snap.errors import TargetError
from snap_restorer.pg.catalog import of_row
from snap_restorer.pg.indexes import Definition, Kind, Name
from snap_restorer.pg.scanner import Unreadable, statements

_NAME = r'(?:"(?:[^"]|"")+"|[^\x00-^`{-\x7f][^\x00-#%-/:-^`{-\x7f]*)'  # bare: small letters, _, beyond ASCII
_COLUMNS = rf"\((?:PERIOD )?{_NAME}(?:, (?:PERIOD )?{_NAME})*\)"
_TABLE = rf"(?P<schema>{_NAME})\.(?P<table>{_NAME})"
_INDEX = rf"(?P<schema>{_NAME})\.(?P<name>{_NAME})"
_OBJECT = rf"(?P<name>{_NAME})"
_LITERAL = r"(?:'(?:[^'\\]|'')*'|\s?E'(?:[^'\\]|''|\\\\)*')"
_KEY_WORDS = "MATCH|FULL|ON|UPDATE|DELETE|CASCADE|RESTRICT|SET|NULL|DEFAULT|NO|ACTION|DEFERRABLE|INITIALLY|DEFERRED"
_FOREIGN_KEY = (
    rf"FOREIGN KEY {_COLUMNS} REFERENCES (?P<to_schema>{_NAME})\.(?P<to_table>{_NAME}) ?{_COLUMNS}"
    rf"(?: (?:{_KEY_WORDS}|NOT|VALID|ENFORCED|{_COLUMNS}))*"
)
_USING_INDEX = rf"(?:PRIMARY KEY|UNIQUE) USING INDEX (?P<index>{_NAME})(?: DEFERRABLE)?(?: INITIALLY DEFERRED)?"

_DROP = (
    rf"DROP INDEX IF EXISTS {_INDEX}",
    rf"ALTER TABLE {_TABLE} DROP CONSTRAINT IF EXISTS {_OBJECT}",
)
_BUILD = (
    rf"CREATE (?:UNIQUE )?INDEX {_OBJECT} ON {_TABLE} USING .*",
    rf"COMMENT ON INDEX {_INDEX} IS {_LITERAL}",
    rf"ALTER INDEX {_INDEX} ALTER COLUMN [0-9]+ SET STATISTICS [0-9]+",
)
_ATTACH = (
    rf"ALTER TABLE {_TABLE} ADD CONSTRAINT {_OBJECT} (?:{_USING_INDEX}|{_FOREIGN_KEY})",
    rf"ALTER TABLE {_TABLE} DROP CONSTRAINT {_OBJECT}",
    rf"COMMENT ON CONSTRAINT {_OBJECT} ON {_TABLE} IS {_LITERAL}",
    rf"ALTER TABLE {_TABLE} CLUSTER ON {_OBJECT}",
    rf"ALTER TABLE {_TABLE} REPLICA IDENTITY USING INDEX {_OBJECT}",
)


def definition_of(row: Any) -> Definition:
    """Return the definition that a ledger stores. Errors: TargetError if snap would not write such a definition."""
    definition = _typed(row)
    for allowed, texts in (
        (_DROP, (definition.drop,)),
        (_BUILD, definition.build),
        (_ATTACH, definition.attach),
    ):
        for text in texts:
            if not _is_one_of(text, allowed, definition):
                raise unbelieved(f"the statement for {definition.name} of {'.'.join(definition.table)}")
    return definition


def unbelieved(what: str) -> TargetError:
    """Return the error for a part of a ledger's entry that snap did not write."""
    return TargetError(
        f"the table snap.ledger holds data that snap did not write: {what}",
        "find out who wrote it, recreate by hand what is missing, then DROP TABLE snap.ledger",
        unchanged=True,
    )


def _typed(row: Any) -> Definition:
    needed = {field.name for field in fields(Definition) if field.default is MISSING}
    if not isinstance(row, Mapping) or not needed <= set(row) <= {field.name for field in fields(Definition)}:
        raise unbelieved("a definition with unexpected fields")
    definition = of_row(Definition, row)
    right = (
        definition.kind in get_args(Kind)
        and is_name(definition.table)
        and all(
            name is None or is_name(name) for name in (definition.to, definition.partition, definition.to_partition)
        )
        and all(isinstance(text, str) for text in (definition.name, definition.tablespace, definition.drop))
        and (definition.stays is None or isinstance(definition.stays, str))
        and _is_number(definition.oid)
        and (definition.relies_on is None or _is_number(definition.relies_on))
        and isinstance(definition.deferrable, bool)
        and isinstance(definition.gone, bool)
        and isinstance(definition.partitioned, bool)
        and _are_texts(definition.build)
        and _are_texts(definition.attach)
    )
    if not right:
        raise unbelieved("a definition with values of unexpected types")
    return definition


def is_name(value: object) -> bool:
    """Return whether a stored value is the name of a schema and a relation."""
    return _are_texts(value) and len(value) == 2  # type: ignore[arg-type]


def _are_texts(value: object) -> bool:
    return isinstance(value, tuple) and all(isinstance(text, str) for text in value)


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_one_of(text: str, forms: Iterable[str], definition: Definition) -> bool:
    try:
        if [statement.text for statement in statements(text)] != [text]:
            return False
    except Unreadable:
        return False
    matches = (re.fullmatch(form, text, re.DOTALL) for form in forms)  # compiled only if a ledger stores definitions
    return any(_names(match, definition) for match in matches if match is not None)


def _names(match: re.Match[str], definition: Definition) -> bool:
    """Return whether a statement names only the definition's own table, object and parent.

    A partition's name is accepted for its table's, since only the owner of both can drop and create its foreign key.
    """
    own, parent = definition.relation, definition.to_partition or definition.to
    named = {key: _unquoted(value) for key, value in match.groupdict().items() if value is not None}
    table: Name = (named["schema"], named.get("table", own[1]))
    to = (named["to_schema"], named["to_table"]) if "to_schema" in named else parent
    return (
        table == own
        and named["name"] == definition.name
        and named.get("index", definition.name) == definition.name
        and to == parent
    )


def _unquoted(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name
