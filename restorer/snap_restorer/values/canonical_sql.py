"""Canonical bytes of a database's values, as SQL expressions: docs/format.md once more, for Postgres to compute. Pure.

The bytes depend on the snapshot's type alone; the column may be wider (integer in bigint, varchar in text), a domain,
or of another type altogether. A value that no snapshot can hold in that type (an infinite date, a NaN, an array of two
dimensions, a foreign type) gives bytes that no canonical value has. None of the expressions raises.

They print as the session does: it wants TimeZone UTC, DateStyle ISO, IntervalStyle postgres, extra_float_digits 1,
bytea_output hex and client_encoding UTF8.
"""

from __future__ import annotations

import re

from psycopg import sql
from psycopg.sql import SQL, Composable, Literal

from snap.types import Logical, Type, parse
from snap_restorer.pg.introspect import TargetColumn

_INTEGERS = frozenset({Logical.INT16, Logical.INT32, Logical.INT64})
_FLOATS = frozenset({Logical.FLOAT32, Logical.FLOAT64})
_LABELS = frozenset({Logical.STRING, Logical.ENUM})
_MOMENTS = frozenset({Logical.TIMESTAMP, Logical.TIMESTAMPTZ})
# What array_send() writes of one element is its canonical field; integers are once they are bigint.
_SENT_AS_THEY_ARE = frozenset({Logical.BOOL, Logical.BYTES, Logical.UUID, Logical.TIME, Logical.ENUM, Logical.JSON})
_DATED = _MOMENTS | {Logical.DATE}
_EPOCH_DAYS = 10_957  # from 1970-01-01 to 2000-01-01, where Postgres counts from
_DAY_SECONDS = 86_400
EARLIEST = -2_440_588  # days since 1970 of 4714-11-24 BC, the first day of a Postgres timestamp
_LATEST = 106_762_939  # and of 294276-12-31, the last day of a timestamp
_ARRAY_HEADER = 20  # bytes of array_send() before the elements: dimensions, has NULLs, element type, size, lower bound


def natural(held: TargetColumn) -> Type:
    """Return the type beneath a column's domains; the digits that a time keeps do not change how it is printed."""
    base = natural_name(held.base)
    return parse(base, {base, base.removesuffix("[]")} if held.kind == "e" else ())


def natural_name(pg: str) -> str:
    """Return the name of a type without the digits and fields that a time or interval keeps."""
    return re.sub(r"^interval[^\[]*", "interval", re.sub(r"^(time|timestamp)\(\d+\)", r"\1", pg))


def payload(source: Type, into: Type, value: Composable, *, shift_days: int = 0, printed: bool = False) -> Composable:
    """Return SQL of type bytea: the canonical bytes of `value` (SQL of type `into`) for `source`; NULL for NULL.

    The database's dates and times lie `shift_days` after the snapshot's. `printed` takes jsonb as Postgres prints it,
    which is canonical unless a fraction ends in a zero, and spares a search of every text.
    """
    if source.logical is Logical.LIST:
        return _list(source, into, value, shift_days=shift_days, printed=printed)
    if into.logical is Logical.LIST and source.logical is not Logical.TEXT:
        return _foreign(value)
    return _scalar(source, into, value, shift_days=shift_days, printed=printed)


def row(payloads: list[Composable]) -> Composable:
    """Return SQL of type bytea: a row's fields, framed, of SQL expressions for their payloads.

    array_send() frames bytea elements as docs/format.md does fields, NULL as -1 and no bytes, in one call: measured,
    it costs a quarter of what computing the hash does, whatever the columns are.
    """
    return sql.SQL("pg_catalog.substr(pg_catalog.array_send(ARRAY[{}]::bytea[]), {})").format(
        sql.SQL(", ").join(payloads), sql.Literal(_ARRAY_HEADER + 1)
    )


