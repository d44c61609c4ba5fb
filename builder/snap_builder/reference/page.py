"""Write the reference of the words as Markdown."""

from __future__ import annotations

import datetime as dt
import textwrap
from collections.abc import Iterator

from snap.units import shortened
from snap_builder.reference import examples
from snap_builder.reference.docstrings import HEADINGS, Word, words

_ROWS = 5
_WIDTH = 120
_WIDEST = 44  # the most characters of a value in a table
_HEAD = """\
# The words of a dataset.py

Made by `make docs` from the docstrings of snap.dataset; a test fails when it is stale, and runs each example.
[datasets.md](datasets.md) tells how the words come together.

- **Guarantees**: what holds of the rows. **Owns**: the columns that a word sets. **Costs**: passes over rows, and
  memory. **Refuses**: what is found impossible before a row is made.
- A percentage is of 100. A number that is not whole is best written as a text: `zipf("1.1")`.
- `none` is the percentage of rows that are NULL. `stream` names the stream of random bits: with the old name in it,
  a renamed column or table keeps its values.
- A path names a column or a trait of the same table (`placed_at`), or one of a parent: `user.created_at`, by the
  reference `user_id`.

Each example is the part of `Dataset(as_of="2026-11-01", tables=[…])` that matters, and the table below it shows the
first rows that it makes. All are over this schema; what an example leaves out is inferred.

```sql
{schema}```
"""


def page() -> str:
    """Return the text of docs/words.md."""
    listed = tuple(words())
    contents = " · ".join(f"[{word.name}](#{word.name.lower()})" for word in listed)
    head = _HEAD.format(schema=examples.script().decode())
    return "\n".join([head, _filled(contents) + "\n", *("\n".join(_section(word)) for word in listed)])


def _section(word: Word) -> Iterator[str]:
    yield f"## {word.name}\n\n```text\n{_filled(word.signature, indent=' ' * 4)}\n```\n"
    for paragraph in word.about:
        yield f"{_filled(paragraph)}\n"
    for heading in HEADINGS:
        yield _filled(f"- **{heading}**: {word.sections.get(heading, '')}", indent="  ")
    if word.example:
        yield f"\n```python\n{word.example}\n```\n"
        yield "\n".join(_rows(word.example)) + "\n"


def _filled(paragraph: str, *, indent: str = "") -> str:
    return textwrap.fill(paragraph, _WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def _rows(example: str) -> Iterator[str]:
    rows = examples.rows_of(example, _ROWS)
    yield f"| {' | '.join(rows.schema.names)} |"
    yield f"|{' --- |' * rows.num_columns}"
    for row in rows.to_pylist():
        yield f"| {' | '.join(_cell(value) for value in row.values())} |"


def _cell(value: object) -> str:
    if isinstance(value, dt.datetime):
        value = value.isoformat(sep=" ", timespec="seconds")
    text = "NULL" if value is None else str(value).removesuffix("+00:00").replace("|", "\\|")
    return shortened(text, _WIDEST)
