"""Return the objects of a database that a capture leaves out, grouped by kind, with their names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from psycopg import sql

from snap.schema import table_label
from snap.units import some
from snap_restorer.live.reader import Reader
from snap_restorer.pg.catalog import query

_SHOWN = 10  # the most names in a warning
_CONFIGURATION = "extension's row"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotCaptured:
    """Objects of one kind that a capture does not carry. The same name may be in `names` twice."""

    kind: str
    names: tuple[str, ...]

    @property
    def warning(self) -> str:
        """Return the warning as one line."""
        return f"not captured: {self.kind}, {len(self.names):,} ({some(self.names, most=_SHOWN)})"


def read_not_captured(reader: Reader, own: Iterable[int]) -> tuple[NotCaptured, ...]:
    """Return the objects that a capture of the whole database does not carry. `own` are snap's own tables."""
    statement = sql.SQL(query("describe_not_captured")).format(own=[str(oid) for oid in own]).as_string(None)
    names: dict[str, list[str]] = {}
    for row in reader.rows(statement):
        names.setdefault(row["kind"], []).append(row["name"])
    if configuration := _configuration(reader):
        names[_CONFIGURATION] = configuration
    return tuple(NotCaptured(kind=kind, names=tuple(listed)) for kind, listed in names.items())


def _configuration(reader: Reader) -> list[str]:
    """Return the configuration tables of extensions that hold user rows, which pg_dump would dump."""
    tables: Sequence[dict[str, str]] = reader.rows(query("describe_configuration"))
    holding = []
    for row in tables:
        asked = sql.SQL("SELECT EXISTS (SELECT FROM {} ").format(sql.Identifier(row["schema"], row["name"]))
        (answer,) = reader.rows(f"{asked.as_string(None)}{row['condition']}) AS holds")
        if answer["holds"]:
            holding.append(f"{table_label(row['schema'], row['name'])} of {row['extension']}")
    return holding
