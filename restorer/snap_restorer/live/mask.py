"""Masks for values that must not leave a live database: the server itself replaces them by NULL or pseudonyms.

A column that may be NULL becomes NULL. A NOT NULL column becomes a pseudonym, if it is a text or a uuid: SHA-256 over a
key and the value, cut to the column's length. So equal values stay equal, also across columns, and different values
stay different where uniqueness requires it. An e-mail address stays an address, in a domain that nobody can own.

The key appears in no statement and in no parameter, since pg_stat_activity and the server's log show both. The server
returns random bytes, which no log holds, and receives the key combined with them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from psycopg import sql

from snap.errors import Option, TargetError, UsageError
from snap.schema import Column
from snap.types import Logical
from snap.units import reasons
from snap_restorer.live.reader import LiveRelation, Reader
from snap_restorer.live.tables import LiveTable
from snap_restorer.pg.catalog import query

_LONGEST = 32  # hexadecimal digits, 128 bits
_UNIQUE = 16  # digits that a unique text needs: among 100 million, two collide once in 3,700 captures
_ADDRESS, _DOMAIN = "^[^@[:space:]]+@[^@[:space:]]+$", "@masked.invalid"  # RFC 2606 keeps .invalid from everyone
_CHECKS = sql.SQL(
    "SELECT k.conname::text AS name, pg_catalog.pg_get_expr(k.conbin, k.conrelid) AS expression, "
    "ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a "
    "WHERE a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)) AS columns "
    "FROM pg_catalog.pg_constraint k WHERE k.conrelid = {oid} AND k.contype = 'c' ORDER BY 1"
)
_PART = re.compile(r'"((?:[^"]|"")+)"|([^".]+)')


ColumnName: TypeAlias = tuple[str, str, str]  # schema, table, column


@dataclass(frozen=True, slots=True)
class Mask:
    """A column to mask, with its table's OID. `pseudonym`: the values become pseudonyms and not NULL."""

    relation: int
    column: Column
    pseudonym: bool


@dataclass(frozen=True, slots=True)
class _Refusal:
    """Why a column cannot be masked, and what to do instead."""

    reason: str
    advice: str
    option: Option | None = None


def choose(given: Sequence[str], tables: Sequence[LiveTable]) -> tuple[Mask, ...]:
    """Return the masks that `TABLE.COLUMN` texts name, checked against the tables to capture.

    Parts may be quoted as in SQL, and a schema may go first. Errors: UsageError that names every column that does not
    exist or cannot be masked, or else every one that a foreign key ties to a column that is masked in another way.
    """
    masks, faults = {}, []
    for text in dict.fromkeys(given):
        try:
            mask = _mask(text, tables)
        except UsageError as fault:
            faults.append(fault)
        else:
            masks[mask.relation, mask.column.name] = mask
    by_oid = {live.oid: live for live in tables}
    _require_none(faults or [fault for live in tables for fault in _ties(live, by_oid, masks)])
    return tuple(masks.values())


def refusals(tables: Iterable[LiveTable]) -> dict[ColumnName, str]:
    """Return the columns that cannot be masked, with the reason and what to do instead."""
    return {
        (live.table.schema, live.table.name, column.name): f"{refusal.reason}; {refusal.advice}"
        for live in tables
        for column in live.table.columns
        if (refusal := _refusal(column, live)) is not None
    }


def hidden(tables: Iterable[LiveTable], masks: Iterable[Mask]) -> frozenset[ColumnName]:
    """Return the masked columns, and the generated columns whose expressions read only masked columns."""
    masked = {(mask.relation, mask.column.name) for mask in masks}
    return frozenset(
        (live.table.schema, live.table.name, column.name)
        for live in tables
        for column in live.table.columns
        if all((live.oid, name) in masked for name in live.computed.get(column.name, (column.name,)))
    )