def _scalar(source: Type, into: Type, value: Composable, *, shift_days: int, printed: bool) -> Composable:
    a, b = source.logical, into.logical
    if a in _INTEGERS:
        return _integer(b, into, value)
    if a in _FLOATS and b in _FLOATS:
        # -0 + 0 is +0; a NaN may hold any bits.
        return SQL(
            "CASE WHEN {v} = 'NaN' THEN '\\x7ff8000000000000'::bytea"
            " ELSE pg_catalog.float8send({v}::double precision + 0) END"
        ).format(v=value)
    if a is Logical.DECIMAL and (b is Logical.DECIMAL or b in _INTEGERS or into.pg == "numeric"):
        return SQL("pg_catalog.convert_to(pg_catalog.trim_scale({}::numeric)::text, 'UTF8')").format(value)
    if a is Logical.TEXT and shift_days and b in _DATED and natural_name(source.pg) == into.pg:
        return _moved_text(b, value, shift_days)
    if a is Logical.TEXT or (a in _LABELS and b not in _LABELS):
        return _printed(value)
    if a in _LABELS:
        return _label(source, into, value)
    if a is not b and not (a is Logical.JSONB and b is Logical.JSON):
        return _foreign(value)
    if a is Logical.JSONB and b is Logical.JSONB and not printed:
        return _jsonb(value)
    if a in _MOMENTS:
        return _moment(a, value, shift_days)
    if a is Logical.DATE:
        return SQL(
            "CASE WHEN pg_catalog.isfinite({v}) THEN pg_catalog.int8send(({v} - {epoch}::date)::bigint - {shift})"
            " ELSE {foreign} END"
        ).format(v=value, epoch=_literal("1970-01-01"), shift=_literal(shift_days), foreign=_foreign(value))
    return {
        Logical.BOOL: SQL("pg_catalog.boolsend({v})"),
        Logical.BYTES: SQL("({v})::bytea"),
        Logical.UUID: SQL("pg_catalog.uuid_send({v})"),
        Logical.JSONB: SQL("pg_catalog.convert_to({v}::text, 'UTF8')"),
        Logical.JSON: SQL("pg_catalog.convert_to({v}::text, 'UTF8')"),
        Logical.TIME: SQL("pg_catalog.time_send({v})"),
        Logical.INTERVAL: SQL(
            "pg_catalog.substr(pg_catalog.interval_send({v}), 13)"
            " || pg_catalog.substr(pg_catalog.interval_send({v}), 9, 4)"
            " || pg_catalog.substr(pg_catalog.interval_send({v}), 1, 8)"
        ),
    }[a].format(v=value)


def _integer(b: Logical, into: Type, value: Composable) -> Composable:
    if b in _INTEGERS:
        return SQL("pg_catalog.int8send({}::bigint)").format(value)
    if b is not Logical.DECIMAL and into.pg != "numeric":
        return _foreign(value)
    return SQL(
        "CASE WHEN {v} BETWEEN -9223372036854775808 AND 9223372036854775807 AND {v} = pg_catalog.trunc({v})"
        " THEN pg_catalog.int8send({v}::bigint) ELSE {foreign} END"
    ).format(v=value, foreign=_foreign(value))


def _label(source: Type, into: Type, value: Composable) -> Composable:
    """A cast of char(n) to text drops trailing blanks, of which the snapshot's char(m) has as many as make m."""
    if not (is_padded(into) and is_padded(source)):
        return SQL("pg_catalog.convert_to({}::text, 'UTF8')").format(value)
    return SQL(
        "pg_catalog.convert_to("
        "pg_catalog.rpad({v}::text, greatest({length}, pg_catalog.char_length({v}::text))), 'UTF8')"
    ).format(v=value, length=_literal(source.length or 0))


def is_padded(type_: Type) -> bool:
    """Whether Postgres fills values of this type with blanks: character(n)."""
    return type_.logical is Logical.STRING and bool(re.match(r"character(\(|$)", type_.pg))


def _jsonb(value: Composable) -> Composable:
    """What Postgres prints without zeros at the end of fractions.

    The pattern takes a string whole, so nothing within one is found; else a fraction to its last other digit, or with
    its point if it has none. The search comes first: it is several times faster, and most values end there. OFFSET 0
    keeps the value from being printed for each of its uses.
    """
    return SQL(
        "(SELECT pg_catalog.convert_to(CASE WHEN t ~ {ends} THEN pg_catalog.regexp_replace(t, {zeros}, {kept}, 'g')"
        " ELSE t END, 'UTF8') FROM (SELECT {v}::text OFFSET 0) AS printed (t))"
    ).format(
        v=value,
        ends=_literal(r"\.[0-9]*0([],}]|$)"),
        zeros=_literal(r'("(?:[^"\\]|\\.)*")|(\.[0-9]*[1-9])0+(?![0-9])|\.0+(?![0-9])'),
        kept=_literal(r"\1\2"),
    )


