"""Make texts all lower case or all upper case, if a CHECK demands it."""

from __future__ import annotations

from dataclasses import replace

from snap.schema import Check
from snap_builder.declare.maker import Maker
from snap_builder.declare.numbers import Choice
from snap_builder.declare.text import Text
from snap_builder.infer.checks import Bounds
from snap_builder.infer.references import Inferred


def fold_letters(inferred: Inferred) -> None:
    """Change texts and choices to the case that CHECKs require. Other columns' CHECKs go to `inferred.others`."""
    for name, bound in inferred.bounds.items():
        if bound.letters is None or name not in inferred.makers:
            continue
        folded = _folded(inferred.makers[name], bound)
        if folded is None:
            check = Check(columns=(name,), sql=f"CHECK ({name} = {bound.letters}({name}))")
            inferred.others = (*inferred.others, check)
        else:
            inferred.makers[name] = folded


def _folded(maker: Maker, bound: Bounds) -> Maker | None:
    """Return a maker of the same texts in lower or upper case, or None if that is impossible."""
    if isinstance(maker, Text) and bound.letters == "lower":
        return maker.in_lower_case()
    if isinstance(maker, Text) and "{" not in maker.template:
        return replace(maker, template=maker.template.upper())
    if isinstance(maker, Choice) and all(isinstance(value, str) for value, _ in maker.options):
        fold = str.lower if bound.letters == "lower" else str.upper
        options = [(fold(str(value)), share) for value, share in maker.options]
        return replace(maker, options=tuple(options)) if len({value for value, _ in options}) == len(options) else None
    return None
