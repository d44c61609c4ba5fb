"""Test exclusion constraints: times of a resource and ranges do not overlap, or the constraint is reported as unmet."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from snap.errors import UsageError
from snap.schema import Check, Details, Enum, ForeignKey, PartialUnique, Schema, Table
from snap_builder.compiled.compile import understand
from snap_builder.declare import Dataset, booking, choice, during, moment, ref
from snap_builder.declare import Table as Declared
from tests.builder.compiled.declarations import built, dataset_of, inputs_of
from tests.builder.compiled.tenants import columns

ROOMS = Table(name="rooms", columns=columns("id bigint"), primary_key=("id",))
ROOM, GUEST = "room_id bigint", "guest_id bigint"
TIMES = ("starts_at timestamp with time zone", "ends_at timestamp with time zone")
DAYS = ("since date", "until date")
ONE = "room_id WITH =, tstzrange(starts_at, ends_at) WITH &&"
ORDERED = Check(columns=("starts_at", "ends_at"), sql="CHECK ((ends_at > starts_at))")


def _schema(named: tuple[str, ...], *constraints: str, checks: tuple[Check, ...] = (), **options) -> Schema:
    made = columns("id bigint", *named)
    stays = Table(name="stays", columns=made, primary_key=("id",), **options)
    held = [column.name for column in made if column.name.endswith("_id")]
    keys = tuple(ForeignKey(columns=(name,), references="rooms", to=("id",)) for name in held)
    listed = tuple(Check(columns=tuple(c.name for c in made), sql=f"EXCLUDE USING {text}") for text in constraints)
    return Schema(
        tables=(ROOMS, replace(stays, foreign_keys=keys)),
        enums=(Enum(name="kind", labels=("tool", "toy")),),
        sql="",
        details=(Details(table="stays", checks=(*checks, *listed)),),
    )


def _left(schema: Schema, dataset: Dataset | None = None) -> list[str]:
    return [check.sql for check in understand("app", dataset or Dataset(), schema).inferred["stays"].others]


@pytest.mark.parametrize("scale", [1, 20])
@pytest.mark.parametrize(
    ("schema", "by", "begin", "end"),
    [
        (_schema((ROOM, *TIMES), f"gist ({ONE})", checks=(ORDERED,)), ["room_id"], "starts_at", "ends_at"),
        (_schema((ROOM, *TIMES), f"gist ({ONE}) WHERE ((room_id > 3))"), ["room_id"], "starts_at", "ends_at"),
        (
            _schema((ROOM, *DAYS), "gist (room_id WITH =, daterange(since, until, '[]'::text) WITH &&)"),
            ["room_id"],
            "since",
            "until",
        ),
        (
            _schema(
                (ROOM, "since date", "until date?"),
                "gist (room_id WITH =, daterange(since, COALESCE(until, 'infinity'::date), '[]'::text) WITH &&)",
            ),
            ["room_id"],
            "since",
            "until",
        ),
        (_schema(TIMES, "gist (tstzrange(starts_at, ends_at) WITH &&)"), [], "starts_at", "ends_at"),
        (_schema(DAYS, "gist (daterange(since, until, '[]'::text) WITH &&) DEFERRABLE"), [], "since", "until"),
        (
            _schema(
                ("from timestamp without time zone", "to timestamp without time zone", "hall text"),
                'gist (hall WITH OPERATOR(pg_catalog.=), tsrange("from", "to") WITH &&)',
            ),
            ["hall"],
            "from",
            "to",
        ),
        (
            _schema(
                (ROOM, GUEST, *TIMES), f"gist ({ONE})", "gist (guest_id WITH =, tstzrange(starts_at, ends_at) WITH &&)"
            ),
            [],
            "starts_at",
            "ends_at",
        ),
        (_schema(("room_id bigint?", *TIMES), f"gist ({ONE})"), [], "starts_at", "ends_at"),
        (
            _schema(
                (*TIMES, "u uuid", "b boolean", "n smallint", "c kind", "i interval", "d date"),
                f"gist (u WITH =, b WITH =, n WITH =, c WITH =, i WITH =, d WITH =, {ONE})",
            ),
            ["u", "b", "n", "c"],
            "starts_at",
            "ends_at",
        ),
        (
            _schema((ROOM, *TIMES), f"gist ({ONE})", unique=(("room_id", "starts_at"), ("room_id", "ends_at"))),
            ["room_id"],
            "starts_at",
            "ends_at",
        ),
        (_schema((ROOM, *TIMES), f"gist ({ONE})", unique=(("starts_at",),)), [], "starts_at", "ends_at"),
    ],
)
def test_no_two_times_of_a_resource_touch(schema, by, begin, end, scale):
    rows = built(Dataset(), scale, schema)["stays"].to_pylist()
    assert len(rows) == scale * (30 if any("_id" in c.name for c in schema.tables[1].columns) else 10)
    assert understand("app", Dataset(), schema).planned["stays"].makers[begin].by == tuple(by)
    assert not _left(schema)
    times = sorted(([row[name] for name in by], row[begin], row[end]) for row in rows)
    assert all(start < stop for _, start, stop in times)
    assert not [pair for pair in pairwise(times) if pair[0][0] == pair[1][0] and pair[0][2] >= pair[1][1]]


@pytest.mark.parametrize(
    ("key", "condition"),
    [(("room_id", "starts_at"), "(status = 'active'::text)"), (("room_id",), "(ends_at IS NULL)")],
)
def test_times_meet_unique_indexes_over_some_rows(key, condition):
    named = (ROOM, "status text", "starts_at date", "ends_at date?")
    element = "room_id WITH =, status WITH =, daterange(starts_at, ends_at) WITH &&"
    schema = _schema(named, f"gist ({element})")
    (details,) = schema.details
    schema = replace(schema, details=(replace(details, partials=(PartialUnique(columns=key, condition=condition),)),))
    rows = built(Dataset(), 1, schema)["stays"].to_pylist()
    assert len({row["status"] for row in rows}) > 1
    assert len({(row["room_id"], row["starts_at"]) for row in rows}) == len(rows)
    assert not _left(schema)


def test_an_index_of_rows_without_a_time_is_left_where_a_resource_may_be_missing():
    named = ("room_id bigint?", GUEST, "starts_at date?", "ends_at date?")
    schema = _schema(named, "gist (room_id WITH =, daterange(starts_at, ends_at) WITH &&)")
    (details,) = schema.details
    partial = PartialUnique(columns=("guest_id",), condition="(ends_at IS NULL)")
    schema = replace(schema, details=(replace(details, partials=(partial,)),))
    assert _left(schema) == ["UNIQUE (guest_id) WHERE (ends_at IS NULL)"]


def test_a_row_without_a_resource_has_no_time():
    times = tuple(f"{each}?" for each in TIMES)
    rooms = {"room_id": ref("rooms", none=50)}
    rows = built(
        Dataset(tables=(Declared("stays", 30, rooms),)), 1, _schema(("room_id bigint?", *times), f"gist ({ONE})")
    )
    empty = [
        tuple(row[name] is None for name in ("room_id", "starts_at", "ends_at")) for row in rows["stays"].to_pylist()
    ]
    assert {*empty} == {(True, True, True), (False, False, False)}


@pytest.mark.parametrize("kind", ["tstzrange", "daterange", "int4range", "datemultirange", "cidr"])
def test_ranges_are_values_of_their_own(kind):
    element = "during inet_ops WITH &&" if kind == "cidr" else "during WITH &&"
    schema = _schema((ROOM, f"during {kind}?"), f"gist (room_id WITH =, {element})", f"gist ({element})")
    values = built(Dataset(), 1, schema)["stays"]["during"].to_pylist()
    assert len({*values}) == len(values) == 30
    assert not _left(schema)


@pytest.mark.parametrize(
    ("named", "constraint", "checks"),
    [
        (("c circle",), "gist (c WITH &&)", ()),
        ((ROOM, "n bigint", "m bigint"), "gist (room_id WITH =, int8range(n, m) WITH &&)", ()),
        ((ROOM, GUEST), "gist (room_id WITH =, guest_id WITH <>)", ()),
        ((ROOM, *TIMES), "gist (tstzrange(starts_at, starts_at) WITH &&)", ()),
        ((ROOM, *TIMES, "created_at timestamp with time zone"), f"gist ({ONE})", ("starts_at >= created_at",)),
        ((ROOM, *TIMES), f"gist ({ONE})", ("ends_at < '2030-01-01 00:00:00+00'::timestamp with time zone",)),
    ],
)
def test_what_no_word_holds_is_left_to_people(named, constraint, checks):
    listed = tuple(Check(columns=tuple(c.name for c in columns(*named)), sql=f"CHECK (({each}))") for each in checks)
    assert _left(_schema(named, constraint, checks=listed)) == [f"EXCLUDE USING {constraint}"]


def test_a_second_pair_of_moments_cannot_share_a_column():
    third = "cleaned_at timestamp with time zone"
    other = "gist (tstzrange(ends_at, cleaned_at) WITH &&)"
    assert _left(_schema((ROOM, *TIMES, third), f"gist ({ONE})", other)) == [f"EXCLUDE USING {other}"]


@pytest.mark.parametrize(("by", "left"), [("room_id", 0), (("room_id", "guest_id"), 1), (None, 1)])
def test_a_declared_word_holds_it_where_it_books_the_same_times(by, left):
    word = moment(during("-1y"))
    if by is not None:
        word = booking(by, ends="ends_at", period=during("-1y"), lasts="1h", every="1h")
    dataset = Dataset(tables=(Declared("stays", 30, {"starts_at": word}),))
    assert len(_left(_schema((ROOM, GUEST, *TIMES), f"gist ({ONE})"), dataset)) == left


def test_turns_are_as_short_as_the_rows_of_a_resource_need():
    lengths = []
    for count in (10, 200, 2_000, 20_000):
        schema = _schema((*TIMES, "kind text"), "gist (kind WITH =, tstzrange(starts_at, ends_at) WITH &&)")
        words = {"kind": choice({"one": 1})}
        declared = Dataset(tables=(Declared("stays", count, words),))
        word = understand("app", declared, schema).planned["stays"].makers["starts_at"]
        assert word.turns >= 100 * count
        assert word.shortest < word.longest <= word.every
        lengths.append(word.every // 60_000_000)
    assert lengths == [60, 30, 2, 2]


def test_more_rows_than_a_hundred_years_have_turns_are_refused_with_the_column():
    dataset = dataset_of(
        Dataset(tables=(Declared("stays", 20_000),)), _schema(DAYS, "gist (daterange(since, until) WITH &&)")
    )
    with pytest.raises(
        UsageError, match=r"^stays\.since: row 18,250 is booking 18,251, and the period has 18,250 turns$"
    ):
        dataset.plan(inputs_of(dataset)).require()