def set_key(reader: Reader, key: bytes) -> None:
    """Send the server the key of pseudonyms, for the reader's transaction."""
    blocks = 1 + len(key) // hashlib.sha256().digest_size
    (row,) = reader.rows(sql.SQL(query("mask_pad")).format(blocks=sql.Literal(blocks)).as_string(None))
    combined = bytes(a ^ b for a, b in zip(key, bytes.fromhex(row["pad"]), strict=False))
    statement = sql.SQL(query("mask_key")).format(combined=combined.hex(), length=sql.Literal(len(key)))
    reader.rows(statement.as_string(None))


def sources(tables: Sequence[LiveTable], masks: Iterable[Mask]) -> dict[int, LiveRelation]:
    """Return the relation to read each table from, by OID, with its masks applied."""
    by_table: dict[int, dict[str, sql.Composable]] = {live.oid: {} for live in tables}
    for mask in masks:
        by_table[mask.relation][mask.column.name] = _expression(mask)
    return {live.oid: replace(live.source, masks=by_table[live.oid]) for live in tables}


def require_allowed(reader: Reader, tables: Sequence[LiveTable], sources: Mapping[int, LiveRelation]) -> None:
    """Raise TargetError, with the constraint, for masks that a CHECK constraint of the table forbids.

    Rows with such masks could not be restored.
    """
    for live in tables:
        source = sources[live.oid]
        if not source.masks:
            continue
        for check in reader.rows(_CHECKS.format(oid=sql.Literal(live.oid)).as_string(None)):
            if not set(check["columns"]) & source.masks.keys():
                continue
            statement = sql.SQL("SELECT EXISTS (SELECT FROM {} AS t WHERE NOT ({})) AS broken").format(
                source.masked(live.table.columns), sql.SQL(check["expression"])
            )
            with reader.printing():
                broken = reader.rows(statement.as_string(None))[0]["broken"]
            if broken:
                raise TargetError(
                    f"masked values of {live.table.label} would violate its constraint {check['name']}",
                    "leave the column unmasked",
                    option="exclude",
                )


def _mask(text: str, tables: Sequence[LiveTable]) -> Mask:
    parts = list(name_parts(text))
    if len(parts) not in {2, 3}:
        raise UsageError(f"mask {text!r} is not TABLE.COLUMN", option="mask")
    *schema, name, column_name = parts
    matches = [
        live
        for live in tables
        if live.table.name == name and ([live.table.schema] == schema or (not schema and live.table.schema == "public"))
    ]
    if not matches:
        raise UsageError(
            f"mask {text}: no table {'.'.join((*schema, name))} is captured",
            "a table outside schema public needs the name of its schema",
            option="mask",
        )
    live = matches[0]
    column = next((c for c in live.table.columns if c.name == column_name), None)
    if column is None:
        raise UsageError(
            f"mask {text}: table {live.table.label} has no column {column_name!r}",
            f"its columns are: {', '.join(c.name for c in live.table.columns)}",
        )
    refusal = _refusal(column, live)
    if refusal is not None:
        raise UsageError(f"mask {text}: {refusal.reason}", refusal.advice, option=refusal.option)
    return Mask(live.oid, column, pseudonym=not column.nullable)


def _refusal(column: Column, live: LiveTable) -> _Refusal | None:
    """Return why a column can be masked neither by NULL nor by a pseudonym, or None if it can."""
    kind = column.type
    if column.generated:
        computed = ", ".join(live.computed[column.name])
        return _Refusal(
            "the column is generated, so no snapshot holds it",
            f"mask the columns from which it is computed: {computed}" if computed else "leave it unmasked",
        )
    if column.name in live.routing:
        return _Refusal("the partition key of the table uses the column", "mask other columns, or leave out the table")
    if column.nullable or kind.logical is Logical.UUID:
        return None
    if kind.logical is not Logical.STRING:
        return _Refusal(
            f"the column is {kind.pg} NOT NULL, and only text and uuid have pseudonyms",
            "a primary key is never NULL: mask other columns of the table"
            if column.name in live.table.primary_key
            else "allow NULL in the column",
            "exclude",
        )
    keys = [key for key in (live.table.primary_key, *live.table.unique) if column.name in key]
    if keys and kind.length is not None and kind.length < _UNIQUE:
        return _Refusal(
            f"{kind.pg} is too short for pseudonyms that are unique",
            f"a unique pseudonym needs {_UNIQUE} characters",
            "exclude",
        )
    return None


