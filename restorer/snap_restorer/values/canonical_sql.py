"""Canonical bytes of a database's values as SQL expressions: docs/format.md implemented in Postgres. Pure.

The bytes depend on the snapshot's type alone; the column may be wider (integer in bigint, varchar in text), a domain,
or of another type altogether. A value that no snapshot can hold in that type (an infinite date, a NaN, an array of two
dimensions, a foreign type) gives bytes that no canonical value has. None of the expressions raises.

Values are printed as the session's settings say. Required are TimeZone UTC, DateStyle ISO, IntervalStyle postgres,
extra_float_digits 1, bytea_output hex and client_encoding UTF8.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from psycopg.sql import SQL, Composable, Composed, Literal

from snap.types import Family, Logical, Type, is_padded, parse
from snap_restorer.pg.introspect import TargetColumn

_EPOCH_DAYS = 10_957  # from 1970-01-01 to 2000-01-01, Postgres' epoch
_DAY_SECONDS = 86_400
EARLIEST = -2_440_588  # days since 1970 of 4714-11-24 BC, the first day of a Postgres timestamp
_LATEST = 106_762_939  # and of 294276-12-31, the last day of a timestamp
_ARRAY_HEADER = 20  # bytes of array_send() before the elements: dimensions, has NULLs, element type, size, lower bound


def natural(column: TargetColumn) -> Type:
    """Return a column's type without domains, and without the precision of a time.

    The precision does not change how a time is printed.
    """
    base = natural_name(column.base)
    return parse(base, {base, base.removesuffix("[]")} if column.kind == "e" else ())


def natural_name(pg: str) -> str:
    """Return the name of a type without the precision or fields of a time or interval."""
    return re.sub(r"^interval[^\[]*", "interval", re.sub(r"^(time|timestamp)\(\d+\)", r"\1", pg))


def payload(source: Type, into: Type, value: Composable, *, shift_days: int = 0, printed: bool = False) -> Composable:
    """Return SQL of type bytea: the canonical bytes of `value` (SQL of type `into`) for `source`, NULL for NULL.

    The database's dates and times lie `shift_days` after the snapshot's. `printed` takes jsonb as Postgres prints it.
    That is canonical unless a fraction ends in a zero, and saves a search of every text.
    """
    return _payload(_Value(sql=value, source=source, into=into, shift_days=shift_days, printed=printed))


def row_hash(payloads: list[Composable]) -> Composed:
    """Return SQL of type bytea: the SHA-256 of a row's framed fields, given SQL expressions for their payloads.

    array_send() frames bytea elements as docs/format.md frames fields, with NULL as -1 and no bytes, in one call.
    Measured, it takes a quarter of the time of computing the hash, whatever the columns are.
    """
    return SQL("pg_catalog.sha256(pg_catalog.substr(pg_catalog.array_send(ARRAY[{}]::pg_catalog.bytea[]), {}))").format(
        SQL(", ").join(payloads), Literal(_ARRAY_HEADER + 1)
    )


def days_before(value: Composable, type_: Type, days: int) -> Composable:
    """Return SQL for the date or moment of `type_` that is `days` before `value` in every time zone."""
    if type_.logical is Logical.DATE:
        return SQL("({} OPERATOR(pg_catalog.-) {})").format(value, Literal(days))
    # An interval of seconds is subtracted independently of the time zone.
    return SQL("({} OPERATOR(pg_catalog.-) {}::interval)").format(value, Literal(f"{days * _DAY_SECONDS} seconds"))


def day(days: int) -> str:
    """Return a day, counted from 1970, as a Julian day, which Postgres reads the same in any time zone."""
    return f"J{days + 2_440_588} 00:00:00+00"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Value:
    """A value of type `into` whose bytes for `source` are wanted. The other fields are those of `payload`."""

    sql: Composable
    source: Type
    into: Type
    shift_days: int
    printed: bool

    def format(self, template: str, **parts: Composable) -> Composable:
        """Return the SQL `template` with the value for {v} and other `parts`."""
        return SQL(template).format(v=self.sql, **parts)

    @property
    def same(self) -> bool:
        """Return whether both types are of the same logical type."""
        return self.source.logical is self.into.logical


_Payload = Callable[[_Value], Composable]


def _payload(value: _Value) -> Composable:
    if value.into.logical is Logical.LIST and value.source.logical not in {Logical.LIST, Logical.TEXT}:
        return _foreign(value.sql)
    return PAYLOADS[value.source.logical](value)


def _same(template: str) -> _Payload:
    """Return a payload for a type whose bytes only values of the same type can have."""
    return lambda value: value.format(template) if value.same else _foreign(value.sql)


def _integer(value: _Value) -> Composable:
    if value.into.facts.family is Family.INTEGER:
        return value.format("pg_catalog.int8send({v}::bigint)")
    if not _is_numeric(value.into):
        return _foreign(value.sql)
    return value.format(
        "CASE WHEN {v} OPERATOR(pg_catalog.>=) -9223372036854775808 AND {v} OPERATOR(pg_catalog.<=) 9223372036854775807"
        " AND {v} OPERATOR(pg_catalog.=) pg_catalog.trunc({v})"
        " THEN pg_catalog.int8send({v}::bigint) ELSE {foreign} END",
        foreign=_foreign(value.sql),
    )


def _float(value: _Value) -> Composable:
    if value.into.facts.family is not Family.FLOAT:
        return _foreign(value.sql)
    # -0 + 0 is +0; a NaN may have many bit patterns.
    return value.format(
        "CASE WHEN {v} OPERATOR(pg_catalog.=) 'NaN' THEN '\\x7ff8000000000000'::pg_catalog.bytea"
        " ELSE pg_catalog.float8send({v}::double precision OPERATOR(pg_catalog.+) 0) END"
    )


def _decimal(value: _Value) -> Composable:
    if value.into.facts.family is not Family.INTEGER and not _is_numeric(value.into):
        return _foreign(value.sql)
    return value.format("pg_catalog.convert_to(pg_catalog.trim_scale({v}::numeric)::pg_catalog.text, 'UTF8')")


def _is_numeric(type_: Type) -> bool:
    return type_.logical is Logical.DECIMAL or type_.pg == "numeric"


def _text(value: _Value) -> Composable:
    dated = value.into.facts.end_day is not None and natural_name(value.source.pg) == value.into.pg
    return _moved_text(value) if dated and value.shift_days else _printed(value.sql)


def _label(value: _Value) -> Composable:
    """Return SQL for the bytes of a text. The snapshot's char(m) keeps trailing blanks up to m characters.

    A cast of char(n) to text drops its trailing blanks, so they are padded again.
    """
    if value.into.facts.family is not Family.CHARACTER:
        return _printed(value.sql)
    if not (is_padded(value.into) and is_padded(value.source)):
        return value.format("pg_catalog.convert_to({v}::pg_catalog.text, 'UTF8')")
    return value.format(
        "pg_catalog.convert_to("
        "pg_catalog.rpad({v}::pg_catalog.text,"
        " greatest({length}, pg_catalog.char_length({v}::pg_catalog.text))), 'UTF8')",
        length=Literal(value.source.length or 0),
    )


def _jsonb(value: _Value) -> Composable:
    """Return SQL for jsonb as Postgres prints it, without trailing zeros of fractions.

    The pattern matches a string as a whole, so nothing inside it is changed. Else the pattern matches a fraction up to
    its last digit that is not 0, or with the point if there is no such digit. A search for such fractions comes first,
    since it is several times faster than replacing, and finds nothing in most values. OFFSET 0 prevents printing the
    value once for each use.
    """
    if value.into.facts.family is not Family.JSON:
        return _foreign(value.sql)
    if value.printed or not value.same:
        return value.format(_AS_TEXT)
    return value.format(
        "(SELECT pg_catalog.convert_to(CASE WHEN t OPERATOR(pg_catalog.~) {ends}"
        " THEN pg_catalog.regexp_replace(t, {zeros}, {kept}, 'g')"
        " ELSE t END, 'UTF8') FROM (SELECT {v}::pg_catalog.text OFFSET 0) AS printed (t))",
        ends=Literal(r"\.[0-9]*0([],}]|$)"),
        zeros=Literal(r'("(?:[^"\\]|\\.)*")|(\.[0-9]*[1-9])0+(?![0-9])|\.0+(?![0-9])'),
        kept=Literal(r"\1\2"),
    )


def _date(value: _Value) -> Composable:
    if not value.same:
        return _foreign(value.sql)
    return value.format(
        "CASE WHEN pg_catalog.isfinite({v}) THEN pg_catalog.int8send(({v}"
        " OPERATOR(pg_catalog.-) {epoch}::pg_catalog.date)::bigint OPERATOR(pg_catalog.-) {shift})"
        " ELSE {foreign} END",
        epoch=Literal("1970-01-01"),
        shift=Literal(value.shift_days),
        foreign=_foreign(value.sql),
    )


def _moment(value: _Value) -> Composable:
    """Return SQL for the microseconds since 1970.

    Postgres sends the microseconds since 2000, so a moment that many days later has the wanted number. Near the end of
    Postgres' range there is no such later moment, so the number is computed in decimals. An interval of seconds is
    added independently of the time zone.
    """
    if not value.same:
        return _foreign(value.sql)
    by = _EPOCH_DAYS - value.shift_days
    low, high = max(EARLIEST, EARLIEST - by), min(_LATEST, _LATEST - by)
    zoned = value.source.logical is Logical.TIMESTAMPTZ
    # Near the last microsecond that 64 bits hold since 1970, EXTRACT(epoch) has only four digits after the point.
    exact = value.format(
        "((EXTRACT(epoch FROM pg_catalog.date_trunc('second', {v})) OPERATOR(pg_catalog.*) 1000000)"
        " OPERATOR(pg_catalog.+) (EXTRACT(microseconds FROM {v}) OPERATOR(pg_catalog.%) 1000000))"
        " OPERATOR(pg_catalog.-) {shift}",
        shift=Literal(value.shift_days * _DAY_SECONDS * 1_000_000),
    )
    return value.format(
        "CASE WHEN {v} OPERATOR(pg_catalog.>=) {low}::{type} AND {v}"
        " OPERATOR(pg_catalog.<) {high}::{type} THEN {send}({v} OPERATOR(pg_catalog.+) {by}::interval)"
        " WHEN pg_catalog.isfinite({v}) AND ({exact}) OPERATOR(pg_catalog.>=) -9223372036854775808"
        " AND ({exact}) OPERATOR(pg_catalog.<=) 9223372036854775807"
        " THEN pg_catalog.int8send(({exact})::bigint) ELSE {foreign} END",
        low=Literal(day(low)),
        high=Literal(day(high)),
        type=_type_name(value.source),
        send=SQL("pg_catalog.timestamptz_send" if zoned else "pg_catalog.timestamp_send"),
        by=Literal(f"{by * _DAY_SECONDS} seconds"),
        exact=exact,
        foreign=_foreign(value.sql),
    )


def _moved_text(value: _Value) -> Composable:
    """Return SQL for the date or moment `shift_days` earlier, as the type prints it. Infinite values stay."""
    shift = value.shift_days
    low, high = max(EARLIEST, EARLIEST + shift), min(_LATEST, _LATEST + shift)
    return value.format(
        "CASE WHEN {v} OPERATOR(pg_catalog.>=) {low}::{type} AND {v}"
        " OPERATOR(pg_catalog.<) {high}::{type} THEN {moved} ELSE {printed} END",
        low=Literal(day(low)),
        high=Literal(day(high)),
        type=_type_name(value.into),
        moved=_printed(days_before(value.sql, value.into, shift)),
        printed=_printed(value.sql),
    )


def _type_name(type_: Type) -> Composable:
    return SQL("pg_catalog.date" if type_.logical is Logical.DATE else type_.facts.postgres[0])


def _list(value: _Value) -> Composable:
    source, into = value.source.item, value.into.item
    assert source is not None
    if into is None:
        return _foreign(value.sql)
    start, cast = Literal(_ARRAY_HEADER + 1), _sent_as(source, into)
    if cast is not None:
        fields = value.format(f"pg_catalog.substr(pg_catalog.array_send({cast}), {{start}})", start=start)
    else:
        element = _payload(replace(value, sql=SQL("element"), source=source, into=into))
        fields = value.format(
            "CASE WHEN pg_catalog.cardinality({v}) OPERATOR(pg_catalog.=) 0 THEN ''::pg_catalog.bytea ELSE"
            " (SELECT pg_catalog.substr(pg_catalog.array_send("
            "pg_catalog.array_agg({element} ORDER BY place)), {start})"
            " FROM pg_catalog.unnest({v}) WITH ORDINALITY AS item (element, place)) END",
            element=element,
            start=start,
        )
    return value.format(
        "CASE WHEN pg_catalog.array_ndims({v}) OPERATOR(pg_catalog.>) 1"
        " OR pg_catalog.array_lower({v}, 1) OPERATOR(pg_catalog.<>) 1 THEN {foreign}"
        " ELSE {fields} END",
        foreign=_foreign(value.sql),
        fields=fields,
    )


def _sent_as(source: Type, into: Type) -> str | None:
    """Return the cast of an array after which array_send() writes each element's canonical field, None without one."""
    if source.facts.family is Family.INTEGER and into.facts.family is Family.INTEGER:
        return "{v}::bigint[]"
    if source.facts.family is Family.CHARACTER and into.logical is Logical.STRING and not is_padded(into):
        return "{v}::pg_catalog.text[]"
    return "{v}" if source.logical is into.logical and source.logical in _SENT_AS_THEY_ARE else None


