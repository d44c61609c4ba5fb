"""Test arrays: lengths and values with exact shares, for every type of element."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snap.errors import UsageError
from snap.schema import Check, Details, Enum, Schema, Table
from snap_builder.declare import Dataset, after, array, case, choice, copy, during, integer, moment, money, ref, text
from snap_builder.declare import Table as Declared
from tests.builder.compiled.declarations import built, dataset_of, inputs_of
from tests.builder.compiled.tenants import KINDS, columns
from tests.params import examples

SCHEMA = Schema(
    tables=(
        Table(
            name="things",
            columns=columns(
                *("id bigint", "price numeric(10,2)", "tags text[]?", "sizes integer[]?", "prices numeric(8,2)[]?"),
                *("kinds kind[]?", "codes character varying(3)[]?", "days timestamp with time zone[]?", "title text?"),
            ),
            primary_key=("id",),
        ),
    ),
    enums=(Enum(name="kind", labels=KINDS),),
    sql="",
    details=(Details(table="things", checks=(Check(columns=("sizes",), sql="CHECK ((cardinality(sizes) <= 4))"),)),),
)


def declared(count=200, **words):
    return Dataset(as_of="2026-11-01", tables=(Declared("things", count, {"price": money(1, 90), **words}),))


def made(column, word, scale=1):
    return built(declared(**{column: word}), scale, SCHEMA)["things"][column].to_pylist()


def test_lengths_and_values_have_their_shares_in_every_block():
    rows = made("tags", array(0, 2, choice(new=3, sale=1), weights=[1, 2, 1]))
    for start in range(0, 200, 4):
        assert Counter(map(len, rows[start : start + 4])) == {0: 1, 1: 2, 2: 1}
    values = [value for row in rows for value in row]
    for start in range(0, len(values), 4):
        assert Counter(values[start : start + 4]) == {"new": 3, "sale": 1}


@pytest.mark.slow
@examples(10, 100)
@given(
    st.sampled_from(
        (
            ("tags", array(0, 3, text("{word} {n}"), none=20)),
            ("tags", array(1, 3, choice(a=3, b=2, c=1), distinct=True)),
            ("tags", array(0, 2, case("id", {"1": text("one")}, other=text("{##}")))),
            ("sizes", array(2, 4, integer(1, 9, none=10))),
            ("prices", array(0, 4, money(1, 9))),
            ("prices", array(1, 1, copy("price"))),
            ("kinds", array(0, 2, choice(tool=2, toy=1))),
            ("days", array(0, 2, moment(during("-1y")))),
        )
    ),
    st.data(),
)
def test_any_cut_and_any_scale_has_the_same_arrays(named, data):
    given_dataset = declared(**dict([named]))
    whole = built(given_dataset, 1, SCHEMA)["things"]
    dataset = dataset_of(given_dataset, SCHEMA)
    start, stop = sorted((data.draw(st.integers(0, 200)), data.draw(st.integers(0, 200))))
    if start < stop:
        part = dataset.plan(inputs_of(dataset)).part("things", start, stop)
        assert part.equals(whole.to_batches()[0].slice(start, stop - start))
    assert made(*named, scale=3)[:200] == whole[named[0]].to_pylist()


def test_distinct_values_come_once_in_an_array():
    assert all(len(set(row)) == len(row) for row in made("tags", array(0, 3, choice(a=9, b=2, c=1), distinct=True)))


def test_a_share_of_the_rows_has_no_array():
    assert sum(row is None for row in made("tags", array(0, 2, text("{word}"), none=25))) == 50


def test_an_array_may_be_a_word_of_case():
    rows = built(declared(title=choice(a=1, b=1), tags=case("title", a=array(1, 1, text("{word}")))), 1, SCHEMA)[
        "things"
    ].to_pylist()
    assert {(row["title"], row["tags"] is None) for row in rows} == {("a", False), ("b", True)}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: array(0, 2, ref("things")), "array(): reference() does not make a plain value"),
        (lambda: array(0, 2, text("{word}"), distinct=True), "array(): distinct= needs a choice()"),
        (lambda: array(2, 1, text("{word}")), "array(): no list has 2 to 1 elements"),
        (lambda: made("title", array(0, 2, text("{word}"))), "holds texts, but the word makes arrays"),
        (lambda: made("tags", array(0, 2, integer(1, 2), none=200)), "array(): none is 200"),
        (lambda: made("sizes", array(0, 2, text("{word}"))), "holds numbers, but the word makes texts"),
        (lambda: made("kinds", array(0, 2, choice(tol=1))), "'tol' is no label of the enum"),
        (lambda: made("codes", array(0, 2, text("{word}"))), "do not fit into character varying(3)"),
        (lambda: made("codes", array(0, 2, choice(long=1))), "'long' has 4 characters"),
        (
            lambda: made("sizes", array(0, 5, integer(1, 2))),
            "a CHECK allows 0 to 4 elements, and the word makes 0 to 5",
        ),
        (lambda: made("days", array(0, 2, moment(after("tags")))), "things.days reads tags, which is text[]"),
    ],
)
def test_what_cannot_be_is_refused(make, message):
    with pytest.raises(UsageError) as refusal:
        make()
    assert message in refusal.value.message
