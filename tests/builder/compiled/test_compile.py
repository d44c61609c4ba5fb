"""Test that an impossible declaration is refused before a row is made, with its line and a hint."""

from __future__ import annotations

from dataclasses import replace

import pytest

from snap.errors import UsageError
from snap_builder import declare
from snap_builder.declare import Table, choice, lifecycle, moment, money, pairs, ref, sum_of, text
from tests.builder.compiled.declarations import SCHEMA, built, dataset_of, inputs_of


def _refused(*tables: Table, scale: int = 1) -> str:
    with pytest.raises(UsageError) as refusal:
        built(declare.Dataset(tables=tables), scale)
    return f"{refusal.value} ({refusal.value.hint})"


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (Table("peple", 10), "no table 'peple' (did you mean 'people'?)"),
        (Table("people", 10, {"nam": text("{first}")}), "table people has no column 'nam' (did you mean 'name'?)"),
        (
            Table("people", 10, {"name": text("hello", unique=True)}),
            "people.name: 'hello' is the same text in every row, but the texts have to be unique",
        ),
        (Table("orders", 10, {"state": choice(new=1, payd=1)}), "orders.state: 'payd' is no label of the enum"),
        (Table("people", 10, {"name": text("{first}", none=10)}), "people.name is NOT NULL, and its word gives NULL"),
        (Table("lines", 10, {"thing_id": ref("people")}), "lines.thing_id references things, not people"),
        (Table("lines", 10, {"amount": ref("people")}), "lines.amount references no table"),
        (Table("lines", 10, {"amount": money(1, 10**9)}), "lines.amount: numeric(10,2) does not hold 1000000000"),
        (Table("people", 10, {"rank": declare.integer(9, 1)}), "people.rank: no number lies between 9 and 1"),
        (
            Table("things", 30, {"owner_id": ref("people", none=10), "title": text("of {owner.name}")}),
            "things.title is NOT NULL, and it reads things.owner_id, which may be NULL",
        ),
        (
            Table(
                "orders",
                10,
                {"at": moment(declare.after("paid_at")), "state": lifecycle("at", new=1, paid=("paid_at", 1))},
            ),
            "columns depend on each other: orders.at → orders.paid_at → orders.at",
        ),
        (Table("things", 10, {"title": text("{price.cents}")}), "things.price references no table, so it has no cents"),
        (Table("people", 10, {"name": text("{frist}")}), "table people has no column 'frist'"),
        (Table("orders", 10, {"total": sum_of("linse.amount")}), "no table 'linse' (did you mean 'lines'?)"),
        (Table("orders", 10, {"total": sum_of("things.price")}), "things does not reference orders"),
        (
            (
                Table("orders", 10, {"total": sum_of("lines.amount")}),
                Table("lines", 9, {"amount": choice({"0.99": 1})}),
            ),
            "orders.total: lines.amount has listed values that are not whole numbers, so nothing can be computed "
            "from it",
        ),
        (Table("orders", 10, {"total": sum_of("lines.amonut")}), "table lines has no column 'amonut'"),
    ],
)
def test_what_a_schema_does_not_have_is_refused_by_name(table: Table | tuple[Table, ...], message: str) -> None:
    assert message in _refused(*(table if isinstance(table, tuple) else (table,)))


def test_a_promise_that_rows_without_parents_would_break_is_refused() -> None:
    with pytest.raises(
        UsageError, match="guarantees rows for parents with at_least=, but none= leaves some rows without a parent"
    ):
        ref("people", at_least=1, none=10)


def test_a_table_declared_twice_is_refused() -> None:
    assert "table people is declared twice" in _refused(Table("people", 1), Table("people", 2))


def test_tables_of_which_only_the_rows_are_known_are_declared_in_a_line() -> None:
    short = inputs_of(dataset_of(declare.Dataset(rows={"people": 7}, tables=[Table("orders", 30)]))).rows
    assert (short["people"], short["orders"], short["lines"]) == (7, 30, 90)
    with pytest.raises(UsageError, match="table people has no row"):
        declare.Dataset(rows={"people": 0})
    with pytest.raises(UsageError, match="table people is declared twice"):
        declare.Dataset(rows={"people": 1}, tables=[Table("people", 1)])


def test_more_pairs_than_there_are_is_refused_with_the_arithmetic() -> None:
    said = _refused(
        Table("people", 20), Table("things", 20), Table("likes", 1_000, pairs=pairs("person_id", "thing_id"))
    )
    assert "likes: 1,000 unique pairs of 20 people and 20 things are impossible: only 400 exist" in said


def test_pairs_of_parents_without_rows_do_not_count_as_possible() -> None:
    likes = Table("likes", 60, pairs=declare.pairs("person_id", "thing_id", none_have=90))
    message = _refused(Table("people", 20), Table("things", 20), likes)
    assert "likes: 60 unique pairs of 2 people and 20 things are impossible: only 40 exist" in message


def test_fewer_rows_than_each_parent_has_at_least_is_refused_with_the_arithmetic() -> None:
    said = _refused(Table("orders", 100), Table("lines", 150, {"order_id": ref("orders", at_least=2)}))
    assert "lines.order_id: 1.5 rows for each row of orders are too few: each needs at least 2" in said


def test_a_table_that_is_not_named_gets_three_rows_for_each_of_its_parents() -> None:
    rows = inputs_of(dataset_of(declare.Dataset(tables=[Table("people", 7)]))).rows
    assert rows == {"people": 7, "things": 21, "orders": 21, "lines": 63, "likes": 63}


def test_what_is_not_named_is_made_by_key_and_type() -> None:
    made = built(
        declare.Dataset(tables=[Table("people", 30), Table("likes", 40, pairs=pairs("person_id", "thing_id"))])
    )
    assert {table: len(rows) for table, rows in made.items()} == {
        "people": 30,
        "things": 90,
        "orders": 90,
        "lines": 270,
        "likes": 40,
    }
    assert set(made["orders"]["state"].to_pylist()) == {"new", "paid", "sent"}


def test_a_named_stream_keeps_the_values_of_a_renamed_column() -> None:
    people, *others = SCHEMA.tables
    columns = tuple(replace(column, name=column.name.replace("rank", "grade")) for column in people.columns)
    renamed = replace(SCHEMA, tables=(replace(people, columns=columns), *others))
    before = built(declare.Dataset(tables=[Table("people", 30, {"rank": declare.integer(1, 9)})]))
    kept = built(
        declare.Dataset(tables=[Table("people", 30, {"grade": declare.integer(1, 9, stream="rank")})]), 1, renamed
    )
    other = built(declare.Dataset(tables=[Table("people", 30, {"grade": declare.integer(1, 9)})]), 1, renamed)
    assert kept["people"]["grade"].equals(before["people"]["rank"])
    assert not other["people"]["grade"].equals(before["people"]["rank"])
