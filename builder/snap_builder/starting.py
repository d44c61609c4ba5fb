"""Write a first dataset.py for a schema: the tables' numbers of rows, and words that follow a database's statistics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from snap.checks import RuleSet
from snap.errors import UsageError
from snap.schema import Schema
from snap.shapes import Shapes
from snap_builder.compiled.compile import Understood, compile_dataset, understand
from snap_builder.declare import Dataset, Table
from snap_builder.declare.keys import Constant
from snap_builder.infer.shapes import Call, measured_pairs, measured_words, quoted, volumes
from snap_builder.inputs import make_inputs

_TEXT = '''"""{name}: what its schema cannot say.

A column that is not named here is made by its key, its CHECKs, its name and its type. Name it to make it otherwise:

    Table("users", rows=300, columns={{"plan": choice(free=70, pro=25, enterprise=5)}}),

`snap preview TABLE` shows what comes out. The words are those of snap.dataset.
"""

from snap.dataset import {words}

dataset = Dataset(
    seed=1,
    as_of="{as_of}",
    profiles={{{profiles}}},
    tables=[
{tables}    ],
)
'''
_TRIED = 100  # rows of each table, to find errors that appear only while rows are made
_RULES = RuleSet()

Words = Mapping[str, Mapping[str, Call]]  # by table and column


@dataclass(frozen=True, slots=True, kw_only=True)
class Guessed:
    """A table of the schema: its number of rows, and how each column was recognised (constraint, name, type …).

    `always_null` are the columns whose only known value is NULL. `external` is true if the table belongs to the server
    that the schema is written for.
    """

    label: str
    rows: int
    how: Mapping[str, str]
    always_null: tuple[str, ...]
    external: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """The text of dataset.py, its tables, and the CHECK constraints that the rows may violate, by table.

    `refused` lists the columns whose statistics no word can follow, with the reason.
    """

    text: str
    tables: tuple[Guessed, ...]
    left: tuple[tuple[str, str], ...]
    refused: tuple[str, ...] = ()


def start(name: str, schema: Schema, *, as_of: str, shapes: Shapes | None = None) -> Started:
    """Return a first dataset over a schema, which follows the shapes of a database's tables if they are given.

    Errors: UsageError if a column needs a declaration first.
    """
    if shapes is None:
        measured = _Measured(understood=understand(name, Dataset(as_of=as_of), schema), times=1)
    else:
        measured = _measure(name, schema, shapes, as_of)
    understood = measured.understood
    tables = tuple(
        Guessed(
            label=label,
            rows=understood.rows[label],
            how={**inferred.how, **dict.fromkeys(measured.columns(label), "statistics")},
            always_null=tuple(name for name, maker in inferred.makers.items() if maker == Constant()),
            external=schema.detail(label).external,
        )
        for label, inferred in understood.inferred.items()
    )
    times = measured.times
    text = _TEXT.format(
        name=name,
        as_of=as_of,
        words=", ".join(["Dataset", "Table", *sorted(measured.used())]),
        profiles=f'"dev": 1, "full": {times}' if times > 1 else '"dev": 1, "load": 100',
        tables="".join(
            _table(table, measured.words.get(table.label, {}), measured.pairs.get(table.label)) for table in tables
        ),
    )
    return Started(text=text, tables=tables, left=understood.left, refused=tuple(measured.refused.values()))


@dataclass(slots=True, kw_only=True)
class _Measured:
    """The words that follow from statistics, by table and column.

    `times` is the factor by which the database has more rows than the dataset at scale 1.
    """

    understood: Understood
    times: int
    words: dict[str, dict[str, Call]] = field(default_factory=dict)
    pairs: dict[str, Call] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)

    def columns(self, label: str) -> tuple[str, ...]:
        """Return the columns of a table that have words."""
        pairs = self.pairs.get(label)
        return (*self.words.get(label, ()), *(pairs.arguments if pairs is not None else ()))

    def used(self) -> set[str]:
        """Return the names of all words in the calls, which dataset.py has to import."""
        calls = [*self.pairs.values(), *(call for columns in self.words.values() for call in columns.values())]
        return {word for call in calls for word in call.words()}

    def leave_out(self, message: str) -> str | None:
        """Remove the word that an error message is about, and return its table or column.

        Return None if the message is about no such word.
        """
        for label, columns in self.words.items():
            for column in columns:
                if _about(message, f"{label}.{column}"):
                    del columns[column]
                    return f"{label}.{column}"
        place = next((label for label in self.pairs if _about(message, label)), None)
        if place is not None:
            del self.pairs[place]
        return place


def _measure(name: str, schema: Schema, shapes: Shapes, as_of: str) -> _Measured:
    """Return words and volumes from statistics with which the first rows of every table can be made.

    After each error, leave out the word of the column that the error names. If there is none, halve the number of rows
    of the table that the error names. Then try again.
    """
    enums = {enum.name: enum for enum in schema.enums}
    tables = [planned.table for planned in understand(name, Dataset(as_of=as_of), schema).planned.values()]
    sizes = volumes(shapes, tables, {table.label: schema.detail(table.label) for table in tables}, enums)
    rows = dict(sizes.rows)
    measured = _Measured(understood=understand(name, Dataset(as_of=as_of, rows=rows), schema), times=sizes.times)
    measured.refused |= {label: f"{label}: {reason}" for label, reason in sizes.limited.items()}
    for table in tables:
        inferred = measured.understood.inferred[table.label]
        details = schema.detail(table.label)
        measured.words[table.label] = measured_words(table, details, enums, inferred, shapes, as_of)
        pairs = measured_pairs(table, details, inferred, shapes)
        if pairs is not None:
            measured.pairs[table.label] = pairs
    while True:
        try:
            _try(name, schema, measured, as_of)
        except UsageError as error:
            place = measured.leave_out(error.message)
            if place is not None:
                measured.refused[place] = f"{error.message}; its statistics are left out"
                continue
            crowded = next((label for label in rows if rows[label] > 1 and _about(error.message, label)), None)
            if crowded is None:
                raise
            rows[crowded] //= 2
            measured.understood = understand(name, Dataset(as_of=as_of, rows=rows), schema)
            measured.refused.setdefault(crowded, f"{error.message}; the table gets fewer rows")
        else:
            return measured


def _about(message: str, name: str) -> bool:
    """Return whether a message begins with the name of a table or column, or of a column of that table."""
    return message.startswith((f"{name}:", f"{name} ", f"{name}."))


def _try(name: str, schema: Schema, measured: _Measured, as_of: str) -> None:
    tables = []
    for label, count in measured.understood.rows.items():
        columns = {column: call.make() for column, call in measured.words.get(label, {}).items()}
        pairs = measured.pairs.get(label)
        tables.append(Table(label, count, columns, None if pairs is None else pairs.make()))
    dataset = compile_dataset(name, Dataset(as_of=as_of, tables=tables), schema, _RULES)
    inputs = make_inputs(dataset, dataset.default_parameters)
    plan = dataset.plan(inputs)
    for label, count in inputs.rows.items():
        plan.part(label, 0, min(count, _TRIED))


def _table(table: Guessed, words: Mapping[str, Call], pairs: Call | None) -> str:
    """Return the lines that declare a table."""
    head = f"        Table({quoted(table.label)}, rows={table.rows}"
    if pairs is not None:
        head = f"{head}, pairs={pairs.text()}"
    if not words:
        return f"{head}),\n"
    columns = "".join(f"            {quoted(column)}: {call.text()},\n" for column, call in words.items())
    return f"{head}, columns={{\n{columns}        }}),\n"
