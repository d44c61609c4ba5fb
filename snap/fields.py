"""Read the values of a JSON document by type and bound. Errors name the field: `tables[0].files[2].rows`."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from snap.redact import require_visible

MOST = 2**63 - 1  # largest count: Postgres and Arrow count in 64 bits
_NAME = 1_000  # the most characters: Postgres' names have 63 bytes, a column's type is a name or two with a modifier
_TEXT = 1_000_000  # the most characters: a check shows a few rows, of up to 1,600 columns each
_SHOWN = 40  # the most characters of a wrong value in an error
_DEPTH = 20  # the most levels of a document: Python's reader and writer of JSON give up at about 1,000
_UNKEPT = re.compile("[\0\ud800-\udfff]")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class FieldError(ValueError):
    """Raised for a value that is absent, of another type, or out of bounds."""


@dataclass(frozen=True, slots=True)
class Field:
    """A value of a JSON document, and its path in the document."""

    value: object
    place: str = ""

    def error(self, wanted: str) -> FieldError:
        """Return an error that says what the value is and what it must be."""
        return FieldError(f"{self.place}: {self._shown()} is not {wanted}")

    def _shown(self) -> str:
        if isinstance(self.value, dict | list):
            return "an object" if isinstance(self.value, dict) else "a list"
        shown = repr(self.value[: _SHOWN + 1] if isinstance(self.value, str) else self.value)
        return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"

    def __getitem__(self, name: str) -> Field:
        """Return a member of this object. Raise FieldError if there is none."""
        field = self.get(name)
        if field is None:
            raise FieldError(f"{self.place + '.' if self.place else ''}{name}: it is absent")
        return field

    def get(self, name: str) -> Field | None:
        """Return a member of this object, or None."""
        if not isinstance(self.value, dict):
            raise self.error("an object")
        place = f"{self.place}.{name}" if self.place else name
        return Field(self.value[name], place) if name in self.value else None

    def __iter__(self) -> Iterator[Field]:
        """Return the elements of this list."""
        if not isinstance(self.value, list):
            raise self.error("a list")
        return (Field(value, f"{self.place}[{i}]") for i, value in enumerate(self.value))

    def members(self) -> tuple[tuple[str, Field], ...]:
        """Return the members of this object with their names, each checked by `name`."""
        if not isinstance(self.value, dict):
            raise self.error("an object")
        return tuple((Field(name, self.place).name(), self[name]) for name in self.value)

    def text(self, most: int = _TEXT) -> str:
        """Return a text of at most `most` characters that UTF-8 and Postgres can hold."""
        if not isinstance(self.value, str):
            raise self.error("a text")
        if len(self.value) > most:
            raise self.error(f"a text of {most:,} characters at most")
        if _UNKEPT.search(self.value):
            raise self.error("a text that UTF-8 and Postgres can hold")
        return self.value

    def visible(self, most: int) -> str:
        """Return a text of at most `most` characters without control characters that can hide text."""
        try:
            require_visible(self.value if isinstance(self.value, str) else "")
        except ValueError as error:
            raise FieldError(f"{self.place}: {error}") from None
        return self.text(most)

    def label(self) -> str:
        """Return a label of an enum: a visible text that may be empty."""
        return self.visible(_NAME)

    def name(self) -> str:
        """Return a name: a visible text that is not empty."""
        text = self.visible(_NAME)
        if not text:
            raise self.error("a name")
        return text

    def matching(self, pattern: re.Pattern[str], wanted: str) -> str:
        """Return a text that matches all of `pattern`."""
        text = self.text()
        if pattern.fullmatch(text) is None:
            raise self.error(wanted)
        return text

    def sha256(self) -> str:
        """Return a SHA-256 as hexadecimal digits."""
        return self.matching(_SHA256, "a SHA-256 of 64 hexadecimal digits")

    def boolean(self) -> bool:
        if not isinstance(self.value, bool):
            raise self.error("true or false")
        return self.value

    def integer(self, least: int = -MOST) -> int:
        """Return an integer from `least` to 2^63 - 1."""
        if not isinstance(self.value, int) or isinstance(self.value, bool) or not least <= self.value <= MOST:
            raise self.error("a count" if least == 0 else "an integer of 64 bits")
        return self.value

    def count(self) -> int:
        """Return an integer from 0 to 2^63 - 1."""
        return self.integer(0)

    def document(self) -> dict[str, Any]:
        """Return this object with any members. Raise FieldError if a value is out of bounds or nested too deeply."""
        if not isinstance(self.value, dict):
            raise self.error("an object")
        self._require_bounded(_DEPTH)
        return self.value

    def _require_bounded(self, depth: int) -> None:
        if isinstance(self.value, dict | list) and depth == 0:
            raise FieldError(f"{self.place}: it is nested too deeply")
        if isinstance(self.value, dict):
            for _, member in self.members():
                member._require_bounded(depth - 1)
        elif isinstance(self.value, list):
            for element in self:
                element._require_bounded(depth - 1)
        elif isinstance(self.value, str):
            self.visible(_TEXT)
        elif self.value is not None and not isinstance(self.value, bool):
            self.scalar()

    def scalar(self) -> float | int | str:
        """Return a text, an integer of 64 bits, or a finite number."""
        if isinstance(self.value, str):
            return self.text()
        if isinstance(self.value, float) and math.isfinite(self.value):
            return self.value
        if isinstance(self.value, int):
            return self.integer()
        raise self.error("a text or a number")
