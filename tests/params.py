"""Limit the number of test cases: in the quick run, and of what is killed at random instants."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import settings

# The random instants at which a test kills a build or a night. More of them: KILLS=25 pytest -m slow …
KILLS = int(os.environ.get("KILLS", "5"))


def few(values: Iterable[Any], keep: int) -> list[Any]:
    """Return many cases as parameters: the first `keep` run always, the others only in CI's slow run."""
    given = [one if isinstance(one, tuple) else (one,) for one in values]
    return [pytest.param(*one, marks=[pytest.mark.slow] * (i >= keep)) for i, one in enumerate(given)]


def examples(quick: int, thorough: int, **given: Any) -> settings:
    """Return Hypothesis settings that draw `quick` examples in every run and `thorough` in CI's slow run."""
    return settings(max_examples=thorough if settings.get_current_profile_name() == "thorough" else quick, **given)