def _moment(logical: Logical, value: Composable, shift_days: int) -> Composable:
    """Microseconds since 1970: Postgres sends those since 2000, so a moment that many days later sends them.

    Near the ends of what Postgres holds, where no later moment is, they are computed in decimals. An interval of
    seconds is added without a look at the time zone.
    """
    by = _EPOCH_DAYS - shift_days
    low, high = max(EARLIEST, EARLIEST - by), min(_LATEST, _LATEST - by)
    type_ = SQL("timestamp with time zone" if logical is Logical.TIMESTAMPTZ else "timestamp without time zone")
    send = SQL("pg_catalog.timestamptz_send" if logical is Logical.TIMESTAMPTZ else "pg_catalog.timestamp_send")
    # Of the last microsecond that 64 bits hold since 1970, EXTRACT(epoch) has four digits behind the point.
    exact = SQL(
        "EXTRACT(epoch FROM pg_catalog.date_trunc('second', {v})) * 1000000"
        " + EXTRACT(microseconds FROM {v}) % 1000000 - {shift}"
    ).format(v=value, shift=_literal(shift_days * _DAY_SECONDS * 1_000_000))
    return SQL(
        "CASE WHEN {v} >= {low}::{type} AND {v} < {high}::{type} THEN {send}({v} + {by}::interval)"
        " WHEN pg_catalog.isfinite({v}) AND ({exact}) BETWEEN -9223372036854775808 AND 9223372036854775807"
        " THEN pg_catalog.int8send(({exact})::bigint) ELSE {foreign} END"
    ).format(
        v=value,
        low=_literal(day(low)),
        high=_literal(day(high)),
        type=type_,
        send=send,
        by=_literal(f"{by * _DAY_SECONDS} seconds"),
        exact=exact,
        foreign=_foreign(value),
    )


def _moved_text(logical: Logical, value: Composable, shift_days: int) -> Composable:
    """What the type prints of the date or moment `shift_days` before; infinite ones stay."""
    low, high = max(EARLIEST, EARLIEST + shift_days), min(_LATEST, _LATEST + shift_days)
    if logical is Logical.DATE:
        before, zoned = SQL("{v} - {days}").format(v=value, days=_literal(shift_days)), SQL("date")
    else:
        span = _literal(f"{shift_days * _DAY_SECONDS} seconds")
        before = SQL("{v} - {span}::interval").format(v=value, span=span)
        zoned = SQL("timestamp with time zone" if logical is Logical.TIMESTAMPTZ else "timestamp without time zone")
    return SQL("CASE WHEN {v} >= {low}::{type} AND {v} < {high}::{type} THEN {moved} ELSE {printed} END").format(
        v=value,
        low=_literal(day(low)),
        high=_literal(day(high)),
        type=zoned,
        moved=_printed(SQL("({})").format(before)),
        printed=_printed(value),
    )


def day(days: int) -> str:
    """Return a day, counted from 1970, as Postgres reads it in any time zone: a Julian day."""
    return f"J{days + 2_440_588} 00:00:00+00"


def _list(source: Type, into: Type, value: Composable, *, shift_days: int, printed: bool) -> Composable:
    assert source.item is not None
    if into.logical is not Logical.LIST or into.item is None:
        return _foreign(value)
    a, b = source.item.logical, into.item.logical
    sent: Composable | None = None
    if a in _INTEGERS and b in _INTEGERS:
        sent = SQL("{}::bigint[]").format(value)
    elif a in _LABELS and b is Logical.STRING and not is_padded(into.item):
        sent = SQL("{}::text[]").format(value)
    elif a is b and a in _SENT_AS_THEY_ARE:
        sent = value
    if sent is not None:
        fields = SQL("pg_catalog.substr(pg_catalog.array_send({}), {})").format(sent, _literal(_ARRAY_HEADER + 1))
    else:
        element = _scalar(source.item, into.item, SQL("element"), shift_days=shift_days, printed=printed)
        fields = SQL(
            "CASE WHEN pg_catalog.cardinality({v}) = 0 THEN ''::bytea ELSE"
            " (SELECT pg_catalog.substr(pg_catalog.array_send("
            "pg_catalog.array_agg({element} ORDER BY place)), {start})"
            " FROM pg_catalog.unnest({v}) WITH ORDINALITY AS item (element, place)) END"
        ).format(v=value, element=element, start=_literal(_ARRAY_HEADER + 1))
    return SQL(
        "CASE WHEN pg_catalog.array_ndims({v}) > 1 OR pg_catalog.array_lower({v}, 1) <> 1 THEN {foreign}"
        " ELSE {fields} END"
    ).format(v=value, foreign=_foreign(value), fields=fields)


def _printed(value: Composable) -> Composable:
    """What the type's own output function prints: a cast to text would add /32 to an inet and strip a char(n).

    IS DISTINCT FROM NULL, because a row of NULLs IS NULL.
    """
    return SQL(
        "CASE WHEN {v} IS DISTINCT FROM NULL THEN pg_catalog.convert_to(pg_catalog.concat({v}), 'UTF8') END"
    ).format(v=value)


def _foreign(value: Composable) -> Composable:
    """33 bytes that tell values apart and are no canonical form: no number has so many, no text or list starts so."""
    return SQL("'\\x80'::bytea || pg_catalog.sha256({})").format(_printed(value))


def _literal(value: object) -> Composable:
    return Literal(value)
