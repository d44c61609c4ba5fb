"""Draw random declarations over one small schema, and build them without files."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import pyarrow as pa
from hypothesis import assume, currently_in_test_context
from hypothesis import strategies as st

from snap.checks import RuleSet
from snap.errors import UsageError
from snap.manifest import Parameters
from snap.schema import Column, Enum, FixedRows, ForeignKey, Schema, Table
from snap.types import parse
from snap.types.arrow import schema_of
from snap_builder import declare
from snap_builder.compiled.compile import compile_dataset
from snap_builder.dataset import Dataset, Inputs
from snap_builder.inputs import make_inputs

STATES = ("new", "paid", "sent")
NO_RULES = RuleSet()


def _columns(*named: str) -> tuple[Column, ...]:
    """Return columns from texts `name type`; a question mark at the end makes a column nullable."""
    parted = [[*text.rstrip("?").split(" ", 1), text[-1]] for text in named]
    return tuple(Column(name=n, type=parse(kind, {"state"}), nullable=end == "?") for n, kind, end in parted)


def _key(column: str, parent: str) -> ForeignKey:
    return ForeignKey(columns=(column,), references=parent, to=("id",))


def fixed_rows(table: Table, columns: dict[str, list]) -> FixedRows:
    """Return rows of a table; columns that are not named are NULL."""
    count = len(next(iter(columns.values())))
    sink = pa.BufferOutputStream()
    arrays = [pa.array(columns.get(field.name, [None] * count), field.type) for field in schema_of(table)]
    batch = pa.RecordBatch.from_arrays(arrays, schema=schema_of(table))
    with pa.ipc.new_stream(sink, batch.schema) as stream:
        stream.write_batch(batch)
    return FixedRows(table=table.label, rows=count, data=sink.getvalue().to_pybytes())


SCHEMA = Schema(
    tables=(
        Table(
            name="people",
            columns=_columns(
                "id uuid", "name text", "kind text", "rank integer", "joined timestamp with time zone", "score real?"
            ),
            primary_key=("id",),
            unique=(("name",),),
        ),
        Table(
            name="things",
            columns=_columns("id bigint", "owner_id uuid?", "price numeric(10,2)?", "made date", "title text"),
            primary_key=("id",),
            foreign_keys=(_key("owner_id", "people"),),
        ),
        Table(
            name="orders",
            columns=_columns(
                *("id integer", "person_id uuid", "state state", "at timestamp without time zone"),
                *(
                    "paid_at timestamp without time zone?",
                    "sent_at timestamp without time zone?",
                    "total numeric(12,2)",
                ),
            ),
            primary_key=("id",),
            foreign_keys=(_key("person_id", "people"),),
        ),
        Table(
            name="lines",
            columns=_columns("id bigint", "order_id integer", "thing_id bigint?", "amount numeric(10,2)"),
            primary_key=("id",),
            foreign_keys=(_key("order_id", "orders"), _key("thing_id", "things")),
        ),
        Table(
            name="likes",
            columns=_columns("person_id uuid", "thing_id bigint", "at timestamp with time zone"),
            primary_key=("person_id", "thing_id"),
            foreign_keys=(_key("person_id", "people"), _key("thing_id", "things")),
        ),
    ),
    enums=(Enum(name="state", labels=STATES),),
    sql="-- read from nothing: these tests make rows without a database\n",
)

percent = st.sampled_from((0, 10, 20, 25, 50))
shapes = st.sampled_from(
    (
        declare.uniform(1, 3),
        declare.zipf("0.7"),
        declare.zipf("1.2"),
        declare.lognormal(50, "0.8"),
        declare.histogram({1: 50, 2: 30, 9: 15, 400: 5}),
    )
)
periods = st.sampled_from(
    (
        declare.moment(declare.during("-2y"), growth=3),
        declare.moment(declare.during("-2y"), growth="0.5"),
        declare.moment(declare.spread("2024-01-01", "2026-06-01", "2026-09-01 12:00", "2027-01-01")),
        declare.moment(declare.during("-2y"), growth=3, hours=(9, 17), weekdays="working", zone="Europe/Berlin"),
        declare.moment(declare.during("-2y"), hours="awake", months="summer", sessions=("kind", 3, "20m")),
    )
)
acts = st.sampled_from(
    (
        declare.moment(declare.after("person.joined")),
        declare.moment(declare.after("person.joined", delay=declare.lognormal(90_000, 1)), hours=(8, 20)),
        declare.moment(declare.after("person.joined"), hours="awake", sessions=("person_id", 4, "25m")),
    )
)
prices = st.sampled_from((None, declare.quantiles(1, 9, "9.99", 40, 500)))


@st.composite
def declarations(draw: st.DrawFn) -> declare.Dataset:
    """Draw a declaration of every table, with its own shares, fan-outs and volumes."""
    people = draw(st.integers(20, 60))
    kinds = draw(st.lists(st.integers(1, 9), min_size=2, max_size=4))
    states = draw(st.lists(st.integers(1, 6), min_size=3, max_size=3))
    none_have, ownerless = draw(percent), draw(percent)
    return declare.Dataset(
        seed=draw(st.integers(0, 99)),
        as_of="2026-11-01",
        profiles={"dev": 1},
        tables=[
            declare.Table(
                "people",
                people,
                {
                    "name": declare.text("{first} {last}", unique=True),
                    "kind": declare.choice({f"kind {i}": share for i, share in enumerate(kinds)}),
                    "rank": declare.integer(1, 9),
                    "joined": draw(periods),
                    "score": declare.money(-5, 5, shape=declare.normal(0, 2), none=draw(percent)),
                },
            ),
            declare.Table(
                "things",
                people * draw(st.integers(1, 4)),
                {
                    "owner_id": declare.ref("people", fanout=draw(shapes), none=ownerless),
                    "price": declare.money(1, 500, shape=draw(prices), none=draw(percent)),
                    "title": declare.text("{word} of {owner.name}" if not ownerless else "{word} {n}"),
                },
            ),
            declare.Table(
                "orders",
                people * draw(st.integers(1, 7)) + draw(st.integers(0, people - 1)),
                {
                    "person_id": declare.ref("people", fanout=draw(shapes), none_have=none_have),
                    "at": draw(acts),
                    "state": declare.lifecycle(
                        "at", new=states[0], paid=("paid_at", states[1]), sent=("sent_at", states[2])
                    ),
                    "total": declare.sum_of("lines.amount"),
                },
            ),
            declare.Table(
                "lines",
                people * 15,
                {
                    "order_id": declare.ref("orders", at_least=draw(st.integers(0, 1))),
                    "amount": declare.money(1, 400, shape=declare.lognormal(40, "0.9")),
                },
            ),
            declare.Table(
                "likes",
                people * draw(st.integers(1, 5)),
                pairs=declare.pairs(
                    "person_id",
                    "thing_id",
                    fanout=draw(shapes),
                    none_have=draw(percent),
                    score=draw(st.sampled_from((None, _taste))),
                ),
            ),
        ],
    )


def _taste(meeting: declare.Meeting) -> object:
    return meeting.left["rank"] + 3 * (meeting.left["kind"] == meeting.right["price"] % 3)


def dataset_of(declared: declare.Dataset, schema: Schema = SCHEMA) -> Dataset:
    return compile_dataset("random", declared, schema, NO_RULES)


def inputs_of(dataset: Dataset, scale: Fraction | int = 1) -> Inputs:
    parameters = Parameters(
        dataset=dataset.name, profile="dev", scale=str(scale), sets=(), seed=dataset.seed, as_of=dataset.as_of
    )
    return make_inputs(dataset, parameters)


def built(declared: declare.Dataset, scale: Fraction | int = 1, schema: Schema = SCHEMA) -> Mapping[str, pa.Table]:
    """Return the rows of all tables. Discard a drawn declaration that has too few pairs for its rows."""
    dataset = dataset_of(declared, schema)
    inputs = inputs_of(dataset, scale)
    plan = dataset.plan(inputs)
    try:
        return {
            table.label: pa.Table.from_batches([plan.part(table.label, 0, inputs.rows[table.label])])
            for table in dataset.tables
        }
    except UsageError as error:
        if currently_in_test_context():
            assume("no new pair was found" not in error.message)
        raise
