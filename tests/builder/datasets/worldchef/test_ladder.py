"""Test that quantities are those that people measure, and usual for a food."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snap_builder.datasets.worldchef.kitchen import kitchen
from snap_builder.datasets.worldchef.ladder import habits, ladders

UNITS = ("g", "piece", "tsp")


def _nearest(unit, quantity):
    return int(ladders(UNITS).nearest(np.array([UNITS.index(unit)]), np.array([quantity]))[0])


@pytest.mark.parametrize(
    ("unit", "quantity", "measured"),
    [
        ("g", 31_000, 30_000),
        ("g", 32_500, 35_000),  # halfway: the higher one
        ("g", 1, 100),
        ("piece", 120, 100),
        ("piece", 1_100, 1_200),
        ("tsp", 90, 100),
    ],
)
def test_a_quantity_goes_to_the_nearest_step(unit, quantity, measured):
    assert _nearest(unit, quantity) == measured


@given(st.sampled_from(UNITS), st.integers(0, 5_000_000))
def test_steps_stay_where_they_are(unit, quantity):
    measured = _nearest(unit, quantity)
    assert _nearest(unit, measured) == measured


@given(st.sampled_from(UNITS), st.integers(100, 5_000_000))
def test_the_highest_step_below_is_not_above(unit, quantity):
    most = ladders(UNITS).at_most(np.array([UNITS.index(unit)]), np.array([quantity]))
    assert most[0] <= quantity


def test_less_than_the_first_step_is_the_first_step():
    assert ladders(UNITS).at_most(np.array([1]), np.array([3]))[0] == 25


def test_a_unit_without_steps_is_refused():
    with pytest.raises(KeyError, match="furlong"):
        ladders(["furlong"])


def test_every_unit_of_foods_has_steps():
    assert set(kitchen().ladders.keys // 10_000_000) == set(range(len(kitchen().units)))


def test_a_quantity_near_a_likelier_one_becomes_that():
    usual = habits({(0, 40_000): 9, (0, 45_000): 1, (0, 100_000): 3, (1, 100): 1}, np.array([150, 150]))
    kinds, asked = np.array([0, 0, 0, 0, 1]), np.array([45_000, 35_000, 90_000, 10_000, 100])
    assert usual.nearest(kinds, asked).tolist() == [40_000, 40_000, 100_000, 10_000, 100]


def test_of_two_usual_quantities_the_nearer_is_taken():
    usual = habits({(0, 100): 2, (0, 300): 1}, np.array([290]))
    assert usual.nearest(np.array([0, 0]), np.array([150, 250])).tolist() == [100, 300]
