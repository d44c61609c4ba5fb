"""The WorldChef dataset: the same values however they are made, and growth that only appends."""

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
from snap_builder import bundled, make_inputs
from tests.cases.canonical_json import canonical_json
from tests.params import few

WORLDCHEF = bundled("worldchef")
TABLES = {table.name: table for table in WORLDCHEF.tables}


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


@pytest.fixture(scope="module")
def staging():
    return _planned("1")


def _whole(inputs, plan, name: str) -> pa.RecordBatch:
    return plan.part(name, 0, inputs.rows[name])


@pytest.mark.parametrize("name", TABLES)
def test_any_split_into_parts_gives_the_same_table(staging, name):
    inputs, plan = staging
    whole = _whole(inputs, plan, name)

    @settings(max_examples=5)
    @given(st.integers(0, inputs.rows[name]), st.integers(0, inputs.rows[name]))
    def check(one, other):
        start, stop = sorted((one, other))
        if start < stop:
            assert plan.part(name, start, stop).equals(whole.slice(start, stop - start))

    check()


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize(("small", "large"), [("1/3", "1"), ("5/6", "1"), ("1", "3")])
def test_a_larger_build_begins_with_the_smaller_one(name, small, large):
    table = TABLES[name]
    kept = tuple(column for column in table.stored if not column.derived)
    rows = []
    for scale in (small, large):
        inputs, plan = _planned(scale)
        rows.append(canonical_rows(_whole(inputs, plan, name), kept))
    assert rows[1].slice(0, len(rows[0])).equals(rows[0])


def test_another_seed_gives_other_values(staging):
    _, plan = staging
    other = WORLDCHEF.plan(_inputs(seed=1))
    for name in TABLES:
        assert not other.part(name, 0, 5).equals(plan.part(name, 0, 5)) or name == "nutrition"


@pytest.mark.parametrize("column", ["ingredients", "instructions", "nutrition"])
def test_documents_are_in_canonical_form(staging, column):
    inputs, plan = staging
    texts = _whole(inputs, plan, "recipes").column(column).storage.to_pylist()
    assert texts == [canonical_json(text) for text in texts]


def test_setting_the_rows_of_an_interaction_leaves_other_tables_as_they_are(staging):
    inputs, plan = staging
    changed_inputs = _inputs(sets=(("recipe_likes", 1500),))
    changed = WORLDCHEF.plan(changed_inputs)
    assert changed_inputs.rows["recipe_likes"] == 1500
    for name, table in TABLES.items():
        if name != "recipe_likes":
            kept = tuple(column for column in table.stored if not column.derived)
            before = canonical_rows(_whole(inputs, plan, name), kept)
            assert canonical_rows(_whole(changed_inputs, changed, name), kept).equals(before)


def test_texts_fit_their_columns(staging):
    inputs, plan = staging
    for name, table in TABLES.items():
        batch = _whole(inputs, plan, name)
        for column in table.stored:
            if column.type.length is not None:
                assert pc.max(pc.utf8_length(batch.column(column.name))).as_py() <= column.type.length


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"profile": "nightly"}, "no profile 'nightly'"),
        ({"sets": (("dishes", 3),)}, "no table 'dishes'"),
        ({"sets": (("users", 0),)}, "no rows would be left of users"),
        ({"scale": "1/100000"}, "no rows would be left of"),
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
    "sets",
    few([((("users", 5), ("recipes", 5)),), ((("recipe_likes", 1_000_000),),), ((("user_follows", 90_000),),)], 1),
)
def test_more_pairs_than_there_can_be_are_refused(sets):
    with pytest.raises(UsageError, match="impossible with"):
        WORLDCHEF.plan(_inputs(sets=sets))


def test_tiny_builds_have_every_role():
    inputs = _inputs("1/3")
    roles = WORLDCHEF.plan(inputs).part("users", 0, 100).column("role").value_counts().to_pylist()
    assert {row["values"]: row["counts"] for row in roles} == {
        "standard": 80,
        "creator": 15,
        "moderator": 4,
        "admin": 1,
    }
