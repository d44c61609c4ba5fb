"""Test the WorldChef dataset: the same values by every way to build, and growth that only appends."""

import functools
from fractions import Fraction

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snap.digest import canonical_rows
from snap.errors import UsageError
from snap.manifest import Parameters
from snap.schema import Column
from snap_builder import bundled, make_inputs
from tests.cases.canonical_json import canonical_json

WORLDCHEF = bundled("worldchef")
SLOW = pytest.mark.slow
TABLES = {table.name: table for table in WORLDCHEF.tables}
V1, V2, V3 = (
    dict(zip(sorted(TABLES), rows, strict=True))
    for rows in (
        (667, 233, 33, 833, 333, 200, 233, 100),
        (1_667, 583, 83, 2_083, 833, 500, 583, 250),
        (2_000, 700, 100, 2_500, 1_000, 600, 700, 300),
    )
)


def _inputs(scale="1", *, profile="staging", sets=(), seed=None, as_of=WORLDCHEF.as_of):
    return make_inputs(
        WORLDCHEF,
        Parameters(
            dataset="worldchef",
            profile=profile,
            scale=str(Fraction(scale)),
            sets=sets,
            seed=WORLDCHEF.seed if seed is None else seed,
            as_of=as_of,
        ),
    )


@functools.cache
def _planned(scale):
    inputs = _inputs(scale)
    return inputs, WORLDCHEF.plan(inputs)


@functools.cache
def _made(scale, name: str) -> pa.RecordBatch:
    return _whole(*_planned(scale), name)


@pytest.fixture(scope="module")
def staging():
    return _planned("1")


def _whole(inputs, plan, name: str) -> pa.RecordBatch:
    return plan.part(name, 0, inputs.rows[name])


def _kept(name: str) -> tuple[Column, ...]:
    return tuple(column for column in TABLES[name].stored if not column.derived)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scale", "rows"), [pytest.param("1/3", V1, marks=SLOW), pytest.param("5/6", V2, marks=SLOW), ("1", V3)]
)
def test_volumes_are_exact_at_every_scale(scale, rows):
    assert {name: len(_made(scale, name)) for name in TABLES} == rows


@pytest.mark.parametrize("name", TABLES)
def test_any_split_into_parts_gives_the_same_table(staging, name):
    inputs, plan = staging
    whole = _made("1", name)

    @settings(max_examples=5)
    @given(st.integers(0, inputs.rows[name]), st.integers(0, inputs.rows[name]))
    def check(one, other):
        start, stop = sorted((one, other))
        if start < stop:
            assert plan.part(name, start, stop).equals(whole.slice(start, stop - start))

    check()


@SLOW
@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize(("small", "large"), [("1/3", "5/6"), ("5/6", "1"), ("1", "3")])
def test_a_larger_build_begins_with_the_smaller_one(name, small, large):
    few, many = (canonical_rows(_made(scale, name), _kept(name)) for scale in (small, large))
    assert many.slice(0, len(few)).equals(few)


@SLOW
def test_functions_give_a_row_the_same_whichever_rows_they_are_called_for():
    inputs = _inputs("1/3")
    plan = WORLDCHEF.purity(inputs)
    for function in WORLDCHEF.functions:
        plan.test(function.table, function.column, 0, inputs.rows[function.table])


@SLOW
def test_another_seed_gives_other_values(staging):
    _, plan = staging
    other = WORLDCHEF.plan(_inputs(seed=1))
    for name in TABLES:
        assert not other.part(name, 0, 5).equals(plan.part(name, 0, 5)) or name == "nutrition"


@pytest.mark.parametrize("column", ["ingredients", "instructions", "nutrition"])
def test_documents_are_in_canonical_form(column):
    texts = _made("1", "recipes").column(column).storage.to_pylist()
    assert texts == [canonical_json(text) for text in texts]


@SLOW
def test_setting_the_rows_of_an_interaction_leaves_other_tables_as_they_are():
    changed_inputs = _inputs(sets=(("recipe_likes", 1500),))
    changed = WORLDCHEF.plan(changed_inputs)
    assert changed_inputs.rows["recipe_likes"] == 1500
    for name in TABLES:
        if name != "recipe_likes":
            before = canonical_rows(_made("1", name), _kept(name))
            assert canonical_rows(_whole(changed_inputs, changed, name), _kept(name)).equals(before)


def test_texts_fit_their_columns():
    for name, table in TABLES.items():
        batch = _made("1", name)
        for column in table.stored:
            if column.type.length is not None:
                assert pc.max(pc.utf8_length(batch.column(column.name))).as_py() <= column.type.length


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"profile": "nightly"}, "no profile 'nightly'"),
        ({"sets": (("dishes", 3),)}, "no table 'dishes'"),
        ({"sets": (("users", 0),)}, "the build would make no rows of users"),
        ({"scale": "1/100000"}, "the build would make no rows of"),
        ({"scale": "1000000000"}, "more rows than a table may have"),
        ({"sets": (("recipes", 10**20),)}, "more rows than a table may have"),
        ({"as_of": "1960-01-01"}, "as-of 1960-01-01 is out of range"),
        ({"as_of": "soon"}, "'soon' is not a date"),
    ],
)
def test_impossible_volumes_are_refused(arguments, message):
    with pytest.raises(UsageError, match=message):
        _inputs(**arguments)


@pytest.mark.parametrize(
    ("table", "rows", "message"),
    [
        ("users", 5, r"the edge cases of users take its first \d+ rows, but the build makes only 5"),
        ("recipe_likes", 1_000_000, "1,000,000 unique pairs of 300 users and .* recipes are impossible"),
        ("user_follows", 90_000, "90,000 unique pairs of 300 users and 300 users are impossible: only 89,700 exist"),
    ],
)
def test_volumes_that_there_cannot_be_are_refused(table, rows, message):
    with pytest.raises(UsageError, match=message):
        WORLDCHEF.plan(_inputs(sets=((table, rows),))).part(table, 0, 1)


@SLOW
def test_tiny_builds_have_every_role():
    roles = _made("1/3", "users").column("role").value_counts().to_pylist()
    assert {row["values"]: row["counts"] for row in roles} == {
        "standard": 80,
        "creator": 15,
        "moderator": 4,
        "admin": 1,
    }
