"""Limit the number of test cases in the quick run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import settings


def few(values: Iterable[Any], keep: int) -> list[Any]:
    """Return many cases as parameters: the first `keep` run always, the others only in CI's slow run."""
    given = [one if isinstance(one, tuple) else (one,) for one in values]
    return [pytest.param(*one, marks=[pytest.mark.slow] * (i >= keep)) for i, one in enumerate(given)]


def examples(quick: int, thorough: int, **given: Any) -> settings:
    """Return Hypothesis settings that draw `quick` examples in every run and `thorough` in CI's slow run."""
    return settings(max_examples=thorough if settings.get_current_profile_name() == "thorough" else quick, **given)
