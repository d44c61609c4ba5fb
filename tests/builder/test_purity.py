"""Test users' functions, called for whole parts and for cuts: a build checks the first part, the command every part."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snap.errors import UsageError
from snap.manifest import Finding, Parameters
from snap.progress import Silent
from snap_builder import declare
from snap_builder.compiled.compile import compile_dataset
from snap_builder.dataset import Dataset
from snap_builder.declare import Table, case, choice, formula, integer, money, pairs
from snap_builder.inputs import make_inputs
from snap_builder.purity import purity_of
from tests.builder.compiled.declarations import NO_RULES, SCHEMA

PARAMETERS = Parameters(dataset="app", profile="dev", scale="1", sets=(), seed=7, as_of="2026-11-01")


def dataset(*tables: Table) -> Dataset:
    declared = declare.Dataset(seed=7, as_of="2026-11-01", profiles={"dev": 1}, tables=list(tables))
    return compile_dataset("app", declared, SCHEMA, NO_RULES, revision="today")


def likes(score: Callable[[Any], Any]) -> Table:
    return Table("likes", 300, pairs=pairs("person_id", "thing_id", score=score))


def ranked(compute: Callable[..., Any]) -> Table:
    return Table("people", 120, {"rank": formula(compute, made="score"), "score": money(1, 9)})


def made(chosen: Dataset, table: str, start: int = 0, stop: int = 100) -> Any:
    return chosen.plan(make_inputs(chosen, PARAMETERS)).part(table, start, stop)


def findings(chosen: Dataset, part: int = 50, revision: str = "today") -> tuple[Finding, ...]:
    cut = replace(chosen, part_rows=dict.fromkeys(("people", "likes"), part))
    manifest: Any = SimpleNamespace(version="v1", revision=revision)
    return purity_of(manifest, PARAMETERS, cut, Silent())


def by_mean(pair: Any) -> Any:
    return pair.left["rank"] > pair.left["rank"].mean()


class Counted:
    """A function that records its calls."""

    calls = 0

    def __call__(self, made: Any) -> Any:
        self.calls += 1
        return made * 0 + self.calls


IMPURE = [
    (likes(by_mean), "likes", "likes: its score returns another value for pair", "by_mean ("),
    (
        likes(lambda pair: np.arange(len(pair.left["rank"]))),
        "likes",
        "likes: its score returns another value for pair",
        "<lambda> (",
    ),
    (ranked(lambda made: np.cumsum(made)), "people", "the formula returns another value for row", "<lambda> ("),
    (ranked(Counted()), "people", "the formula returns another value for row", "Counted"),
]


@pytest.mark.parametrize(("table", "name", "message", "function"), IMPURE)
def test_a_function_that_is_not_pure_is_refused_with_its_line(
    table: Table, name: str, message: str, function: str
) -> None:
    with pytest.raises(UsageError) as refusal:
        made(dataset(table), name)
    assert message in refusal.value.message
    assert "when it is called for fewer" in refusal.value.message
    assert function in refusal.value.message
    assert f"{__file__}, line " in refusal.value.message.partition("it is ")[2]


@pytest.mark.slow
def test_a_score_that_is_pure_keeps_its_pairs_whatever_the_cut() -> None:
    chosen = dataset(likes(lambda pair: pair.left["rank"] == pair.right["price"]))
    cuts = [made(chosen, "likes", 0, 70).to_pylist(), made(chosen, "likes", 70, 300).to_pylist()]
    assert made(chosen, "likes", 0, 300).to_pylist() == [*cuts[0], *cuts[1]]


@pytest.mark.slow
@given(st.sampled_from((1, 7, 50, 1_000)), st.integers(1, 9))
def test_a_pure_function_passes_in_parts_of_any_size(part: int, times: int) -> None:
    found = findings(dataset(ranked(lambda made: made // 100 * times)), part)
    assert [(each.name, each.ok, each.value) for each in found] == [("purity people.rank", True, 0)]


def test_what_is_not_pure_in_a_later_part_alone_is_found_with_function_line_and_part() -> None:
    calls = [0]

    def late(made: Any) -> Any:
        calls[0] += 1
        return made * 0 + max(0, calls[0] - 4)  # three calls for the first part, and one for the second

    (found,) = findings(dataset(ranked(late)), 60)
    assert not found.ok
    assert found.value == 1
    assert f"late ({__file__}, line " in found.detail
    assert "part 1 (rows 60 to 119): " in found.detail


def test_every_function_has_a_finding_of_its_own_those_within_other_words_too() -> None:
    people = Table(
        "people",
        60,
        {
            "kind": choice(a=1, b=1),
            "score": case("kind", a=formula(lambda rank: np.arange(len(rank)))),
            "rank": integer(1, 9),
        },
    )
    bad = dataset(people, likes(by_mean))
    found = {each.name: each for each in findings(bad)}
    assert found.keys() == {"purity people.score", "purity likes.person_id"}
    assert not any(each.ok for each in found.values())
    assert "by_mean (" in found["purity likes.person_id"].detail


def test_a_dataset_without_functions_says_so() -> None:
    (found,) = findings(dataset(Table("people", 20)))
    assert (found.ok, found.detail) == (True, "dataset app has no functions of its own")


def test_another_revision_is_refused_by_name() -> None:
    with pytest.raises(UsageError, match=r"v1 is of revision yesterday of dataset app, .* of revision today now"):
        findings(dataset(ranked(lambda made: made)), revision="yesterday")


@pytest.mark.parametrize("scale", [1, Fraction(3, 2)])
def test_the_parts_are_those_of_the_versions_parameters(scale: Fraction | int) -> None:
    seen = set[int]()

    def watched(made: Any) -> Any:
        seen.add(len(made))
        return made

    chosen = dataset(ranked(watched))
    purity_of(
        SimpleNamespace(version="v1", revision="today"),  # type: ignore[arg-type]
        replace(PARAMETERS, scale=str(scale)),
        chosen,
        Silent(),
    )
    assert max(seen) == 120 * scale
