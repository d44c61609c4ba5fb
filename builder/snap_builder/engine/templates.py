"""Texts and JSON documents, rendered from templates without Python code for each row.

A template is compiled once into a program: a sequence of entries. Each entry names a piece of text in a pool, either
directly or through a variable of the row (the food in slot 2, the quantity in slot 5). Rendering n rows then takes some
index arithmetic, one `take` from the pool, and no copy: the pieces of a row's text lie side by side.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from snap_builder.engine.streams import Ints

CONSTANT = -1


@dataclass(frozen=True, slots=True)
class Entry:
    """One piece: pool code `base`, plus the row's variable `variable` unless that is CONSTANT.

    The piece is empty in rows where the variable `guard` is negative (CONSTANT: never).
    """

    base: int
    variable: int = CONSTANT
    guard: int = CONSTANT


Program = tuple[Entry, ...]


class Pool:
    """The pieces of text that programs refer to by code. Code 0 is the empty text."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {"": 0}
        self._pieces: list[str] = [""]

    def code(self, piece: str) -> int:
        """Return the code of one piece."""
        if piece not in self._codes:
            self._codes[piece] = len(self._pieces)
            self._pieces.append(piece)
        return self._codes[piece]

    def block(self, pieces: Iterable[str]) -> int:
        """Add pieces under consecutive codes and return the first code: piece i has that code plus i."""
        base = len(self._pieces)
        self._pieces.extend(pieces)
        return base

    def array(self) -> pa.StringArray:
        """Return all pieces, in the order of their codes."""
        return pa.array(self._pieces, pa.string())


def template(pool: Pool, text: str, variables: Mapping[str, tuple[int, int]]) -> Program:
    """Compile a text with placeholders: `{word}` becomes the (base, variable) that `variables` has for it."""
    pattern = "(" + "|".join(map(re.escape, variables)) + ")"
    return tuple(
        Entry(*variables[piece]) if piece in variables else Entry(pool.code(piece))
        for piece in re.split(pattern, text)
        if piece
    )


class Programs:
    """Compiled programs, stored end to end. They never change, so any thread may render them."""

    def __init__(self, pool: Pool, programs: Sequence[Program]) -> None:
        self._pieces = pool.array()
        flat = [entry for program in programs for entry in program]
        self._base = np.array([entry.base for entry in flat], np.int32)
        self._variable = np.array([entry.variable for entry in flat], np.int32)
        self._guard = np.array([entry.guard for entry in flat], np.int32)
        self._lengths = np.array([len(program) for program in programs], np.int64)
        self._starts = np.cumsum(self._lengths) - self._lengths

    def render(self, which: Ints, variables: Ints) -> pa.StringArray:
        """Return the text of each row i: program `which[i]`, filled with `variables[i]`.

        `variables` has shape (rows, number of variables).
        """
        lengths = self._lengths[which]
        ends = np.cumsum(lengths)
        total = int(ends[-1]) if len(ends) else 0
        rows = np.repeat(np.arange(len(which)), lengths)
        entries = np.arange(total) + np.repeat(self._starts[which] - (ends - lengths), lengths)
        codes = self._base[entries]
        width = variables.shape[1]
        flat = variables.reshape(-1)
        for names, apply in ((self._variable[entries], True), (self._guard[entries], False)):
            at = np.flatnonzero(names >= 0)
            values = flat[rows[at] * width + names[at]]
            if apply:
                codes[at] += values.astype(np.int32)
            else:
                codes[at[values < 0]] = 0
        pieces = self._pieces.take(pa.array(codes))
        offsets = np.frombuffer(pieces.buffers()[1], np.int32)
        bounds = offsets[np.concatenate([[0], ends])]
        return pa.StringArray.from_buffers(len(which), pa.py_buffer(bounds), pieces.buffers()[2])
