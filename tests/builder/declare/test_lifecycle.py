"""Test states that follow each other or branch, and the moments of these states."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snap.errors import UsageError
from snap.schema import Schema, Table
from snap_builder import declare
from snap_builder.declare import branch, lifecycle
from tests.builder.compiled.declarations import built
from tests.builder.compiled.tenants import columns

MOMENTS = ("asked_at", "lent_at", "back_at", "lost_at", "paid_at")
COLUMNS = (
    "id bigint",
    "state text",
    "asked_at timestamp with time zone",
    *(f"{m} timestamp with time zone?" for m in MOMENTS[1:]),
)
SCHEMA = Schema(tables=(Table(name="loans", columns=columns(*COLUMNS), primary_key=("id",)),), enums=(), sql="")
# asked -> lent -> back, and lent -> lost -> paid
REACHED = {
    "asked": {"asked_at"},
    "lent": {"asked_at", "lent_at"},
    "back": {"asked_at", "lent_at", "back_at"},
    "lost": {"asked_at", "lent_at", "lost_at"},
    "paid": {"asked_at", "lent_at", "lost_at", "paid_at"},
}


def loans(rows: int, shares: dict[str, int]) -> list[dict[str, object]]:
    word = lifecycle(
        "asked_at",
        asked=shares["asked"],
        lent=("lent_at", shares["lent"]),
        back=("back_at", shares["back"]),
        lost=branch("lost_at", shares["lost"], after="lent"),
        paid=("paid_at", shares["paid"]),
    )
    dataset = declare.Dataset(as_of="2026-11-01", tables=[declare.Table("loans", rows, {"state": word})])
    return built(dataset, 1, SCHEMA)["loans"].to_pylist()


@given(st.fixed_dictionaries(dict.fromkeys(REACHED, st.integers(1, 5))))
def test_a_row_has_the_moments_of_its_own_path_in_their_order(shares: dict[str, int]) -> None:
    size = sum(shares.values())
    rows = loans(3 * size, shares)
    for row in rows:
        reached = [name for name in MOMENTS if name in REACHED[str(row["state"])]]
        assert {name for name in MOMENTS if row[name] is not None} == set(reached)
        assert [row[name] for name in reached] == sorted(row[name] for name in reached)  # type: ignore[type-var]
    assert Counter(row["state"] for row in rows[: 3 * size]).keys() == shares.keys()


def test_shares_are_exact_and_growth_appends() -> None:
    shares = {"asked": 10, "lent": 20, "back": 55, "lost": 10, "paid": 5}
    rows = loans(400, shares)
    assert Counter(row["state"] for row in rows) == {state: share * 4 for state, share in shares.items()}
    assert loans(100, shares) == rows[:100]


def test_a_branch_from_a_state_that_is_not_before_it_is_refused() -> None:
    with pytest.raises(UsageError, match="lost comes after 'sent', but no earlier state has that name") as raised:
        lifecycle("asked_at", asked=1, lent=("lent_at", 2), lost=branch("lost_at", 1, after="sent"))
    assert raised.value.hint == "the earlier states are: asked, lent"