def _printed(value: Composable) -> Composable:
    """Return SQL for what the type's output function prints, since a cast would add /32 to an inet and strip a char(n).

    IS DISTINCT FROM NULL is used because a row of NULLs IS NULL.
    """
    return SQL(
        "CASE WHEN {v} IS DISTINCT FROM NULL THEN pg_catalog.convert_to(pg_catalog.concat({v}), 'UTF8') END"
    ).format(v=value)


def _foreign(value: Composable) -> Composable:
    """Return SQL for 33 bytes that differ for different values and are no canonical form.

    No number has so many bytes, and no text or list starts with these.
    """
    return SQL("'\\x80'::pg_catalog.bytea OPERATOR(pg_catalog.||) pg_catalog.sha256({})").format(_printed(value))


_AS_TEXT = "pg_catalog.convert_to({v}::pg_catalog.text, 'UTF8')"
_SENT_AS_THEY_ARE = frozenset({Logical.BOOL, Logical.BYTES, Logical.UUID, Logical.TIME, Logical.ENUM, Logical.JSON})

PAYLOADS: Mapping[Logical, _Payload] = {
    Logical.BOOL: _same("pg_catalog.boolsend({v})"),
    Logical.INT16: _integer,
    Logical.INT32: _integer,
    Logical.INT64: _integer,
    Logical.FLOAT32: _float,
    Logical.FLOAT64: _float,
    Logical.DECIMAL: _decimal,
    Logical.STRING: _label,
    Logical.BYTES: _same("({v})::pg_catalog.bytea"),
    Logical.UUID: _same("pg_catalog.uuid_send({v})"),
    Logical.JSONB: _jsonb,
    Logical.JSON: _same(_AS_TEXT),
    Logical.DATE: _date,
    Logical.TIME: _same("pg_catalog.time_send({v})"),
    Logical.TIMESTAMP: _moment,
    Logical.TIMESTAMPTZ: _moment,
    Logical.INTERVAL: _same(
        "pg_catalog.substr(pg_catalog.interval_send({v}), 13)"
        " OPERATOR(pg_catalog.||) pg_catalog.substr(pg_catalog.interval_send({v}), 9, 4)"
        " OPERATOR(pg_catalog.||) pg_catalog.substr(pg_catalog.interval_send({v}), 1, 8)"
    ),
    Logical.ENUM: _label,
    Logical.LIST: _list,
    Logical.TEXT: _text,
}
