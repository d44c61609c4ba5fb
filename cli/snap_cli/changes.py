"""Show differences of schemas, tables and rows to people and as JSON."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from snap.units import shortened, some
from snap_cli.render import Grid, Line, Spans, Tone, View

if TYPE_CHECKING:
    from snap.compare import Kind, Sample, SchemaChange, TableDiff
    from snap_cli.forms.diff import KindForm, SampleForm, SchemaChangeForm, SideForm, TableDiffForm

_SIGN = {"added": "+", "removed": "-", "changed": "~"}
_TONE: dict[str, Tone] = {"added": "good", "removed": "bad", "changed": "plain"}
_WIDTH = 36  # the most characters of a value that a line shows
KEY_WIDTH = 72  # people copy keys: the hex digits of a SHA-256 still fit
_AROUND = 12  # the most characters of a long value that are shown before its first difference
_COLUMNS = 4  # the most columns of an added or removed row that a line shows
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def kind_document(kind: Kind) -> KindForm:
    """Return the JSON form of a kind of change."""
    return kind.value


def schema_documents(schema: Sequence[SchemaChange]) -> list[SchemaChangeForm]:
    """Return the JSON form of schema changes."""
    return [
        {
            "kind": kind_document(change.kind),
            "what": change.what,
            "table": change.table,
            "name": change.name,
            "before": change.before,
            "after": change.after,
        }
        for change in schema
    ]


def side_document(table: TableDiff, *, samples: bool) -> SideForm:
    """Return the JSON form of the rows that differ."""
    document: SideForm = {
        "added": table.added,
        "removed": table.removed,
        "changed": table.changed,
        "unchanged": table.unchanged,
        "columns": dict(table.columns),
        "not_compared": list(table.left_out),
    }
    if samples:
        document["samples"] = [_sample_document(sample) for sample in table.samples]
    return document


def table_document(table: TableDiff, *, samples: bool) -> TableDiffForm:
    """Return the JSON form of a table's differences."""
    return {"name": table.name, **side_document(table, samples=samples)}


def _sample_document(sample: Sample) -> SampleForm:
    document: SampleForm = {"kind": kind_document(sample.kind), "key": dict(sample.key), "count": sample.count}
    if sample.kind == "changed":
        pairs = zip(sample.before, sample.after, strict=True)
        document["columns"] = {name: {"old": old, "new": new} for (name, old), (_, new) in pairs}
    else:
        document["row"] = dict(sample.after or sample.before)
    return document


def schema_view(schema: Sequence[SchemaChange], heading: str = "schema") -> View:
    """Return one line per schema change, under a heading."""
    if not schema:
        return ()
    return (Line(heading, "strong"), *map(_schema_line, schema), Line(""))


def _schema_line(change: SchemaChange) -> Line:
    return Line(f"  {_SIGN[change.kind]} {schema_text(change)}", _TONE[change.kind])


def schema_text(change: SchemaChange) -> str:
    """Return a text on a schema change: the changed object, and its definition before and after."""
    what = change.what.replace("_", " ")
    where = plain(".".join(part for part in (change.table, change.name) if part))
    before, after = (None if text is None else plain(text) for text in (change.before, change.after))
    if change.what == "table":
        return f"table {where}"
    if change.kind == "changed":
        return f"{what} {where}: {before} → {after}"
    return f"{what} {where} {after if before is None else before}"


def tables_view(tables: Sequence[TableDiff]) -> View:
    """Return the tables that differ, with the numbers of rows and the columns that differ."""
    if not tables:
        return ()
    kinds = [kind for kind in ("added", "removed", "changed", "unchanged") if any(getattr(t, kind) for t in tables)]
    moved = any(table.columns for table in tables)
    rows = tuple(
        (
            plain(table.name),
            *(f"{getattr(table, kind):,}" if getattr(table, kind) else "" for kind in kinds),
            *([columns_text(table)] if moved else []),
        )
        for table in tables
    )
    grid = Grid(columns=("table", *kinds, *(["in columns"] if moved else [])), rows=rows, right=frozenset(kinds))
    derived = any(table.derived for table in tables)
    return grid, *([Line("* derived: triggers of the database maintain it", "dim")] if derived else [])


def left_out_view(tables: Iterable[TableDiff], side: str = "") -> View:
    """Return a line for each table with columns that could not be compared. `side` is one of a three-way diff."""
    return tuple(Line(f"{plain(text)}{side}", "dim") for table in tables if (text := left_out_text(table)))


def left_out_text(table: TableDiff) -> str:
    """Return which columns of a table were compared and which were not, "" if all were."""
    if not table.left_out:
        return ""
    compared = some(table.compared, most=6) or "no column"
    return f"{table.name}: compared in {compared}; not in {some(table.left_out, most=6)}, which only one side has"


def columns_text(table: TableDiff) -> str:
    """Return the columns that differ, each with its number of rows."""
    return ", ".join(f"{plain(name)}{'*' if name in table.derived else ''} {count:,}" for name, count in table.columns)


def samples_view(table: TableDiff) -> Iterator[Line | Spans]:
    """Yield the samples of one table: a line per added or removed row, and a line per column of a changed row."""
    if not table.samples:
        return
    named = ", ".join(plain(name) for name, _ in table.samples[0].key)
    yield Spans((Line(plain(table.name), "strong"), Line(f"  by {named}" if named else "", "dim")))
    for sample in table.samples:
        key = ", ".join(short(value, KEY_WIDTH) for _, value in sample.key)
        sign, tone = f"  {_SIGN[sample.kind]} ", _TONE[sample.kind]
        if sample.kind != "changed":
            names = {name for name, _ in sample.key}
            rest = [pair for pair in (sample.after or sample.before) if pair[0] not in names]
            columns = [f"{plain(name)} {short(value)}" for name, value in rest[:_COLUMNS]]
            shown = ", ".join([*columns, *(["…"] if len(rest) > _COLUMNS else [])])
            times = f"{sample.count:,} × " if sample.count > 1 else ""
            yield Line(sign + times + "  ".join(part for part in (key, shown) if part), tone)
            continue
        yield Line(sign + key)
        width = max((len(plain(name)) for name, _ in sample.before), default=0)
        for (name, old), (_, new) in zip(sample.before, sample.after, strict=True):
            was, now = _differing(text(old), text(new))
            yield Spans(
                (Line(f"      {plain(name):<{width}}  "), Line(was, "bad"), Line(" → ", "dim"), Line(now, "good"))
            )
    yield Line("")


def plain(text: str) -> str:
    """Return `text` with escapes for characters that a terminal would obey: controls and changes of direction."""
    return _CONTROL.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def text(value: Any) -> str:
    """Return a value as text, quoted if it could be mistaken for another value."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(value).lower()
    shown = plain(str(value))
    return repr(shown) if isinstance(value, str) and (shown != shown.strip() or shown in {"", "NULL"}) else shown


def short(value: Any, width: int = _WIDTH) -> str:
    """Return a value as text of at most `width` characters."""
    return shortened(text(value), width)


def _differing(old: str, new: str) -> tuple[str, str]:
    """Cut two long texts to the part around their first difference."""
    if max(len(old), len(new)) <= _WIDTH:
        return old, new
    limit = min(len(old), len(new))
    same = next((i for i in range(limit) if old[i] != new[i]), limit)
    start = max(0, same - _AROUND)

    def cut(text: str) -> str:
        part = text[start : start + _WIDTH]
        return ("…" if start else "") + part + ("…" if start + len(part) < len(text) else "")

    return cut(old), cut(new)
