"""Find the totals of protein, fat and carbs in an answer of the nutrition function, wherever they are in it. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_SUMMED = ("protein", "fat", "carbs")
# Keys such as protein, protein_g, totalProtein, total_carbohydrates; "saturated_fat" is another macro.
_KEY = re.compile(r"(?:total)?(protein|fat|carb)(?:s|ohydrates?)?(?:g|grams|total)?")


@dataclass(frozen=True, slots=True)
class Totals:
    """The totals in an answer. `told`: there is at least one. `problem` names totals that are missing or no number."""

    told: bool = False
    problem: str = ""


def totals_of(document: Mapping[str, Any]) -> Totals:
    """Return the outermost total of each nutrient. Lists are skipped, because they describe single ingredients."""
    found: dict[str, Any] = {}
    level: list[Mapping[str, Any]] = [document]
    while level:
        items = [item for one in level for item in one.items()]
        level = [value for _, value in items if isinstance(value, Mapping)]
        for key, value in items:
            match = _KEY.fullmatch(re.sub("[^a-z]", "", key.lower()))
            if match and not isinstance(value, Mapping):
                found.setdefault("carbs" if match[1] == "carb" else match[1], value)
    if not found:
        return Totals()
    null = [name for name in _SUMMED if name in found and not _is_number(found[name])]
    missing = [name for name in _SUMMED if name not in found]
    problems = [f"the total of {' and '.join(null)} is no number"] if null else []
    problems += [f"there is no total of {' and '.join(missing)}"] if missing else []
    return Totals(told=True, problem="; ".join(problems))


def _is_number(value: Any) -> bool:
    if isinstance(value, str):
        return bool(re.fullmatch(r"[0-9]+(?:\.[0-9]+)?\s*g?", value.strip()))
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
