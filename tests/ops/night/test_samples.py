"""Test the selection of differing rows for the report."""

from __future__ import annotations

import json
from typing import Any

import pytest

from snap.compare import Diff, Kind, Sample, TableDiff
from snap.schema import Column, Table
from snap.types import parse
from snap_ops.night.diff import DiffStep
from snap_ops.night.samples import sample_facts
from snap_ops.notify import slack
from snap_ops.notify.message import message
from snap_ops.report import Samples
from tests.ops.night.bed import Bed
from tests.postgres import execute

PRIVATE = "ada@people.example"
CHANGED = Sample(
    kind=Kind.CHANGED,
    key=(("id", 7),),
    before=(("bio", "old"), ("seen", None)),
    after=(("bio", PRIVATE), ("seen", "x" * 99)),
)


def table(name: str, *columns: tuple[str, str], key: tuple[str, ...]) -> Table:
    made = tuple(Column(name=column, type=parse(kind, set())) for column, kind in columns)
    return Table(name=name, columns=made, primary_key=key)


def facts(show: Samples, *samples: Sample, of: Table) -> Any:
    diff = Diff(schema=(), tables=(TableDiff(name=of.label, changed=len(samples), samples=samples),))
    return sample_facts(diff, [of], show).get(of.label)


USERS = table("users", ("id", "bigint"), ("bio", "text"), ("seen", "text"), key=("id",))


def test_a_row_is_named_by_its_key_and_the_columns_that_differ() -> None:
    assert facts("keys", CHANGED, of=USERS) == [{"change": "changed", "key": {"id": 7}, "columns": ["bio", "seen"]}]
    assert facts("none", CHANGED, of=USERS) is None


def test_values_are_shown_where_that_is_asked_for_and_cut() -> None:
    [fact] = facts("rows", CHANGED, of=USERS)
    assert fact["values"] == {"bio": ["old", PRIVATE], "seen": [None, "x" * 80 + "…"]}


@pytest.mark.parametrize(
    ("kind", "shown"),
    [("integer", True), ("uuid", True), ("date", True), ("timestamp with time zone", True), ("text", False),
     ("character varying(9)", False), ("jsonb", False), ("bytea", False), ("numeric(8,2)", False), ("citext", False)],
)  # fmt: skip
def test_a_key_that_people_wrote_is_not_shown(kind: str, shown: bool) -> None:
    keyed = table("mail", ("n", "integer"), ("address", kind), key=("n", "address"))
    sample = Sample(kind=Kind.ADDED, key=(("n", 1), ("address", PRIVATE)), after=(("n", 1), ("address", PRIVATE)))
    [fact] = facts("keys", sample, of=keyed)
    assert fact == {"change": "added", "key": {"n": 1, "address": PRIVATE} if shown else None, "columns": []}
    assert facts("rows", sample, of=keyed)[0]["key"] == {"n": 1, "address": PRIVATE}


def test_a_row_without_a_key_has_no_name() -> None:
    assert facts("keys", Sample(kind=Kind.REMOVED, key=(), before=(("bio", PRIVATE),)), of=USERS)[0]["key"] is None


@pytest.mark.slow
@pytest.mark.parametrize("show", ["none", "keys", "rows"])
def test_no_message_holds_a_row_and_the_record_what_is_asked_for(bed: Bed, show: Samples) -> None:
    execute(bed.url, f"UPDATE crew SET name = '{PRIVATE}' WHERE id = (SELECT max(id::text)::uuid FROM crew)")
    ((key,),) = execute(bed.url, f"SELECT id::text FROM crew WHERE name = '{PRIVATE}'")
    record = bed.night(DiffStep(resolve=bed.store.resolve, samples=show))
    text = json.dumps(record.document())
    assert (key in text) is (show != "none")
    assert (PRIVATE in text) is (show == "rows")
    told = json.dumps(slack.payload(message(record)))
    assert "crew" in told
    assert key not in told
    assert PRIVATE not in told
