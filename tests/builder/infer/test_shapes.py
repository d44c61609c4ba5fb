"""Test words that are inferred from a database's statistics, in addition to words inferred from its schema."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snap.schema import Check, Details, Schema, Table
from snap.shapes import ColumnShape, ReferenceShape, Shapes, TableShape
from snap_builder import declare
from snap_builder.infer.shapes import Call, fewest, quoted
from snap_builder.starting import Started, start
from tests.builder.compiled.declarations import SCHEMA, built, dataset_of, inputs_of
from tests.builder.compiled.tenants import columns, key

AS_OF = "2026-11-01"


def column(name: str, *, nulls: float = 0, quantiles: tuple[str, ...] = (), **shares: float) -> ColumnShape:
    return ColumnShape(name=name, nulls=nulls, distinct=50, width=8, quantiles=quantiles, shares=tuple(shares.items()))


def fan(column: str, parent: str, parents: int, *rows: int) -> ReferenceShape:
    return ReferenceShape(columns=(column,), parent=parent, parents=parents, rows=rows)


def started(*tables: TableShape, schema: Schema = SCHEMA) -> Started:
    return start("app", schema, as_of=AS_OF, shapes=Shapes(tables=tables))


def declared(text: str) -> declare.Dataset:
    """Return the dataset that the text of a dataset.py declares."""
    names: dict[str, object] = {}
    exec(text, names)
    return names["dataset"]  # type: ignore[return-value]


PEOPLE = TableShape(
    label="people",
    rows=1_000_000,
    columns=(
        column("kind", a=0.5, b=0.3, c=0.2),
        column("rank", quantiles=("0", "1", "1", "2", "400")),
        column("joined", quantiles=("2024-01-01", "2025-01-01 06:00", "2026-10-01")),
        column("score", nulls=0.304, quantiles=("-2", "0", "2")),
        column("name", nulls=0.5),
        column("id", nulls=0),
    ),
)
THINGS = TableShape(
    label="things",
    rows=3_000_000,
    columns=(
        column("owner_id", nulls=0.1),
        column("price", nulls=0.25),
        column("made", quantiles=("2029-01-01",) * 17),
    ),
    references=(fan("owner_id", "people", 600_000, *[1] * 50, *[2] * 30, *[20] * 20, 90),),
)
ORDERS = TableShape(
    label="orders",
    rows=1_500_000,
    columns=(column("state", new=0.1, paid=0.9), column("sent_at", nulls=0.4)),
    references=(fan("person_id", "people", 600_000, *range(1, 101), 1_500),),
)


def test_rows_keep_their_proportions_and_a_profile_has_all_of_them() -> None:
    few = TableShape(label="lines", rows=30)
    text = started(PEOPLE, THINGS, ORDERS, few).text
    dataset = declared(text)
    assert {table.name: table.rows for table in dataset.declared} == {
        "people": 3_333,
        "things": 10_000,
        "orders": 5_000,
        "lines": 20,
        "likes": 30_000,  # of which nothing is known: three for each parent
    }
    assert dataset.profiles == {"dev": 1, "full": 300}


@pytest.mark.slow
def test_columns_get_what_their_statistics_say() -> None:
    made = started(PEOPLE, THINGS, ORDERS)
    text = made.text
    assert '"kind": choice({"a": 50, "b": 30, "c": 20}),' in text
    assert '"rank": integer(0, 400, shape=quantiles(0, 1, 1, 2, 400)),' in text
    assert '"joined": moment(spread("2024-01-01", "2025-01-01 06:00", "2026-10-01")),' in text
    assert '"score": money(-2, 2, none=30),' in text
    assert '"owner_id": ref("people", fanout=histogram({1: 50, 2: 30, 20: 20}), none=10),' in text
    assert "none_have=40" in text
    assert '"price": money(1, 900, shape=lognormal(40, "0.9"), none=25),' in text
    assert made.refused == ()
    how = {table.label: table.how for table in made.tables}
    assert how["people"]["kind"] == "statistics"
    assert how["people"]["name"] == "name"  # it is unique, so nothing is said of its NULLs


def test_moments_that_follow_others_come_as_much_later_as_their_quantiles() -> None:
    orders = replace(
        ORDERS,
        columns=(
            column("at", quantiles=("2024-01-01", "2024-06-01", "2025-01-01")),
            column("sent_at", nulls=0.4, quantiles=("2024-01-04", "2024-06-05", "2025-01-06")),
            column("paid_at", quantiles=("2023-01-04", "2023-06-05", "2024-01-06")),
        ),
    )
    text = started(orders).text
    assert '"sent_at": moment(after("at", delay=uniform(0, 690000)), none=40),' in text  # of four days, on average
    assert '"paid_at": moment(spread("2023-01-04", "2023-06-05", "2024-01-06")),' in text  # before the order
    rows = built(declared(text))["orders"].drop_null()
    days = np.array(pc.days_between(rows["at"], rows["sent_at"]))
    assert (days.min(), 7 <= days.max() <= 8) == (0, True)


def test_moments_of_one_day_stay_in_it() -> None:
    people = replace(PEOPLE, columns=(column("joined", quantiles=("2025-01-01", "2025-01-01", "2025-01-01")),))
    assert '"joined": moment(between("2025-01-01", "2025-01-02")),' in started(people).text


counts = st.integers(0, 2_000_000)
shares = st.sampled_from((0.0, 0.001, 0.3, 0.999, 1.0))
moments = st.lists(st.dates(dt.date(1950, 1, 1), dt.date(2040, 1, 1)).map(str), max_size=17).map(sorted).map(tuple)
points = st.lists(st.integers(-(10**15), 10**15), max_size=17).map(sorted).map(lambda n: tuple(map(str, n)))
fans = st.lists(st.sampled_from((1, 2, 7, 40, 900, 10**7)), min_size=101, max_size=101).map(sorted).map(tuple)


@st.composite
def any_shapes(draw: st.DrawFn) -> Shapes:
    """Draw statistics of the schema that need not be consistent with each other."""
    tables = []
    for table in SCHEMA.tables:
        columns = []
        for each in table.columns:
            kind = each.type.logical.value
            quantiles = draw(moments if kind in ("date", "timestamp", "timestamptz") else points)
            plain = {"text": "a.b", "enum": "new"}.get(
                kind if kind == "enum" else "text" if kind == "string" else "", "7"
            )
            columns.append(
                replace(
                    column(each.name, nulls=draw(shares), **draw(st.sampled_from(({}, {plain: 1.0})))),
                    quantiles=quantiles if len(quantiles) > 1 else (),
                )
            )
        references = tuple(
            ReferenceShape(columns=key.columns, parent=key.references, parents=draw(counts), rows=draw(fans))
            for key in table.foreign_keys
        )
        tables.append(TableShape(label=table.label, rows=draw(counts), columns=tuple(columns), references=references))
    return Shapes(tables=tuple(draw(st.permutations(tables))[: draw(st.integers(1, len(tables)))]))


def test_of_fewer_parents_there_are_fewer_pairs() -> None:
    likes = TableShape(label="likes", rows=4_000_000)
    made = started(replace(PEOPLE, rows=1_000), replace(THINGS, rows=9_000, columns=(), references=()), likes)
    rows = {table.label: table.rows for table in made.tables}
    assert (rows["people"], rows["things"]) == (20, 22)
    assert 100 < rows["likes"] <= 20 * 22
    assert built(declared(made.text))["likes"].num_rows == rows["likes"]


@pytest.mark.slow
@given(any_shapes())
def test_whatever_statistics_say_what_is_written_builds(measured: Shapes) -> None:
    dataset = dataset_of(declared(start("app", SCHEMA, as_of=AS_OF, shapes=measured).text))
    inputs = inputs_of(dataset)
    plan = dataset.plan(inputs)
    for table, rows in inputs.rows.items():
        assert plan.part(table, rows - 1, rows).num_rows == 1


def test_numbers_of_few_values_are_choices_in_the_scale_of_their_column() -> None:
    things = replace(THINGS, references=(), columns=(column("price", **{"0.99": 0.75, "1.99": 0.25}),))
    people = replace(PEOPLE, columns=(column("score", **{"1": 0.5, "3": 0.5}),))
    text = started(people, things).text
    assert '"price": choice({"0.99": 75, "1.99": 25}),' in text
    assert '"score": choice({1: 50, 3: 50}),' in text
    rows = built(declared(text))
    assert {str(price) for price in rows["things"]["price"].to_pylist()} == {"0.99", "1.99"}
    assert set(rows["people"]["score"].to_pylist()) == {1.0, 3.0}


def test_what_was_written_builds_and_has_those_shapes() -> None:
    rows = built(declared(started(PEOPLE, THINGS, ORDERS).text))
    kinds = dict(zip(*pc.value_counts(rows["people"]["kind"].combine_chunks()).flatten(), strict=True))
    assert {str(kind): round(count.as_py() / 333.3) for kind, count in kinds.items()} == {"a": 5, "b": 3, "c": 2}
    assert abs(rows["people"]["score"].null_count / 3_333 - 0.3) < 0.01
    assert abs(rows["things"]["owner_id"].null_count / 10_000 - 0.1) < 0.01
    people = rows["orders"]["person_id"].combine_chunks().storage
    counts = np.array(pc.value_counts(people).field(1))
    assert abs(len(counts) / 3_333 - 0.6) < 0.01
    assert np.percentile(counts, 5) == 1


def test_pairs_have_the_fan_outs_of_both_sides() -> None:
    likes = TableShape(
        label="likes",
        rows=3_000_000,
        references=(
            fan("person_id", "people", 500_000, *[2] * 50, *[10] * 51),
            fan("thing_id", "things", 3_000_000, *[1] * 101),
        ),
    )
    made = started(PEOPLE, replace(THINGS, references=(), columns=()), likes)
    assert (
        'Table("likes", rows=10000, pairs=pairs("person_id", "thing_id", '
        "fanout=(histogram({2: 50, 10: 50}), histogram({1: 100})))),"
    ) in made.text
    assert next(table.how for table in made.tables if table.label == "likes")["person_id"] == "statistics"
    rows = built(declared(made.text))["likes"]
    people = np.array(pc.value_counts(rows["person_id"].combine_chunks().storage).field(1))
    assert len(people) > 2_000
    assert np.percentile(people, 90) > 3 * np.percentile(people, 25)


def test_fewer_than_a_hundred_rows_teach_nothing_but_their_number() -> None:
    sides = (fan("person_id", "people", 30, *[2] * 101), fan("thing_id", "things", 50, *[1] * 101))
    likes = TableShape(label="likes", rows=99, references=sides)
    made = started(replace(PEOPLE, rows=99), replace(THINGS, rows=1, references=()), likes)
    assert (
        made.text
        == started(
            *(TableShape(label=label, rows=n) for label, n in (("people", 99), ("things", 1), ("likes", 99)))
        ).text
    )
    learned = started(replace(PEOPLE, rows=100), replace(likes, rows=100)).text
    assert '"joined": moment(spread(' in learned
    assert "fanout=(histogram(" in learned


def test_a_database_of_few_rows_keeps_them_all() -> None:
    dataset = declared(started(replace(PEOPLE, rows=30), replace(ORDERS, rows=45)).text)
    assert [table.rows for table in dataset.declared if table.name in ("people", "orders")] == [30, 45]
    assert dataset.profiles == {"dev": 1, "load": 100}


def test_without_statistics_nothing_is_declared_but_rows() -> None:
    assert started().text == start("app", SCHEMA, as_of=AS_OF).text


def _checked(sql: str, *columns: str) -> Schema:
    return replace(SCHEMA, details=(Details(table="people", checks=(Check(columns=columns, sql=sql),)),))


def test_columns_that_a_check_couples_follow_the_choice_whose_shares_are_known() -> None:
    check = Check(columns=("state", "sent_at"), sql="CHECK (((state = 'paid'::state) = (sent_at IS NOT NULL)))")
    schema = replace(SCHEMA, details=(Details(table="orders", checks=(check,)),))
    orders = replace(ORDERS, rows=400, columns=(*ORDERS.columns, column("paid_at", nulls=0.3)))
    text = started(replace(PEOPLE, rows=100), orders, schema=schema).text
    assert '"state": choice({"new": 10, "paid": 90}),' in text
    assert "sent_at" not in text
    rows = built(declared(text), 1, schema)["orders"].to_pylist()
    assert sum(row["state"] == "paid" for row in rows) == 360
    assert all((row["state"] == "paid") == (row["sent_at"] is not None) for row in rows)


def test_a_moment_of_few_rows_stays_after_the_one_that_it_follows() -> None:
    days = [f"2026-{month:02}-01" for month in range(1, 10)]
    begun = column("at", quantiles=tuple(days))
    for points, written in (
        (
            ("2026-01-11", "2026-05-11", "2026-09-11"),
            '"sent_at": moment(after("at", delay=uniform(0, 1700000)), none=90),',
        ),
        (("2026-01-01", "2026-04-01", "2026-06-01"), '"sent_at": moment(after("at"), none=90),'),
        (
            ("2025-01-01", "2025-05-01", "2025-09-01"),
            '"sent_at": moment(between("2025-01-01", "2025-09-01"), none=90),',
        ),
    ):
        sent = column("sent_at", nulls=0.9, quantiles=points)
        assert written in started(PEOPLE, replace(ORDERS, columns=(begun, sent))).text


def test_rounded_numbers_stay_within_their_checks() -> None:
    schema = _checked("CHECK (((rank >= 1) AND (rank <= 399)))", "rank")
    assert '"rank": integer(1, 399, shape=quantiles(1, 1, 1, 2, 399)),' in started(PEOPLE, schema=schema).text


def test_columns_of_a_check_that_nobody_understood_are_left_as_they_were() -> None:
    schema = _checked("CHECK ((mod(rank, 7) = (1 + length(kind))))", "rank", "kind")
    text = started(PEOPLE, schema=schema).text
    assert '"rank"' not in text
    assert '"kind"' not in text
    assert '"joined"' in text


@pytest.mark.parametrize(
    "shape",
    [
        column("rank", quantiles=("1", "9" * 30)),
        column("joined", quantiles=("2027-01-01", "2028-01-01", "2029-01-01")),
        column("score"),
        column("gone", quantiles=("1", "2")),
    ],
    ids=lambda shape: shape.name,
)
def test_statistics_that_no_word_can_follow_leave_the_inferred_one(shape: ColumnShape) -> None:
    assert "columns={\n" not in started(replace(PEOPLE, columns=(shape,))).text


def test_a_promise_that_the_volumes_break_is_left_out_and_said() -> None:
    """Statistics taken on different days claim far more parents with rows than there are child rows."""
    lines = TableShape(
        label="lines", rows=300_000, columns=(), references=(fan("order_id", "orders", 1_400_000, *[1] * 101),)
    )
    made = started(replace(ORDERS, references=()), lines)
    assert "order_id" not in made.text
    assert any("lines.order_id: 0.2 rows for each row of orders are too few" in said for said in made.refused)
    assert built(declared(made.text))["lines"].num_rows == 2_000


@given(st.text())
def test_any_text_is_written_as_python_reads_it(text: str) -> None:
    written = quoted(text)
    assert eval(written) == text
    assert written.isprintable()


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            Call("choice", ({'a"b': 1, "c\u202e": 2, True: 3, -4: 5},), {"none": None}),
            '"a\\"b": 1, \'c\\u202e\': 2, True: 3',
        ),
        (Call("money", (Decimal("0.50"), Decimal(7))), 'money("0.50", 7)'),
    ],
)
def test_words_are_written_as_they_are_made(call: Call, text: str) -> None:
    assert text in call.text()
    assert eval(call.text(), vars(declare)) == call.make()


def test_points_near_a_line_are_left_out() -> None:
    assert fewest([Decimal(n) for n in range(17)]) == [0, 16]
    assert fewest([Decimal(n * n) for n in range(17)]) == [n * n for n in range(0, 17, 2)]
    assert fewest([Decimal(n) for n in (1, 1, 1, 1, 90)]) == [1, 1, 1, 1, 90]
    assert fewest([Decimal(5)] * 5) == [5, 5]


def _tenants() -> Schema:
    """Return tables of a tenant, and one that joins two of them within the tenant."""
    return Schema(
        enums=(),
        sql="",
        tables=(
            Table(name="orgs", columns=columns("id bigint"), primary_key=("id",)),
            *(
                Table(
                    name=name, columns=columns("org_id bigint", "id bigint"), primary_key=("org_id", "id"),
                    foreign_keys=(key("org_id", "orgs"),),
                )
                for name in ("baskets", "goods")
            ),
            Table(
                name="entries",
                columns=columns("org_id bigint", "basket_id bigint", "good_id bigint"),
                primary_key=("org_id", "basket_id", "good_id"),
                foreign_keys=(
                    key("org_id,basket_id", "baskets", "org_id,id"), key("org_id,good_id", "goods", "org_id,id")
                ),
            ),
        )
    )  # fmt: skip


def test_a_table_that_joins_two_within_a_tenant_keeps_its_share_of_rows() -> None:
    counts = {"orgs": 10, "baskets": 1_000, "goods": 400, "entries": 3_000}
    made = started(
        *(TableShape(label=label, rows=rows, columns=()) for label, rows in counts.items()), schema=_tenants()
    )
    dataset = declared(made.text)
    assert {table.name: table.rows for table in dataset.declared} == counts
    assert made.refused == ()
    assert built(dataset, schema=_tenants())["entries"].num_rows == 3_000


def test_a_table_whose_keys_allow_fewer_rows_than_its_share_is_named() -> None:
    likes = TableShape(label="likes", rows=1_000, columns=())
    people, things = (TableShape(label=label, rows=10, columns=()) for label in ("people", "things"))
    made = started(people, things, likes)
    (rows,) = [table.rows for table in declared(made.text).declared if table.name == "likes"]
    assert made.refused == (f"likes: its keys allow about {rows} rows, and not 1,000",)
