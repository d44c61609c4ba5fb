"""Test columns and traits that a user's function makes together: what the function sees, and what it may return."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snap_builder.declare import Table as Declared
from snap_builder.declare import (
    after,
    copy,
    count_of,
    during,
    formula,
    integer,
    last_of,
    made_by,
    moment,
    money,
    pairs,
    ref,
    sum_of,
    text,
)
from tests.builder.compiled.cookbook import (
    SCHEMA,
    cooks,
    dataset,
    made,
    recipes,
)
from tests.builder.compiled.declarations import built, dataset_of, inputs_of
from tests.params import examples


def of(column: str, value: Any) -> list[Any]:
    """Return the stored values of a column whose function returns `value(rows)`."""
    return [
        row[column]
        for row in made(cooks(), recipes(8, {column: made_by(lambda rows: {column: value(rows)})}))["recipes"]
    ]


def test_columns_of_one_function_agree_with_each_other_and_with_what_it_reads() -> None:
    rows = made(cooks(), recipes())
    cuisines = {row["id"]: row["cuisine"] for row in rows["cooks"]}
    for number, row in enumerate(rows["recipes"]):
        cuisine, dish = row["title"].split()
        assert cuisine == cuisines[row["cook_id"]]
        assert row["slug"] == f"{cuisine}-{dish}-{number}"
        assert 1 <= len(json.loads(row["lines"])) <= 3
    assert len({row["title"] for row in rows["recipes"]}) == 8


def test_a_function_is_called_once_for_rows_however_many_of_its_columns_are_read() -> None:
    calls: list[tuple[int, int]] = []

    def watched(rows: Any) -> dict[str, Any]:
        calls.append((rows.start, rows.stop))
        return {"title": pa.array(["a"] * (rows.stop - rows.start)), "slug": pa.array(["b"] * (rows.stop - rows.start))}

    words = {"title": made_by(watched, "slug"), "code": copy("slug")}
    chosen = dataset_of(dataset(cooks(), recipes(40, words)), SCHEMA)
    plan = chosen.plan(inputs_of(chosen))
    plan.part("recipes", 10, 30)
    assert calls == [(10, 30)]
    plan.part("recipes", 0, 10)
    assert calls[1:] == [(0, 10), (0, 5), (5, 10)]  # the first part is tested


def test_a_function_sees_rows_moments_and_the_rows_of_parents() -> None:
    seen: dict[str, Any] = {}

    def look(rows: Any) -> dict[str, Any]:
        n = rows.stop - rows.start
        seen.update(
            cook=rows.integers("cook_id").tolist(),
            joined=rows.integers("cook.joined").tolist(),
            text=rows.texts("cook.joined").to_pylist(),
            lines=rows.texts("lines").to_pylist(),
            as_of=rows.as_of,
            null=rows.NULL,
            words=rows.bits("a"),
            others=rows.bits("b"),
            wide=rows.wide("a", 4),
        )
        return {"slug": pa.array(["x"] * n)}

    words = {"slug": made_by(look, reads=("cook_id", "cook.joined", "lines"))}
    chosen = dataset_of(dataset(cooks(), recipes(40, words)), SCHEMA)
    chosen.plan(inputs_of(chosen)).part("recipes", 20, 40)
    assert len(seen["cook"]) == 20
    assert max(seen["cook"]) < 12
    assert seen["as_of"] == int(dt.datetime(2026, 11, 1, tzinfo=dt.UTC).timestamp()) * 10**6
    assert all(moment < seen["as_of"] for moment in seen["joined"])
    assert seen["text"][0].startswith("202")
    assert json.loads(seen["lines"][0]) is not None
    assert (seen["words"].shape, seen["wide"].shape, seen["words"].dtype) == ((20,), (20, 4), np.uint64)
    assert (seen["words"] != seen["others"]).any()
    assert seen["null"] == np.iinfo(np.int64).max or seen["null"] < 0


@pytest.mark.parametrize(
    ("column", "value", "stored"),
    [
        ("cost", lambda rows: np.where(rows.numbers % 2 == 0, 1250, rows.NULL), [Decimal("12.50"), None] * 4),
        ("cost", lambda rows: pa.array([Decimal("1.5")] * len(rows.numbers)), [Decimal("1.50")] * 8),
        ("cost", lambda rows: pa.array([3] * len(rows.numbers)), [Decimal("3.00")] * 8),
        ("short", lambda rows: rows.numbers % 3, [0, 1, 2, 0, 1, 2, 0, 1]),
        ("short", lambda rows: pa.array((rows.numbers % 2).astype(np.uint8)), [0, 1] * 4),
        ("vegan", lambda rows: rows.numbers % 2 == 0, [True, False] * 4),
        ("vegan", lambda rows: pa.array(rows.numbers % 2 == 0), [True, False] * 4),
        ("on_day", lambda rows: rows.numbers * 0 + 86_400_000_000, [dt.date(1970, 1, 2)] * 8),
        ("at", lambda rows: rows.numbers * 0 + 1, [dt.datetime(1970, 1, 1, 0, 0, 0, 1, dt.UTC)] * 8),
        ("rating", lambda rows: pa.array([0.123456789] * len(rows.numbers)), [0.123456789] * 8),
        ("mood", lambda rows: pa.array(["calm", "wild"] * 4).take(pa.array(rows.numbers)), ["calm", "wild"] * 4),
        ("moods", lambda rows: pa.array([["wild"]] * len(rows.numbers)), [["wild"]] * 8),
        ("tags", lambda rows: pa.array([["a", "b"], []] * 4).take(pa.array(rows.numbers)), [["a", "b"], []] * 4),
        ("code", lambda rows: pa.array(["x"] * len(rows.numbers)), ["x"] * 8),
        ("code", lambda rows: pa.chunked_array([pa.array(["x"] * len(rows.numbers))]), ["x"] * 8),
        ("lines", lambda rows: pa.array(['{"a": 1}'] * len(rows.numbers)), ['{"a": 1}'] * 8),
        ("lines", lambda rows: pa.array(['[1,\n"\u00e9"]'] * len(rows.numbers)), ['[1,\n"\u00e9"]'] * 8),
        ("token", lambda rows: pa.array([bytes(15) + b"\1"] * len(rows.numbers), pa.binary(16)), [UUID(int=1)] * 8),
        (
            "lasts",
            lambda rows: pa.array([{"months": 0, "days": 1, "microseconds": 5}] * len(rows.numbers)),
            [{"months": 0, "days": 1, "microseconds": 5}] * 8,
        ),
    ],
)
def test_a_column_takes_whole_numbers_and_arrays_of_its_type(column: str, value: Any, stored: list[Any]) -> None:
    assert of(column, value) == stored


def test_integers_of_its_columns_are_read_by_other_words() -> None:
    def plan(rows: Any) -> dict[str, Any]:
        joined = rows.integers("cook.joined")
        late = joined + (rows.as_of - joined) // 2
        return {"at": np.where(rows.numbers % 4 == 0, rows.NULL, late), "cost": rows.numbers % 90, "vegan": late % 2}

    words = {
        "at": made_by(plan, "cost", "vegan", reads="cook.joined"),
        "short": formula(lambda cost: cost * 2),
        "slug": text("{vegan}"),
    }
    likes = Declared("likes", 80, pairs=pairs("cook_id", "recipe_id", score=lambda pair: pair.right["cost"]))
    people = cooks(recipes=sum_of("recipes.cost_whole"))
    table = recipes(60, words, traits={"cost_whole": formula(lambda cost: cost)})
    rows = made(people, table, likes)
    assert len(rows["likes"]) == 80
    for row in rows["recipes"]:
        assert row["short"] == int(row["cost"] * 100) * 2
        assert row["slug"] == str(row["vegan"]).lower()
    assert sum(row["recipes"] for row in rows["cooks"]) == sum(row["short"] for row in rows["recipes"]) // 2


def test_traits_are_made_together_too_with_types_of_their_own() -> None:
    def person(rows: Any) -> dict[str, Any]:
        joined = rows.integers("joined")
        gone = np.where(rows.bits("gone") % 3 == 0, joined + (rows.as_of - joined) // 3, rows.NULL)
        return {
            "gone": gone,
            "level": 1 + rows.numbers % 4,
            "nick": pa.array(["ann"] * len(gone)),
            "fee": 125 + rows.numbers * 0,
        }

    traits = {
        "gone": made_by(
            person,
            *("level", "nick", "fee"),
            reads="joined",
            types={"gone": "timestamptz", "nick": "text", "fee": "numeric(8,2)"},
            null=("gone",),
        )
    }
    people = Declared("cooks", 12, {"joined": moment(during("-1y"))}, traits=traits)
    words = {
        "short": copy("cook.level"),
        "code": text("{cook.nick}"),
        "at": moment(after("cook.gone")),
        "cost": copy("cook.fee"),
        "cook_id": ref("cooks", weight="level"),
    }
    rows = made(people, recipes(60, words))["recipes"]
    assert {row["short"] for row in rows} <= {1, 2, 3, 4}
    assert {row["code"] for row in rows} == {"ann"}
    assert {row["cost"] for row in rows} == {Decimal("1.25")}
    assert {row["at"] is None for row in rows} == {True, False}


def test_an_edge_case_of_what_it_reads_reaches_all_its_columns_and_one_of_its_own_that_column_alone() -> None:
    edges = {"one line": {"lines_wanted": 1}, "long": {"title": "a title that is written"}}
    rows = made(cooks(), recipes(edges=edges))["recipes"]
    plain = made(cooks(), recipes())["recipes"]
    assert len(json.loads(rows[0]["lines"])) == 1
    assert rows[1]["title"] == "a title that is written"
    assert rows[1]["slug"] == plain[1]["slug"]
    assert rows[2:] == plain[2:]


def test_standard_edge_cases_leave_its_columns_out() -> None:
    chosen = dataset_of(dataset(cooks(), recipes(standard_edges=True)), SCHEMA)
    named = {name for edge in chosen.edges for name in edge.values}
    assert named
    assert not named & {"title", "slug", "lines"}


def test_a_formula_computes_moments() -> None:
    words = {
        "at": formula(lambda joined: joined + 1, joined="cook.joined"),
        "on_day": formula(lambda at: at, at="cook.joined"),
    }
    rows = made(cooks(), recipes(20, words))
    joined = {row["id"]: row["joined"] for row in rows["cooks"]}
    for row in rows["recipes"]:
        assert row["at"] - joined[row["cook_id"]] == dt.timedelta(microseconds=1)
        assert row["on_day"] == joined[row["cook_id"]].date()


@pytest.mark.slow
@examples(5, 40)
@given(st.sampled_from((1, 2, Fraction(7, 3))), st.data())
def test_its_rows_are_the_same_for_any_cut_and_scale_and_edits_elsewhere_change_none(
    scale: Fraction | int, data: st.DataObject
) -> None:
    declared = dataset(cooks(), recipes())
    small, large = built(declared, 1, SCHEMA)["recipes"], built(declared, scale, SCHEMA)["recipes"]
    assert large.slice(0, len(small)).equals(small)
    other = dataset(cooks(name=text("{first}")), recipes(traits={"lines_wanted": integer(1, 3), "more": money(1, 2)}))
    assert built(other, 1, SCHEMA)["recipes"].equals(small)
    chosen = dataset_of(declared, SCHEMA)
    inputs = inputs_of(chosen, scale)
    start, stop = sorted(data.draw(st.integers(0, inputs.rows["recipes"])) for _ in range(2))
    if start < stop:
        part = chosen.plan(inputs).part("recipes", start, stop)
        assert part.equals(large.combine_chunks().to_batches()[0].slice(start, stop - start))


def test_a_stream_of_its_own_keeps_the_values_of_a_renamed_column() -> None:
    def numbers(name: str) -> Any:
        return lambda rows: {name: (rows.bits("a") % 100).astype(np.int64)}

    before = made(cooks(), recipes(20, {"short": made_by(numbers("short"))}))["recipes"]
    same = made(cooks(), recipes(20, {"rating": made_by(numbers("rating"), stream="short")}))["recipes"]
    assert [round(row["rating"] * 10_000) for row in same] == [row["short"] for row in before]


def test_children_count_rows_by_what_a_function_made() -> None:
    words = {"at": made_by(lambda rows: {"at": rows.integers("cook.joined") + 5}, reads="cook.joined")}
    people = Declared("cooks", 12, {"recipes": count_of("recipes")}, traits={"last": last_of("recipes.at")})
    rows = made(people, recipes(60, words))
    assert sum(row["recipes"] for row in rows["cooks"]) == 60
