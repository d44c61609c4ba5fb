"""Tables of weights in CSV files beside a dataset.py."""

from __future__ import annotations

import csv
import io
from typing import Any

from snap.errors import UsageError
from snap_builder.declare.checked import folder, require_known

Weighed = tuple[tuple[Any, ...], int]  # a combination of values, and its weight
_WEIGHT = "weight"


def read_weights(name: str, columns: tuple[str, ...]) -> tuple[tuple[Weighed, ...], bytes]:
    """Return the combinations of a file in the dataset's folder with their weights, and the file's bytes.

    Values are texts, and None if a field is empty. Errors: UsageError, with the line if one is wrong.
    """
    home = folder().resolve()
    path = (home / name).resolve()
    if not path.is_relative_to(home):
        raise UsageError(f"joint(): {name} lies outside the dataset's folder", "put the file beside dataset.py")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"joint(): {name} cannot be read: {error.strerror}", f"put the file into {home}, beside dataset.py"
        ) from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"joint(): {name} is not UTF-8 at byte {error.start:,}", "save it as UTF-8") from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        return tuple(_weighed(reader, name, columns)), content
    except csv.Error as error:
        raise UsageError(f"joint(): {name}, line {reader.line_num}: {error}", "correct the line") from None


def _weighed(reader: Any, name: str, columns: tuple[str, ...]) -> list[Weighed]:
    header: list[str] = next(reader, [])
    require_known((*columns, _WEIGHT), header, f"joint(): {name} has no column")
    twice = next((each for each in (*columns, _WEIGHT) if header.count(each) > 1), None)
    if twice is not None:
        raise UsageError(f"joint(): {name} has two columns {twice!r}", "rename one of them")
    places, weight = [header.index(each) for each in columns], header.index(_WEIGHT)
    lines: dict[tuple[Any, ...], int] = {}
    weighed: list[Weighed] = []
    for fields in reader:
        if not fields:
            continue
        where = f"joint(): {name}, line {reader.line_num}"
        if len(fields) != len(header):
            raise UsageError(f"{where} has {len(fields)} fields, and the header {len(header)}", "correct the line")
        if not (fields[weight].isascii() and fields[weight].isdecimal()):
            raise UsageError(f"{where}: the weight is {fields[weight]!r}", "write a whole number, 0 or more")
        values = tuple(fields[place] or None for place in places)
        if values in lines:
            raise UsageError(f"{where} repeats the values of line {lines[values]}", "leave one of them out")
        lines[values] = reader.line_num
        weighed.append((values, int(fields[weight])))
    return weighed
