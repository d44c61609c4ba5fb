"""Parameters of tests."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import settings


def few(values: Iterable[Any], keep: int) -> list[Any]:
    """Return the first `keep` of many cases for every run, the others for CI's slow ones."""
    given = [one if isinstance(one, tuple) else (one,) for one in values]
    return [pytest.param(*one, marks=[pytest.mark.slow] * (i >= keep)) for i, one in enumerate(given)]


def examples(quick: int, thorough: int, **given: Any) -> settings:
    """Return settings that draw `quick` examples in every run, `thorough` in CI's slow one."""
    return settings(max_examples=thorough if settings.get_current_profile_name() == "thorough" else quick, **given)