def _require_none(faults: Sequence[UsageError]) -> None:
    """Raise the only fault, or one UsageError that lists all faults with what to do about each."""
    if len(faults) == 1:
        raise faults[0]
    if faults:
        raise UsageError(
            reasons(
                f"{len(faults)} masks are refused",
                [
                    f"{fault.message.removeprefix('mask ')}" + (f" ({fault.hint})" if fault.hint else "")
                    for fault in faults
                ],
            ),
            option="mask",
        )


def _ties(
    live: LiveTable, tables: Mapping[int, LiveTable], masks: Mapping[tuple[int, str], Mask]
) -> Iterator[UsageError]:
    """Yield an error for each foreign key whose sides are masked differently, unless the referencing side is NULL."""
    for key in live.references:
        for own, to in zip(key.columns, key.to, strict=True):
            ours, theirs = masks.get((live.oid, own)), masks.get((key.references, to))
            if ours is not None and not ours.pseudonym:
                continue  # NULL refers to nothing
            here, there = f"{live.table.label}.{own}", f"{key.label}.{to}"
            if (ours is None) != (theirs is None):
                masked, other = (here, there) if ours else (there, here)
                yield UsageError(
                    f"mask {masked}: a foreign key connects the column with {other}, which is not masked",
                    f"mask both, or neither: {other}"
                    if key.references in tables
                    else "mask neither: the other table is not captured",
                )
            if ours is not None and theirs is not None and not theirs.pseudonym:
                yield UsageError(
                    f"mask {there}: the column allows NULL, so its values become NULL, but {here} references it",
                    "mask neither",
                )
            if ours is not None and theirs is not None and ours.column.type != theirs.column.type:
                yield UsageError(
                    f"mask {here}: the column references {there}, which has another type, so their pseudonyms "
                    "would differ",
                    "mask neither",
                )


def _expression(mask: Mask) -> sql.Composed:
    name, kind = sql.Identifier(mask.column.name), mask.column.type
    if not mask.pseudonym:
        return sql.SQL("NULL::{}").format(sql.SQL(kind.pg))  # format_type() printed it
    value = sql.SQL(
        "pg_catalog.encode(pg_catalog.sha256("
        "(SELECT pg_catalog.decode(pg_catalog.current_setting('snap.mask_key'), 'hex')) OPERATOR(pg_catalog.||) "
        "pg_catalog.convert_to({}::pg_catalog.text, 'UTF8')), 'hex')"
    ).format(name)
    length = _LONGEST if kind.length is None else min(kind.length, _LONGEST)
    pseudonym = sql.SQL("pg_catalog.left({}, {})").format(value, length)
    if kind.logical is Logical.STRING and (kind.length is None or kind.length >= _UNIQUE + len(_DOMAIN)):
        local = length if kind.length is None else min(length, kind.length - len(_DOMAIN))
        pseudonym = sql.SQL(
            'CASE WHEN {}::pg_catalog.text COLLATE "C" OPERATOR(pg_catalog.~) {} '
            "THEN pg_catalog.left({}, {}) OPERATOR(pg_catalog.||) {} ELSE {} END"
        ).format(name, _ADDRESS, value, local, _DOMAIN, pseudonym)
    return sql.SQL("({})::{}").format(pseudonym, sql.SQL(kind.pg))


def name_parts(text: str) -> Iterator[str]:
    """Yield the parts of a dotted name, without their quotes."""
    position = 0
    while position < len(text):
        match = _PART.match(text, position)
        if match is None:
            return
        yield match[1].replace('""', '"') if match[1] else match[2]
        position = match.end()
        if position < len(text) and text[position] != ".":
            return
        position += 1
