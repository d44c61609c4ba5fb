"""Explain why Postgres refused rows of a build: table, constraint, and the words that made the columns. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from snap.manifest import Finding
from snap.units import some
from snap_builder.dataset import Dataset

_TABLE = re.compile(r'(?:relation|table) "([^"]+)"|COPY ([^,]+), line')
_CONSTRAINT = re.compile(r'(?:constraint|unique index) "([^"]+)"')
_COLUMN = re.compile(r'column "([^"]+)"|, column ([^:]+):')
_ALTERED = r'(?:ALTER TABLE (?:ONLY )?(?:[^\s.]+\.)?"?([^"\s]+)"?\s+ADD )?'
_UNIQUE = re.compile(r'^(?:UNIQUE INDEX|CONSTRAINT (?:"[^"]+"|\S+) (?:UNIQUE|PRIMARY KEY)) ')
_INDEXED = re.compile(r'ON (?:ONLY )?(?:\S+\.)?"?([^"\s]+)"? USING ')


@dataclass(frozen=True, slots=True, kw_only=True)
class _Refusal:
    """A table whose rows Postgres refused: its label, the violated constraint and its definition, and words by column.

    The constraint and its definition are empty if the message names no constraint.
    """

    table: str
    constraint: str
    definition: str
    words: Mapping[str, str]

    @property
    def place(self) -> str:
        return f"table {self.table}" + (f", constraint {self.constraint}" if self.constraint else "")

    @property
    def made(self) -> tuple[str, ...]:
        return tuple(f"{self.table}.{name} is {word}" for name, word in self.words.items())

    @property
    def advice(self) -> str:
        texts = [f"{self.table}.{name}" for name, word in self.words.items() if word == "declared as Text"]
        if texts and _UNIQUE.search(self.definition):
            return f"add unique=True to the text of {some(texts)} in dataset.py, or write {{n}} in it"
        columns = some([f"{self.table}.{name}" for name in self.words])
        asked = f" as {self.definition} asks" if self.definition else ""
        return f"declare {columns} in dataset.py{asked}, or change the schema"


def explained(findings: Iterable[Finding], dataset: Dataset) -> tuple[Finding, ...]:
    """Return the findings, with more detail if Postgres refused rows.

    The detail then begins with the table and the constraint, and ends with the words that made the columns.
    """
    return tuple(each if each.ok else replace(each, detail=_explained(each.detail, dataset)) for each in findings)


def advice(findings: Iterable[Finding], dataset: Dataset) -> str:
    """Return a hint for the first refusal of columns that words make, or an empty text if there is none."""
    refusals = (_read(each.detail, dataset) for each in findings if not each.ok)
    return next((each.advice for each in refusals if each is not None and each.words), "")


def _explained(said: str, dataset: Dataset) -> str:
    refusal = _read(said, dataset)
    return said if refusal is None else "; ".join((f"{refusal.place}: {said}", *refusal.made))


def _read(said: str, dataset: Dataset) -> _Refusal | None:
    """Return the refusal that a message of Postgres reports, or None if it names no table whose words are known."""
    constraint = _first(_CONSTRAINT, said)
    defined = rf'{_ALTERED}((?:CONSTRAINT|UNIQUE INDEX) "?{re.escape(constraint)}"?) (.*?)[,;]?$'
    found = re.search(defined, dataset.sql, re.MULTILINE) if constraint else None
    altered, kind, asked = ("", "", "") if found is None else found.groups(default="")
    name = _first(_TABLE, said) or altered or _first(_INDEXED, asked)
    label = next((table.label for table in dataset.tables if table.name == name), "")
    if label not in dataset.words:
        return None
    names = {_first(_COLUMN, said), *re.findall(r"\w+", asked)}
    return _Refusal(
        table=label,
        constraint=constraint,
        definition=f"{kind} {asked}".strip(),
        words={column: word for column, word in dataset.words[label].items() if column in names},
    )


def _first(pattern: re.Pattern[str], text: str) -> str:
    """Return the first group of a pattern's match in a text, or an empty text if nothing matches."""
    found = pattern.search(text)
    return "" if found is None else next(filter(None, found.groups()), "")
