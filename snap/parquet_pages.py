"""Check the pages of a Parquet file by their headers, before anything is decoded.

A file of a few kilobytes may decode to gigabytes: with pages that decompress to more than the file's footer declares,
with encodings that repeat values, or with large declared sizes. Source: the Parquet format's PageHeader, in Thrift's
compact protocol.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

GROUP_BYTES = 2 << 30  # limit of a row group's uncompressed pages: a value of Postgres has at most 1 GB
GROUP_VALUES = 1 << 28  # limit of a column in a row group: an array of Postgres has at most 134,217,727 elements
_DICTIONARY = 2
# Kinds of page: the kind, the header's field that describes it, and the encoding's field inside that one.
_HEADERS = ((0, 5, 2), (_DICTIONARY, 7, 2), (3, 8, 4))
# Encodings that store each value, and dictionaries. DELTA_BYTE_ARRAY (7) repeats the prefix of the previous text.
_ENCODINGS = frozenset({0, 2, 3, 4, 5, 6, 8, 9})
_DEPTH = 8


class PageError(ValueError):
    """Raised if the pages of a Parquet file are invalid. The message names the fault."""


@dataclass(frozen=True, slots=True)
class _Page:
    kind: int
    uncompressed: int  # bytes, without the header
    compressed: int
    values: int
    encoding: int


def dictionaries(path: Path, metadata: pq.FileMetaData) -> dict[str, int]:
    """Return the size in bytes of the largest dictionary page of each column of texts or bytes, by the column's path.

    Raise PageError if pages decode to more than the footer or the bounds above allow, or cannot be read.
    """
    largest: dict[str, int] = {}
    if metadata.num_row_groups == 0:
        return largest
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        for number in range(metadata.num_row_groups):
            group = metadata.row_group(number)
            chunks = [group.column(column) for column in range(group.num_columns)]
            declared = sum(chunk.total_uncompressed_size for chunk in chunks)
            if declared > GROUP_BYTES:
                raise PageError(f"a row group decodes to {declared:,} bytes, over the limit of {GROUP_BYTES:,}")
            for column, chunk in enumerate(chunks):
                repeated = metadata.schema.column(column).max_repetition_level > 0
                size = _dictionary_bytes(data, chunk, GROUP_VALUES if repeated else group.num_rows)
                if size and chunk.physical_type == "BYTE_ARRAY":
                    name = chunk.path_in_schema
                    largest[name] = max(largest.get(name, 0), size)
    return largest


def _dictionary_bytes(data: mmap.mmap, chunk: Any, most: int) -> int:
    """Return the bytes of a column chunk's dictionary page, or 0. Raise PageError. `most` limits the chunk's values."""
    name = chunk.path_in_schema
    if chunk.num_values > most:
        raise PageError(f"column {name} has {chunk.num_values:,} values in a row group, over the limit of {most:,}")
    dictionary = uncompressed = values = 0
    for page in _pages(data, chunk):
        uncompressed += page.uncompressed
        if page.encoding not in _ENCODINGS:
            raise PageError(f"column {name} has the encoding {page.encoding}, which is not read")
        if page.kind == _DICTIONARY:
            dictionary = max(dictionary, page.uncompressed)
        else:
            values += page.values
    if uncompressed > chunk.total_uncompressed_size or values > chunk.num_values:
        raise PageError(f"column {name} decodes to more than the file declares")
    return dictionary


def _pages(data: mmap.mmap, chunk: Any) -> Iterator[_Page]:
    """Yield the pages of a column chunk, within the same byte range that Arrow's reader uses."""
    position = chunk.data_page_offset
    if chunk.has_dictionary_page and 0 < chunk.dictionary_page_offset < position:
        position = chunk.dictionary_page_offset
    end = position + chunk.total_compressed_size
    if not 0 < position <= end <= len(data):
        raise PageError(f"column {chunk.path_in_schema} lies outside the file")
    while position < end:
        header = _Compact(data, position, end)
        page = _page(header.struct())
        position = header.position + page.compressed
        if position > end:
            raise PageError(f"a page of column {chunk.path_in_schema} lies outside its column")
        yield page


def _page(header: dict[int, Any]) -> _Page:
    kind = header.get(1)
    for known, place, encoding in _HEADERS:
        if kind == known and isinstance(details := header.get(place), dict):
            numbers = [header.get(2), header.get(3), details.get(1), details.get(encoding)]
            sizes = [number for number in numbers if isinstance(number, int) and number >= 0]
            if len(sizes) == len(numbers):
                return _Page(kind, *sizes)
    raise PageError("a page has no valid header")


class _Compact:
    """A reader of Thrift's compact protocol over `data` from `position` to `end`. Raises PageError."""

    def __init__(self, data: mmap.mmap, position: int, end: int) -> None:
        self.position = position
        self._data, self._end = data, end

    def struct(self, depth: int = 0) -> dict[int, Any]:
        """Return the fields of a struct by number. Values are numbers and structs, and None for every other type."""
        fields: dict[int, Any] = {}
        field = 0
        while head := self._byte():
            delta, kind = head >> 4, head & 15
            field = field + delta if delta else self._zigzag()
            fields[field] = self._value(kind, depth)
        return fields

    def _value(self, kind: int, depth: int) -> Any:
        if depth > _DEPTH:
            raise PageError("a page's header is nested too deep")
        match kind:
            case 1 | 2:  # true, false
                return None
            case 3:
                return self._skip(1)
            case 4 | 5 | 6:
                return self._zigzag()
            case 7:
                return self._skip(8)
            case 8:
                return self._skip(self._varint())
            case 12:
                return self.struct(depth + 1)
        raise PageError("a page has no valid header")  # a page header has no lists, sets or maps

    def _skip(self, size: int) -> None:
        self.position += size
        if self.position > self._end:
            raise PageError("a page's header lies outside its column")

    def _byte(self) -> int:
        self._skip(1)
        return self._data[self.position - 1]

    def _varint(self) -> int:
        number = shift = 0
        while True:
            byte = self._byte()
            number |= (byte & 127) << shift
            if byte < 128:
                return number
            shift += 7
            if shift > 63:
                raise PageError("a page has no valid header")

    def _zigzag(self) -> int:
        number = self._varint()
        return number >> 1 ^ -(number & 1)
