"""The current positions of a live database's sequences."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from psycopg import sql

from snap.manifest import SequencePosition
from snap.progress import Progress
from snap.schema import table_label
from snap_restorer.live.reader import Reader
from snap_restorer.pg.catalog import query

_AT_ONCE = 500  # sequences that one statement reads


def read_positions(reader: Reader, wanted: Collection[int], progress: Progress) -> tuple[SequencePosition, ...]:
    """Return the positions of the sequences with these OIDs, ordered by schema and name. Warn of unreadable sequences.

    Sequences are not transactional, so a position is the current one. If it is read after the transaction's snapshot
    was taken, no row in the snapshot holds a later value.
    """
    sequences = [row for row in reader.rows(query("describe_sequences")) if row["oid"] in wanted]
    readable = []
    for row in sequences:
        if row["absent"] or not row["readable"]:
            reason = "a standby does not have it" if row["absent"] else "this role may not read it"
            progress.warn(
                f"the position of sequence {table_label(row['schema'], row['name'])} is not captured: "
                f"{reason}; a restore derives it from the values of the integer columns that the sequence "
                "fills, or leaves it unchanged"
            )
        else:
            readable.append(row)
    at: dict[int, dict[str, Any]] = {}
    for start in range(0, len(readable), _AT_ONCE):
        question = _question(readable[start : start + _AT_ONCE])
        at |= {row["oid"]: row for row in reader.rows(question.as_string(None))}
    return tuple(
        SequencePosition(
            schema=row["schema"],
            name=row["name"],
            last_value=at[row["oid"]]["last_value"],
            is_called=at[row["oid"]]["is_called"],
        )
        for row in readable
    )


def _question(sequences: Collection[dict[str, Any]]) -> sql.Composed:
    return sql.SQL(" UNION ALL ").join(
        sql.SQL("SELECT {}::bigint AS oid, s.last_value, s.is_called FROM {} AS s").format(
            sql.Literal(row["oid"]), sql.Identifier(row["schema"], row["name"])
        )
        for row in sequences
    )
