"""Test columns that are set together: exact shares of their combinations, from tables in Python and CSV files."""

from __future__ import annotations

from collections import Counter
from math import gcd

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snap.errors import UsageError
from snap.schema import Enum, Schema, Table
from snap_builder import load, locate
from snap_builder.declare import Dataset, case, choice, formula, joint, text
from snap_builder.declare import Table as Declared
from tests.builder.compiled.declarations import built, dataset_of, inputs_of
from tests.builder.compiled.tenants import columns
from tests.params import examples

SCHEMA = Schema(
    tables=(
        Table(
            name="places",
            columns=columns(
                *("id bigint", "city text?", "state character(2)?", "zip text?", "seats integer?", "kind kind?"),
                *("rate numeric(4,2)?", "open boolean?", "twice integer?", "must text"),
            ),
            primary_key=("id",),
        ),
    ),
    enums=(Enum(name="kind", labels=("big", "small")),),
    sql="",
)
NAMES = ("city", "state", "seats")
PLACES = {("Austin", "TX", 3): 3, ("Boston", "MA", 1): 1, ("Nowhere", None, 2): 2}

values = st.tuples(st.sampled_from("ABC"), st.sampled_from(["TX", "MA", None]), st.integers(1, 5))
tables = st.dictionaries(values, st.integers(1, 6), min_size=1, max_size=6)
shares = st.sampled_from((0, 10, 25, "12.5"))


def places(word, count=120, scale=1, **words):
    declared = Dataset(tables=[Declared("places", count, {"city": word, **words})])
    return built(declared, scale, SCHEMA)["places"]


def combinations(rows, names=NAMES):
    return list(zip(*(rows[name].to_pylist() for name in names), strict=True))


