"""Test numbers by quantiles and histograms, and periods by their quantiles."""

import numpy as np
import pyarrow.compute as pc
import pytest

from snap.errors import UsageError
from snap_builder.declare import (
    Dataset,
    Table,
    histogram,
    integer,
    moment,
    money,
    quantiles,
    ref,
    spread,
    zipf,
)
from tests.builder.compiled.declarations import built

AS_OF = "2026-11-01"


def _declared(*, rows=1_600, people=None, things=None, children=8_000):
    return Dataset(as_of=AS_OF, tables=[Table("people", rows, people or {}), Table("things", children, things or {})])


def test_numbers_have_their_quantiles_in_every_whole_block():
    rows = built(_declared(people={"rank": integer(0, 1_000, shape=quantiles(0, 10, 10, 50, 1_000))}))["people"]
    values = np.array(rows["rank"])
    for start in range(0, 1_600, 16):
        block = np.sort(values[start : start + 16])
        assert (block[:4] < 10).all()
        assert (block[4:8] == 10).all()
        assert (block[8:12] < 50).all()
        assert (block[12:] >= 50).all()


def test_amounts_have_their_quantiles_in_the_scale_of_their_column():
    rows = built(_declared(things={"price": money(0, 20, shape=quantiles("0.05", 5, "9.99", "9.99", 20))}))["things"]
    exact = pc.sum(pc.equal(rows["price"], pc.cast("9.99", rows["price"].type))).as_py()
    assert 2_000 <= exact < 2_010


def test_moments_have_their_quantiles_and_none_lies_after_as_of():
    joined = moment(spread("2024-01-01", "2025-01-01", "2026-01-01", "2026-07-01", "2026-12-01"))
    rows = built(_declared(people={"joined": joined}))["people"]
    days = np.array(rows["joined"]).astype("datetime64[D]")
    assert (days < np.datetime64("2026-01-01")).sum() == 800
    assert (days < np.datetime64("2026-07-01")).sum() == 1_200
    assert (days < np.datetime64(AS_OF)).all()


@pytest.mark.parametrize("none_have", [0, 50])
def test_parents_have_as_many_rows_as_a_histogram_says(none_have):
    children = (800 if none_have else 1_600) * 5
    fanout = histogram({1: 50, 2: 25, 16: 25})
    rows = built(
        _declared(children=children, things={"owner_id": ref("people", fanout=fanout, at_least=1, none_have=none_have)})
    )
    owners = rows["things"]["owner_id"].combine_chunks().storage
    counts = np.array(pc.value_counts(owners).field(1))
    parents = 800 if none_have else 1_600
    many, few = (counts > 6).sum() / parents, (counts <= 3).sum() / parents
    assert abs(many - 0.25) < 0.03
    assert few > 0.6
    assert len(counts) == parents
    assert abs((counts == 1).mean() - 0.5) < 0.1


def test_fewer_rows_than_parents_are_enough_for_the_share_of_them_that_has_any():
    rows = built(_declared(children=1_200, things={"owner_id": ref("people", at_least=2, none_have=75)}))
    counts = np.array(pc.value_counts(rows["things"]["owner_id"].combine_chunks().storage).field(1))
    assert (len(counts), counts.min() >= 2) == (400, True)
    with pytest.raises(UsageError, match=r"0\.49.* are too few: 25 % of them need at least 2"):
        built(_declared(children=790, things={"owner_id": ref("people", at_least=2, none_have=75)}))


def test_a_histogram_of_a_very_long_tail_stays_within_its_integers():
    fanout = histogram({1: 999, 1_000_000: 1})
    rows = built(_declared(rows=5_000, things={"owner_id": ref("people", fanout=fanout)}))
    assert rows["things"]["owner_id"].null_count == 0


@pytest.mark.parametrize(
    ("declare", "message"),
    [
        (lambda: quantiles(1), "are not two or more numbers in rising order"),
        (lambda: quantiles(1, 3, 2), "are not two or more numbers in rising order"),
        (lambda: histogram({}), "needs numbers of rows"),
        (lambda: histogram({0: 5, 1: 5}), "needs numbers of rows and weights of 1 or more"),
        (lambda: spread("2026-01-01"), "is not a period"),
        (lambda: spread("2026-01-01", "2025-01-01", "2026-02-01"), "does not go forward in time"),
        (lambda: spread("2026-01-01", "soon"), "'soon' is not a moment"),
        (
            lambda: moment(spread("2024-01-01", "2025-01-01", "2026-01-01"), growth=3),
            r"growth= cannot be combined with spread\(\)",
        ),
        (
            lambda: built(_declared(people={"rank": integer(1, 5, shape=histogram({1: 1}))})),
            r"histogram\(\) is a shape for fanout=, not for values",
        ),
        (
            lambda: built(_declared(people={"joined": moment(spread("2027-01-01", "2028-01-01", "2029-01-01"))})),
            "as-of",
        ),
    ],
)
def test_shapes_that_say_nothing_are_refused(declare, message):
    with pytest.raises(UsageError, match=message):
        declare()


def test_further_rows_follow_what_a_histogram_says_of_all():
    assert histogram({1: 5, 9: 5}).beyond(1).points == (0, 5, 8, 5)
    assert zipf(1).beyond(1) == zipf(1)
