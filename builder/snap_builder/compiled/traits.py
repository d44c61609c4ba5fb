"""Traits: columns of a planned table that no file stores. Their types follow from their words. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from snap.errors import UsageError
from snap.schema import Column
from snap.types import Logical, Type, parse
from snap_builder.compiled.arrays import scale_of
from snap_builder.compiled.fitting import require_fit
from snap_builder.compiled.planned import PlannedTable
from snap_builder.declare.array import Array
from snap_builder.declare.case import Case
from snap_builder.declare.checked import at, require_known
from snap_builder.declare.computed import Copy
from snap_builder.declare.dataset import Table
from snap_builder.declare.derived import OfChildren, OfSeveral
from snap_builder.declare.made_by import MadeBy
from snap_builder.declare.maker import MOMENTS, NUMBERS, TEXTS, ColumnPlace, Maker
from snap_builder.declare.numbers import Amount, Choice
from snap_builder.declare.polymorphic import Polymorphic
from snap_builder.declare.primary import Primary
from snap_builder.declare.references import Reference
from snap_builder.infer.checks import Bounds
from snap_builder.infer.kinds import made_as

_DIGITS = 18  # digits of numbers with decimals, whose integers have to fit into 64 bits
_MONEY = 2  # the least decimals of an amount
_WHOLE = parse("bigint")
_BY_FITS: Mapping[Logical, str] = {
    **dict.fromkeys(NUMBERS, "bigint"),
    **dict.fromkeys(MOMENTS, "timestamp with time zone"),
    **dict.fromkeys(TEXTS, "text"),
    Logical.INTERVAL: "interval",
    Logical.JSON: "jsonb",
    Logical.JSONB: "jsonb",
}
_SHORT: Mapping[str, str] = {
    "timestamptz": "timestamp with time zone",
    "timestamp": "timestamp without time zone",
    "int": "integer",
    "bool": "boolean",
}
_BY_VALUE: tuple[tuple[type, str], ...] = (
    (bool, "boolean"),
    (int, "bigint"),
    (str, "text"),
    (dt.datetime, "timestamp with time zone"),
    (dt.date, "date"),
)


def with_traits(
    planned: Mapping[str, PlannedTable],
    declared: Mapping[str, Table],
    rows: Mapping[str, int],
    labels: Mapping[str, tuple[str, ...]],
) -> dict[str, PlannedTable]:
    """Return the tables with their declared traits added as further columns.

    `rows` has the number of rows of each table at scale 1, and `labels` the labels of enum types.

    Errors: UsageError for a trait with a name that it cannot have, for a trait whose word references another table, and
    for a word that cannot make values for a trait.
    """
    words = {label: dict(_words(declared[label], planned[label])) for label in planned if label in declared}
    kinds = _Kinds(planned, words)
    made = dict(planned)
    for label, own in words.items():
        columns, table = [], planned[label]
        for name, word in own.items():
            with at(word):
                kind = kinds.of(label, name)
                own[name] = word.made_for(kind)
                nullable = not isinstance(word, MadeBy) or name in word.null
                column = Column(name=name, type=kind, nullable=nullable)
                place = ColumnPlace(
                    label=f"{label}.{name}", column=column, rows=rows[label], labels=labels.get(kind.enum or "")
                )
                own[name].require(place)
                require_fit(own[name], place, Bounds(), unique=False)
            columns.append(column)
        made[label] = replace(
            table,
            table=replace(table.table, columns=(*table.table.columns, *columns)),
            makers={**table.makers, **own},
            kinds={**table.kinds, **{column.name: column.type for column in columns}},
            traits=frozenset(own),
        )
    return made


def _words(own: Table, table: PlannedTable) -> Iterator[tuple[str, Maker]]:
    """Yield the traits of a table with their words, including traits that come with another one."""
    made = set[str]()
    for name, word in own.traits.items():
        with at(word):
            for each, its in {name: word, **word.others(name)}.items():
                _require_name(table, each)
                if each != name and each in own.traits:
                    raise UsageError(f"{own.name}.{each} is made by {word.word()}() of {name}", f"leave out {each}")
                if each in made:
                    raise UsageError(f"{own.name}.{each} is made by two words", "declare it with one of them only")
                if isinstance(its, Reference | Polymorphic):
                    raise UsageError(
                        f"{own.name}.{each}: a trait cannot reference another table", "declare a word that makes values"
                    )
                made.add(each)
                yield each, its


def _require_name(table: PlannedTable, name: str) -> None:
    label, columns = table.table.label, [column.name for column in table.table.columns]
    if name in columns:
        raise UsageError(
            f"table {label} has a column {name!r}, and a trait of that name",
            "rename the trait, or declare its word in columns=",
        )
    if f"{name}_id" in table.parents:
        raise UsageError(
            f"table {label} has a trait {name!r}, but in paths {name!r} means the reference {name}_id",
            "rename the trait",
        )
    if not name.isidentifier():
        raise UsageError(
            f"table {label} has a trait {name!r}, which cannot stand in a path",
            "name it with letters, digits and _, and do not begin with a digit",
        )


class _Kinds:
    """The types of columns and traits. `words` are the words of traits, by table and name."""

    def __init__(self, planned: Mapping[str, PlannedTable], words: Mapping[str, Mapping[str, Maker]]) -> None:
        self._planned, self._words = planned, words
        self._waiting: list[str] = []

    def of(self, label: str, path: str) -> Type:
        """Return the type of the column or trait that a path leads to. Errors: UsageError if the path leads nowhere."""
        name, _, rest = path.partition(".")
        table, own = self._planned[label], self._words.get(label, {})
        if rest:
            column = table.reference(name)
            if column not in table.parents:
                raise UsageError(f"{label}.{name} references no table, so it has no {rest}", "name a reference there")
            return self.of(table.parents[column].label, rest)
        if name not in own:
            require_known([name], [*table.kinds, *own], f"table {label} has no column")
            return table.kinds[name]
        this = f"{label}.{name}"
        if this in self._waiting:
            raise UsageError(
                f"columns depend on each other: {' → '.join([*self._waiting[self._waiting.index(this) :], this])}",
                "remove one of these dependencies",
            )
        self._waiting.append(this)
        try:
            return self._made(label, this, own[name])
        finally:
            self._waiting.pop()

    def _made(self, label: str, this: str, word: Maker) -> Type:
        """Return the type of the values that a word of table `label` makes."""
        if isinstance(word, MadeBy):
            return self._named(this, word)
        if isinstance(word, Copy):
            return self.of(label, word.path)
        if isinstance(word, OfChildren):
            return self._of_children(this, word)
        if isinstance(word, OfSeveral):
            kinds = [self._of_children(this, each) for each in word.children]
            return _wider(this, [*kinds, *(self.of(label, path) for path in word.own)])
        if isinstance(word, Case):
            return self._common(label, this, word)
        if isinstance(word, Array):
            item = self._made(label, this, word.of)
            return parse(f"{item.pg}[]")
        if isinstance(word, Amount):
            return _WHOLE if word.whole else _decimals(max(_MONEY, _places(word.low), _places(word.high)))
        if isinstance(word, Primary) and word.choices is None:
            return self._widest(label, this, word)
        if word.choices is not None or isinstance(word, Choice):
            return _by_values(this, word.constants)
        fits = word.fits[0] if word.fits else None
        if fits is None or fits not in _BY_FITS:
            return _WHOLE
        return parse(_BY_FITS[fits])

    def _named(self, this: str, word: MadeBy) -> Type:
        """Return the type that made_by() names for a trait, or bigint if it names none."""
        name, types = this.rpartition(".")[2], dict(word.types)
        require_known([*types, *word.null], word.together(name), f"{this}: made_by() makes no trait")
        pg = types.get(name, "bigint")
        kind = made_as(_SHORT.get(pg, pg), ())
        if kind.logical is Logical.TEXT:
            raise UsageError(f"{this}: a trait cannot have the type {pg!r}", "write text, bigint, numeric(8,2) …")
        return kind

    def _of_children(self, this: str, word: OfChildren) -> Type:
        require_known([word.child], list(self._planned), f"{this}: the schema has no table")
        if word.column is None:
            return _WHOLE
        kind = self.of(word.child, word.column)
        if word.kind == "average":
            return _decimals(max(_MONEY, scale_of(kind)))
        if word.kind == "sum":
            return _decimals(scale_of(kind)) if scale_of(kind) else _WHOLE
        return kind

    def _common(self, label: str, this: str, word: Case) -> Type:
        """Return the common type of all words of a case()."""
        return _wider(this, [self._made(label, this, each) for _, each in word.words if each is not None])

    def _widest(self, label: str, this: str, word: Primary) -> Type:
        """Return the common type of the value of a primary() and the value of all other rows."""
        given = [each for each in (word.value, word.otherwise) if each is not None]
        return _wider(
            this,
            [self._made(label, this, each) if isinstance(each, Maker) else _by_values(this, (each,)) for each in given],
        )


def _wider(this: str, kinds: list[Type]) -> Type:
    """Return the common type of several types. The common type of numbers is the type with most decimal places.

    Errors: UsageError if the types have no common type.
    """
    if not kinds:
        raise UsageError(f"{this}: its word makes nothing but NULL", "declare a word that makes a value")
    if all(kind.logical in (Logical.INT64, Logical.DECIMAL) for kind in kinds):
        return max(kinds, key=lambda kind: kind.scale or 0)
    if len({kind.pg for kind in kinds}) > 1:
        listed = " and ".join(sorted({kind.pg for kind in kinds}))
        raise UsageError(f"{this}: its words make {listed}", "let all of them make values of the same type")
    return kinds[0]


def _by_values(this: str, values: tuple[object, ...]) -> Type:
    """Return the common type of listed values. Errors: UsageError if they are of several types."""
    found = {next((pg for kind, pg in _BY_VALUE if isinstance(value, kind)), None) for value in values} - {None}
    numbers = [value for value in values if isinstance(value, int | float | Decimal) and not isinstance(value, bool)]
    if values and len(numbers) == len(values):
        whole = all(isinstance(number, int) for number in numbers)
        return _WHOLE if whole else _decimals(max(map(_places, numbers)))
    if len(found) != 1:
        raise UsageError(
            f"{this}: its values {', '.join(map(repr, values[:3]))} have no common type",
            "write only texts, only numbers, only dates or only booleans",
        )
    return parse(str(found.pop()))


def _places(number: object) -> int:
    """Return how many decimal places a number is written with."""
    return max(0, -int(Decimal(str(number)).as_tuple().exponent))


def _decimals(places: int) -> Type:
    return parse(f"numeric({_DIGITS},{places})")