@pytest.mark.slow
@examples(25, 200)
@given(tables, shares, st.sampled_from((1, 3)))
def test_shares_of_combinations_are_exact_in_every_whole_block(table, none, scale):
    word = joint(NAMES, table, none=none)
    made = combinations(places(word, scale=scale))
    given_none = round(float(none) * 10)
    weights = {each: weight * (1_000 - given_none) for each, weight in table.items()}
    weights[None, None, None] = given_none * sum(table.values())
    weights = {each: weight // gcd(*weights.values()) for each, weight in weights.items() if weight}
    size = sum(weights.values())
    for start in range(0, len(made) - size + 1, size):
        assert Counter(made[start : start + size]) == weights
    assert {*made} <= {*weights}


@pytest.mark.slow
@examples(15, 150)
@given(tables, shares, st.data())
def test_a_larger_build_begins_with_the_smaller_one_and_any_cut_gives_the_same_rows(table, none, data):
    word = joint(NAMES, table, none=none)
    small, large = places(word), places(word, scale=3)
    assert small.select(NAMES).equals(large.select(NAMES).slice(0, len(small)))
    dataset = dataset_of(Dataset(tables=[Declared("places", 120, {"city": word})]), SCHEMA)
    plan = dataset.plan(inputs_of(dataset))
    start = data.draw(st.integers(0, 119))
    stop = data.draw(st.integers(start + 1, 120))
    assert plan.part("places", start, stop).equals(small.to_batches()[0].slice(start, stop - start))


def test_a_stream_keeps_the_values_of_a_renamed_column():
    old = places(joint(["city", "state"], {("a", "x"): 1, ("b", "y"): 2}))
    moved = {"zip": joint(["zip", "state"], {("a", "x"): 1, ("b", "y"): 2}, stream="city")}
    new = places(text("{word}"), **moved)
    assert new["zip"].to_pylist() == old["city"].to_pylist()
    assert new["state"].equals(old["state"])


def test_other_words_read_its_values():
    rows = places(joint(NAMES, PLACES), twice=formula(lambda seats: seats * 2), zip=text("in {state}"))
    for row in rows.to_pylist():
        assert row["twice"] == row["seats"] * 2
        assert row["zip"] == (None if row["state"] is None else f"in {row['state']}")


def test_each_value_of_a_column_may_have_a_table_of_its_own():
    big, small = {("Austin", "TX"): 3, ("Boston", "MA"): 1}, {("Nome", "AK"): 1}
    word = case("kind", big=joint(["city", "state"], big), small=joint(["city", "state"], small))
    rows = places(word, count=160, kind=choice(big=3, small=2))
    made = combinations(rows, ("kind", "city", "state"))
    of_big = [each[1:] for each in made if each[0] == "big"]
    for start in range(0, len(of_big) - 3, 4):
        assert Counter(of_big[start : start + 4]) == big
    assert {each[1:] for each in made if each[0] == "small"} == {*small}
    assert len(of_big) == 96


def test_columns_of_a_case_without_a_table_are_null():
    rows = places(
        case("kind", big=joint(["city", "state"], {("Austin", "TX"): 1}), other=choice(Elsewhere=1)),
        kind=choice(big=1, small=1),
    )
    made = {*combinations(rows, ("kind", "city", "state"))}
    assert made == {("big", "Austin", "TX"), ("small", "Elsewhere", None)}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: joint(["city"], {("a",): 1}), "joint() needs two columns or more, each of them once, not ['city']"),
        (lambda: joint(["city", "city"], {("a", "b"): 1}), "needs two columns or more, each of them once"),
        (lambda: joint(["city", "state"], {("a",): 1}), "joint() has ('a',) for city, state (write a value for each"),
        (lambda: joint(["city", "state"], {("a", "b"): -1}), "joint(): ('a', 'b') has the weight -1"),
        (lambda: joint(["city", "state"], {("a", "b"): 0}), "has no combination with a weight above 0"),
        (lambda: joint(["city", "state"], {("a", "b"): 1, (2, "b"): 1}), "the values of city are int and str"),
        (lambda: joint(["city", "state"], {"ab": 1}), "joint()"),
        (
            lambda: places(choice(a=1), state=joint(["zip", "state"], {("1", "TX"): 1})),
            "state: joint() has to be declared at its first column (write it as 'zip': joint(…))",
        ),
        (lambda: places(joint(["city", "stat"], {("a", "b"): 1})), "no column 'stat' (did you mean 'state'?)"),
        (
            lambda: places(joint(["city", "state"], {("a", "TX"): 1}), state=choice(MA=1)),
            "places.state is made by joint() of city (leave out state)",
        ),
        (lambda: places(joint(["city", "state"], {("a", "Texas"): 1})), "'Texas' has 5 characters, too many for char"),
        (lambda: places(joint(["city", "seats"], {("a", "two"): 1})), "places.seats: 'two' is no value of integer"),
        (
            lambda: places(joint(["city", "kind"], {("a", "bg"): 1})),
            "'bg' is no label of the enum (did you mean 'big'?",
        ),
        (lambda: places(joint(["city", "must"], {("a", None): 1})), "places.must is NOT NULL, and its word gives NULL"),
        (lambda: places(joint(["city", "must"], {("a", "b"): 1}, none=5)), "places.must is NOT NULL"),
        (
            lambda: places(joint(["city", "state"], {("a", "TX"): 999_983, ("b", "MA"): 1_000_003})),
            "the weights of 2 combinations are exact only in blocks of 1,999,986 rows (round the weights",
        ),
    ],
)
def test_what_cannot_be_is_refused(make, message):
    with pytest.raises(UsageError) as refusal:
        make()
    assert message in f"{refusal.value} ({refusal.value.hint})"


CSV = "weight,zip,city,state,seats,rate,open,note\n3,02134,Boston,MA,4,1.50,true,x\n1,73301,Austin,,6,2.25,false,\n"
ALL = ["zip", "city", "state", "seats", "rate", "open"]


