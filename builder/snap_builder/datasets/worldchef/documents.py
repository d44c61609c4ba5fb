"""The JSON documents of recipes, gathered from compiled lines and steps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from snap_builder.datasets.worldchef.choosing import MOST_LINES, Choice, part_of, slices
from snap_builder.datasets.worldchef.kitchen import (
    SLOT_OFFSET,
    STEP_LOCAL,
    STEP_PART,
    kitchen,
    quantity_piece,
)
from snap_builder.datasets.worldchef.programs import (
    LINE_FIRST,
    LINE_FOOD,
    LINE_LAST,
    LINE_NOTE,
    LINE_OPTIONAL,
    LINE_QUANTITY,
    LINE_UNIT,
    LINE_WIDTH,
    SLOTS,
    STEP_LAST,
    STEP_MINUTES,
    STEP_NUMBER,
    STEP_PHOTO,
    STEP_WIDTH,
    STEPS,
    UNMEASURED,
)
from snap_builder.datasets.worldchef.vocabulary import MACROS
from snap_builder.engine import columns
from snap_builder.engine.columns import Mask
from snap_builder.engine.streams import Ints
from snap_builder.engine.templates import Entry, Pool, Programs


def forms(made: Choice) -> Ints:
    """Return the form of the food in each place (see programs.py), shape (rows, PLACES + SLOTS).

    The last SLOTS columns are -1, so that part_forms can read SLOTS places of any part.
    """
    form = np.where(made.food < 0, -1, 2 * made.food + made.single).astype(np.int32)
    return np.pad(form, ((0, 0), (0, SLOTS)), constant_values=-1)


def part_forms(form: Ints, row: Ints, part: Ints) -> Ints:
    """Return the forms of the slots of part[i] of recipe row[i], shape (len(row), SLOTS)."""
    flat = row * form.shape[1] + SLOT_OFFSET[part]
    return form.reshape(-1)[flat[:, None] + np.arange(SLOTS)]


def ended(texts: pa.StringArray, ends: Ints) -> pa.StringArray:
    """Return the runs of texts, each joined to one text. Run i ends before the text ends[i]."""
    offsets = np.frombuffer(texts.buffers()[1], np.int32)
    bounds = offsets[np.concatenate([[0], ends])]
    return pa.StringArray.from_buffers(len(ends), pa.py_buffer(bounds), texts.buffers()[2])


def _edges(row: Ints, rows: int) -> tuple[Ints, Mask, Mask]:
    """Return where the elements of each row end, and which elements are the first and the last of their row.

    `row` is the row of each element, in ascending order. Each of the `rows` rows has at least one element.
    """
    ends = np.searchsorted(row, np.arange(rows), side="right")
    first, last = np.zeros(len(row), np.bool_), np.zeros(len(row), np.bool_)
    first[np.concatenate([[0], ends[:-1]])] = True
    last[ends - 1] = True
    return ends, first, last


def ingredients(made: Choice, unmeasured: Mask) -> pa.StringArray:
    """Return the JSON arrays of ingredient lines; the last line of an unmeasured recipe has no quantity."""
    parts = slices(len(made.food))
    return pa.concat_arrays([_ingredients(part_of(made, *part), unmeasured[slice(*part)]) for part in parts])


def _ingredients(made: Choice, unmeasured: Mask) -> pa.StringArray:
    book = kitchen()
    row, place = np.nonzero(made.line)
    ends, first, last = _edges(row, len(made.food))
    bare = last & unmeasured[row]
    variables: NDArray[Any] = np.empty((len(row), LINE_WIDTH), np.int32)
    variables[:, LINE_FOOD] = 2 * made.food[row, place]
    variables[:, LINE_UNIT] = np.where(bare, len(book.units), made.unit[row, place])
    variables[:, LINE_QUANTITY] = np.where(bare, UNMEASURED, quantity_piece(made.quantity[row, place]))
    variables[:, LINE_NOTE] = made.note[row, place]
    variables[:, LINE_OPTIONAL] = np.where(made.optional[row, place], 0, -1)
    variables[:, LINE_FIRST] = ~first
    variables[:, LINE_LAST] = np.where(last, 0, -1)
    return ended(book.line_programs.render(np.zeros(len(row), np.int64), variables), ends)


def instructions(made: Choice, photo: Ints) -> pa.StringArray:
    """Return the JSON arrays of steps: those of components, those of the dish, and those that serve components."""
    parts = slices(len(made.food))
    return pa.concat_arrays([_instructions(part_of(made, *part), photo[slice(*part)]) for part in parts])


def _instructions(made: Choice, photo: Ints) -> pa.StringArray:
    book = kitchen()
    row, place = np.nonzero(made.stands)
    part = STEP_PART[place]
    step = made.parts[row, part] * STEPS + STEP_LOCAL[place]
    turn = np.where(part == 0, 1, np.where(book.serve[step], 2, 0))
    order = np.argsort(row * 3 + turn, kind="stable")
    row, place, part, step = row[order], place[order], part[order], step[order]
    ends, first, last = _edges(row, len(made.parts))
    variables: NDArray[Any] = np.empty((len(row), STEP_WIDTH), np.int32)
    variables[:, :SLOTS] = part_forms(forms(made), row, part)
    variables[:, STEP_NUMBER] = np.arange(len(row)) - np.flatnonzero(first)[row]
    variables[:, STEP_MINUTES] = made.minutes[row, place]
    variables[:, STEP_PHOTO] = np.where(part == 0, photo[row], -1)
    variables[:, STEP_LAST] = np.where(last, 0, -1)
    return ended(book.step_programs.render(step, variables), ends)


def macros_json(macros: Ints, lines: Ints | None = None) -> pa.Array:
    """Return macros in tenths, of shape (rows, MACROS), as JSON objects.

    With `lines`, the number of ingredient lines of each row, the objects also hold `source_info`.
    """
    pool = Pool()
    whole = pool.block(str(value) for value in range(int(macros.max(initial=0)) // 10 + 1))
    tenth = pool.block(["", *(f".{value}" for value in range(1, 10))])
    counts = pool.block(str(count) for count in range(MOST_LINES + 1))
    source = ', "source_info": {"method": "sum_of_ingredients", "source": "fdc", "ingredients": '
    program: list[Entry] = []
    for i, name in enumerate(MACROS):
        if lines is not None and name == "saturated_fat_g":
            program += [Entry(pool.code(source)), Entry(counts, 2 * len(MACROS)), Entry(pool.code("}"))]
        program += [Entry(pool.code(f'{", " if i else "{"}"{name}": ')), Entry(whole, 2 * i), Entry(tenth, 2 * i + 1)]
    program.append(Entry(pool.code("}")))
    variables = np.stack([macros // 10, macros % 10], axis=2).reshape(len(macros), -1)
    if lines is not None:
        variables = np.concatenate([variables, lines[:, None]], axis=1)
    return columns.json(Programs(pool, [tuple(program)]).render(np.zeros(len(macros), np.int64), variables))
