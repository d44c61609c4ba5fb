"""Test curves: the integers of a distribution are the same on every processor, and tails grow with the table."""

import hashlib
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snap_builder.engine import curves
from snap_builder.engine.streams import Seeds

SEEDS = Seeds(7, "people")
CURVES = {
    "uniform": curves.uniform(-50, 1_000),
    "growing": curves.growing(0, 10_000, Decimal(3)),
    "normal": curves.normal(Decimal(1_000), Decimal(100)),
    "log-normal": curves.log_normal(Decimal(5_000), Decimal("0.8")),
    "piecewise": curves.piecewise([Decimal(n) for n in (-5, 0, 0, 100, 10_000)]),
    "heavy": curves.heavy(Decimal(64), Decimal("1.1")),
}


@pytest.mark.parametrize("name", CURVES)
@given(st.tuples(st.integers(0, 400), st.integers(0, 400)).map(sorted))
def test_a_range_has_the_values_of_the_whole(name, bounds):
    start, stop = bounds
    whole = CURVES[name].values(SEEDS, "pay", 0, 400)
    assert (CURVES[name].values(SEEDS, "pay", start, stop) == whole[start:stop]).all()


def test_uniform_values_fill_their_range_and_nothing_else():
    values = CURVES["uniform"].values(SEEDS, "pay", 0, 50_000)
    assert (values.min(), values.max()) == (-50, 999)
    counts, _ = np.histogram(values, bins=10, range=(-50, 1_000))
    assert np.ptp(counts) < 300


def test_growth_makes_the_end_of_a_period_as_much_denser():
    values = CURVES["growing"].values(SEEDS, "joined", 0, 64_000)
    tenths, _ = np.histogram(values, bins=100, range=(0, 10_000))
    assert 2.6 < tenths[-5:].sum() / tenths[:5].sum() < 3.1


def test_normal_values_have_their_mean_and_deviation():
    values = CURVES["normal"].values(SEEDS, "pay", 0, 100_000)
    assert abs(values.mean() - 1_000) < 2
    assert abs(values.std() - 100) < 2
    assert abs((np.abs(values - 1_000) > 196).mean() - 0.05) < 0.005


def test_logarithms_of_log_normal_values_are_normal():
    values = np.log(CURVES["log-normal"].values(SEEDS, "pay", 0, 100_000))
    assert abs(values.std() - 0.8) < 0.01
    assert abs(np.median(values) - np.log(5_000)) < 0.01


@pytest.mark.parametrize("rows", [16**2, 16**3, 16**4])
def test_the_largest_of_a_heavy_tail_grows_with_the_table_as_zipfs_law_has_it(rows):
    values = np.sort(CURVES["heavy"].values(SEEDS, "weight", 0, rows))[::-1]
    ranks = np.array([1, 4, 16, 64])
    slope = np.polyfit(np.log(ranks), np.log(values[ranks - 1]), 1)[0]
    assert -1.6 < slope < -0.7
    assert values[0] >= 64 * rows**1.1 * 0.9


@pytest.mark.parametrize(
    ("name", "digest"),
    [
        ("uniform", "5ca4eb53"),
        ("growing", "1d96a2b3"),
        ("normal", "9d270075"),
        ("log-normal", "8b89e7f4"),
        ("heavy", "38a7f44c"),
    ],
)
def test_values_are_the_same_on_every_machine(name, digest):
    values = CURVES[name].values(SEEDS, "pay", 0, 10_000)
    assert hashlib.sha256(values.astype("<i8").tobytes()).hexdigest()[:8] == digest


def test_as_many_values_lie_between_two_points_as_between_any_others():
    values = CURVES["piecewise"].values(SEEDS, "pay", 0, 16_000)
    counts = [
        int(((values >= low) & (values < high)).sum()) for low, high in ((-5, 0), (0, 1), (1, 100), (100, 10_000))
    ]
    # 0 is the first whole number of the third quarter too.
    assert [counts[0], counts[1] + counts[2], counts[3]] == [4_000, 8_000, 4_000]
    assert counts[1] >= 4_000
    assert (values.min(), values.max() < 10_000) == (-5, True)


def test_steps_have_the_values_and_their_shares_from_the_least():
    curve = curves.stepped([Decimal(1), Decimal(8)], [Decimal(3), Decimal(1)])
    assert list(curve.rising[0, :16]) == [1] * 12 + [8] * 4
    assert set(curve.rising[1]) == {8}


def test_what_is_drawn_by_chance_has_the_shape_of_what_is_drawn_in_blocks():
    seeds = Seeds(3, "acts")
    words = seeds.wide("words", 0, 40_000, 2)
    for curve in (curves.growing(0, 10**9, Decimal(5)), curves.normal(Decimal(10**6), Decimal(10**5))):
        drawn, blocks = np.sort(curve.drawn(words[:, 0], words[:, 1])), np.sort(curve.values(seeds, "at", 0, 40_000))
        spread = int(blocks[-1] - blocks[0])
        for share in (0.05, 0.25, 0.5, 0.75, 0.95):
            assert abs(int(drawn[int(40_000 * share)]) - int(blocks[int(40_000 * share)])) < spread // 50


@pytest.mark.parametrize("name", CURVES)
@given(st.integers(1, 20_000))
def test_values_within_an_end_are_those_of_the_curve_that_lie_there(name, end):
    curve = CURVES[name]
    all_values = curve.values(SEEDS, "pay", 0, 16**4)
    kept = all_values[(all_values >= 0) & (all_values < end)]
    shares = (np.arange(2_000) << 32) // 2_000
    cut = curve.within(shares, np.full(2_000, end))
    if len(kept) < 4_000:
        assert all(cut == -1) or (cut.min() >= 0 and cut.max() < end)
        return
    assert (cut.min() >= 0, cut.max() < end) == (True, True)
    quarters = [25, 50, 75]
    near = max(1, np.ptp(kept) / 20)
    assert np.allclose(np.percentile(cut, quarters), np.percentile(kept, quarters), atol=near)


def test_nothing_of_a_curve_lies_before_its_beginning():
    ends = np.array([0, 1, 63, 64, 65, 1 << 39])
    assert (CURVES["heavy"].within(np.full(6, 1 << 31), ends) == [-1, -1, -1, -1, 64, 136]).all()