def dataset(folder, word, content=CSV, name="places.csv", more=""):
    app = folder / "datasets" / "app"
    app.mkdir(parents=True, exist_ok=True)
    (app / "schema.sql").write_text("CREATE TABLE places ();")
    if content is not None:
        (app / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    (app / "dataset.py").write_text(
        f'from snap.dataset import *\n\ndataset = Dataset(tables=[Table("places", 40, {{"zip": {word}{more}}})])\n'
    )
    source = locate(folder, "app")
    assert source is not None
    return load(source, lambda _, __: SCHEMA)


def rows_of(made):
    inputs = inputs_of(made)
    return made.plan(inputs).part("places", 0, 40)


def test_a_table_may_be_a_file_beside_the_declaration(tmp_path):
    more = ', "twice": formula(lambda seats: seats * 2)'
    rows = rows_of(dataset(tmp_path, f'joint({ALL}, "places.csv")', more=more))
    counted = Counter((row["zip"], row["city"], row["state"], row["seats"], row["twice"]) for row in rows.to_pylist())
    assert counted == {("02134", "Boston", "MA", 4, 8): 30, ("73301", "Austin", None, 6, 12): 10}
    assert {(row["zip"], str(row["rate"]), row["open"]) for row in rows.to_pylist()} == {
        ("02134", "1.50", True),
        ("73301", "2.25", False),
    }


def test_a_file_with_a_mark_and_other_line_ends_says_the_same(tmp_path):
    word = f'joint({ALL}, "places.csv")'
    plain = rows_of(dataset(tmp_path / "a", word))
    assert rows_of(dataset(tmp_path / "b", word, b"\xef\xbb\xbf" + CSV.replace("\n", "\r\n").encode())).equals(plain)


@pytest.mark.slow
def test_the_bytes_of_a_file_are_part_of_the_revision(tmp_path):
    word = f'joint({ALL}, "places.csv")'
    first = dataset(tmp_path, word).revision
    assert dataset(tmp_path, word).revision == first
    assert dataset(tmp_path, word, CSV.replace("3,02134", "2,02134")).revision != first
    inside = f'joint({ALL}, "places.csv")'
    guarded = f'case("kind", big={inside}, small={inside})'
    assert dataset(tmp_path, guarded).revision != dataset(tmp_path, guarded, CSV.replace("3,0", "2,0")).revision


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "joint(): places.csv cannot be read: No such file or directory (put the file into "),
        ("", "joint(): places.csv has no column 'zip'"),
        ("zip,citi,weight\n1,2,3\n", "joint(): places.csv has no column 'city' (did you mean 'citi'?)"),
        ("zip,city\n1,2\n", "joint(): places.csv has no column 'weight'"),
        ("zip,city,weight,city\n", "joint(): places.csv has two columns 'city'"),
        ("zip,city,weight\n1,a,many\n", "joint(): places.csv, line 2: the weight is 'many' (write a whole number"),
        ("zip,city,weight\n1,a,-1\n", "line 2: the weight is '-1'"),
        ("zip,city,weight\n1,a,²\n", "line 2: the weight is '²'"),
        ("zip,city,weight\n1,a,1,2\n", "line 2 has 4 fields, and the header 3"),
        ("zip,city,weight\n1,a,1\n\n1,a,2\n", "line 4 repeats the values of line 2"),
        ("zip,city,weight\n1,a,0\n", "joint() has no combination with a weight above 0"),
        ('zip,city,weight\n1,"a,1\n', "joint(): places.csv, line 2: unexpected end of data"),
        (b"zip,city,weight\n1,\xff,1\n", "joint(): places.csv is not UTF-8 at byte 18"),
    ],
)
def test_a_file_that_is_no_table_of_weights_is_refused(tmp_path, content, message):
    with pytest.raises(UsageError) as refusal:
        dataset(tmp_path, 'joint(["zip", "city"], "places.csv")', content)
    assert message in f"{refusal.value} ({refusal.value.hint})"
    assert "dataset.py" in str(refusal.value)
    assert "line 3" in str(refusal.value)


def test_a_file_outside_of_the_folder_is_refused(tmp_path):
    with pytest.raises(UsageError, match=r"\.\./places\.csv lies outside the dataset's folder"):
        dataset(tmp_path, 'joint(["zip", "city"], "../places.csv")')


def test_values_of_a_file_are_held_to_their_column(tmp_path):
    with pytest.raises(UsageError, match=r"places\.seats: 'six' is no value of integer"):
        dataset(tmp_path, f'joint({ALL}, "places.csv")', CSV.replace(",6,", ",six,"))


def test_a_case_joins_files_of_numbers_with_other_words_for_numbers(tmp_path):
    numbers = 'joint(["seats", "city"], "places.csv")'
    rows = rows_of(
        dataset(
            tmp_path,
            'text("{n}")',
            more=f', "kind": choice(big=1, small=1), "seats": case("kind", big={numbers}, small=integer(9, 9))',
        )
    ).to_pylist()
    assert {(row["kind"], row["seats"]) for row in rows} == {("big", 4), ("big", 6), ("small", 9)}
