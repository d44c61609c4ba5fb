"""Words for rows of other tables: references, and unique pairs of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from snap.errors import UsageError
from snap_builder.declare.checked import Count, Number, Percent, Positive, word
from snap_builder.declare.maker import SparseMaker
from snap_builder.declare.numbers import Shape, shares_of, uniform
from snap_builder.engine.streams import Ints

Conditions = tuple[tuple[str, tuple[object, ...]], ...]  # columns of a parent, and their allowed values


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """A value that a row and its parent have in common: column `path` of the row, and column `to` of the parent.

    `path` may lead over a reference (`project.org_id`). Without `to`, the parent's column follows from the schema, or
    else from the name.
    """

    path: str
    to: str | None = None

    @property
    def column(self) -> str:
        """The parent's column."""
        return self.to or self.path.rpartition(".")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference(SparseMaker):
    """A row of another table, or an earlier row of the same one.

    Guarantees: every row references an existing parent. In every whole block of parents, exactly `none_have` percent
    have no row. Each other parent has at least `at_least` rows, the first ones on its arrival, and none has more than
    `at_most`. A parent's number of rows follows its weight, and not its row number. A parent has the values that
    `where` asks for, and shares the columns `within` with the row. Rows of one table are a forest of `tree` levels at
    most. In every whole block, exactly `none` percent of the rows have no parent. If more of them must lack a parent
    (the first row of each tree), the next blocks have fewer, until the share is right again. Owns: its column. Costs:
    17 bytes for each parent; if the word chooses among parents, 16 more for each parent, and with `tree` 9 for each
    row; with `at_most`, 4 for each row. Refuses: fewer rows for each parent than `at_least`, or more than `at_most`;
    too few parents for one of them to have rows; more rows that must lack a parent than `none`; rows whose `within` no
    parent shares; a choice by derived columns.
    """

    number = 2

    parent: str
    fanout: Shape
    at_least: Count = 0
    at_most: int | None = None
    none_have: Percent = 0
    one: bool = False
    within: tuple[Shared, ...] = ()
    tree: int | None = None
    weight: str | None = None
    where: Conditions = ()
    loose: bool = False  # inferred: more rows than `none` may lack a parent

    @property
    def first_rows(self) -> int:
        """The number of rows that each parent with rows gets on arrival."""
        return max(self.at_least, 1 if self.none_have else 0)

    @property
    def block(self) -> int:
        """The number of rows in a block, in which the share of rows without a parent is exact."""
        return shares_of(self.none).size if self.none else 1

    def waits(self) -> tuple[str, ...]:
        return tuple(shared.path for shared in self.within)

    def waits_for_parent(self) -> tuple[str, ...]:
        """Return the columns of the parent by which it is chosen."""
        named = (*(shared.column for shared in self.within), *(column for column, _ in self.where))
        return named if self.weight is None else (*named, self.weight)


@word
def ref(
    parent: str,
    *,
    fanout: Shape | None = None,
    at_least: Count = 0,
    at_most: Positive | None = None,
    none_have: Percent = 0,
    none: Percent = 0,
    one: bool = False,
    within: str | Sequence[str] | Mapping[str, str] = (),
    tree: int | None = None,
    weight: str | None = None,
    where: Mapping[str, object] | None = None,
    stream: str | None = None,
) -> Reference:
    """Return a word for a row of table `parent`: `ref("users", fanout=zipf(1.3), none_have=30)`.

    `none_have` is the percentage of parents without a row, `none` the percentage of rows without a parent. No parent
    has more than `at_most` rows; with `one`, which costs nothing, each has at most one. `within` names columns of the
    row that the parent has to share; write `{"org_id": "tenant"}` if the parent's column has another name. `weight` is
    a column of the parent: a parent with twice the number has twice the rows. `where` says which values the parent has:
    `where={"active": True}`, or a list of values. `tree` is for references to rows of the same table: `ref("users",
    within="org_id", tree=4, none=20)` names only earlier rows, in trees of at most 4 levels.

    Example:
        Table("orders", 900, {"user_id": ref("users", fanout=zipf("1.3"), none_have=30)})
        Table("order_lines", 2_000, {"product_id": ref("products", weight="stock", where={"name": ["tea", "rice"]})})
        Table("products", 60, {"name": choice(tea=1, rice=1, soap=2)})
        Table("users", 300, {"manager_id": ref("users", within="org_id", tree=4, none=20)})
    """
    promised = " and ".join(
        f"{name}=" for name, asked in (("at_least", at_least), ("none_have", none_have), ("one", one)) if asked
    )
    if promised and none:
        raise UsageError(
            f"ref({parent!r}) guarantees rows for parents with {promised}, but none= leaves some rows without a parent",
            "leave out none=, or at_least=, none_have= and one=",
        )
    if promised and (within or tree):
        raise UsageError(
            f"ref({parent!r}) guarantees rows for parents with {promised}, but within= or tree= limits the choice",
            f"leave out {promised}, or within= and tree=",
        )
    if (none_have and where) or (one and (where or weight)):
        raise UsageError(
            f"ref({parent!r}) guarantees rows for parents with {promised}, but where= or weight= chooses parents",
            f"leave out {promised}, or where= and weight=",
        )
    if one and at_most is not None:
        raise UsageError(f"ref({parent!r}) has both one= and at_most=", "leave out one of them")
    if weight is not None and fanout is not None:
        raise UsageError(f"ref({parent!r}) has both a weight and a fan-out", "leave out weight=, or fanout=")
    if tree is not None and tree < 2:
        raise UsageError(f"ref({parent!r}): trees of {tree} levels have no references", "write tree=2 or more")
    return Reference(
        parent=parent,
        fanout=fanout or uniform(1, 3),
        at_least=at_least,
        at_most=at_most,
        none_have=none_have,
        none=none,
        one=one,
        within=_shared(within),
        tree=tree,
        weight=weight,
        where=_conditions(where),
        stream=stream,
    )


def _shared(within: str | Sequence[str] | Mapping[str, str]) -> tuple[Shared, ...]:
    if isinstance(within, Mapping):
        return tuple(Shared(path=path, to=to) for path, to in within.items())
    return tuple(Shared(path=path) for path in ((within,) if isinstance(within, str) else within))


def _conditions(where: Mapping[str, object] | None) -> Conditions:
    return tuple((column, _listed(value)) for column, value in (where or {}).items())


def _listed(value: object) -> tuple[object, ...]:
    return tuple(value) if isinstance(value, list | tuple) else (value,)


class Side:
    """The rows of one side of some pairs, as a score sees them: `side["region"]` gives their integers."""

    __slots__ = ("_column", "_rows")

    def __init__(self, column: Callable[[str], Ints], rows: Ints) -> None:
        self._column, self._rows = column, rows

    def __getitem__(self, name: str) -> Ints:
        return self._column(name)[self._rows]


@dataclass(frozen=True, slots=True)
class Meeting:
    """Two rows that may become a pair, as vectors of the same shape: `r.left["region"] == r.right["region"]`.

    A function for `score=` takes it. `side["column"]` gives that column's integers: numbers, moments in microseconds
    since 1970, places of choices.

    Guarantees: a side's values are those of the row that becomes part of the pair. Owns: nothing: pairs() has it.
    Costs: 8 bytes for each row of a column that is read. Refuses: a column that the table does not have.

    Example:
        def same_region(meeting):
            return meeting.left["region"] == meeting.right["region"]

        Table("follows", 700, pairs=pairs("follower_id", "followee_id", differ=True, score=same_region))
    """

    left: Side
    right: Side


Score = Callable[[Meeting], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Two references that are unique together.

    Guarantees: no pair occurs twice, no pair has a score below 0, and with `differ` no row is paired with itself. In
    every whole block of left parents, exactly `none_have` percent have no row, and each of the others has `at_least`. A
    parent has the values that `where` asks for, and a weight above 0. Its number of rows follows its weight, and not
    its row number. In every whole block, exactly the percentage in `near` of the rows look for parents that agree. If
    no such parent exists, or none is free in 8 draws, they join any parent. For about `mutual` percent of the rows the
    reverse exists, a few rows before or after; in small tables for fewer: of 2,000 rows about 1 percent less, of 400 up
    to 3, of 160 up to 6. Owns: both columns. Costs: 17 bytes for each parent, and the pairs of a block; 8 more for each
    parent with `where` or `weight`, 36 more with `near`, all of them mapped from the disk; with `within`, 8 bytes for
    each row. Refuses: more rows than there are pairs; too few parents; a weight and a fan-out of one side; columns that
    the parents do not have, or that are derived; `mutual` of two tables, or without `differ`; with `within`, also
    `score` and all options that choose parents; fewer rows for each left parent than `at_least`; a row for which the
    score leaves no pair; a score that gives a pair another value when it is called for fewer pairs, a vector of another
    length, or values that are not whole numbers. This is tested for the first part, and for every part by `snap check
    --purity`.

    With `within` both sides share a value, such as their tenant. NULL agrees with nothing. A left parent gets its
    `at_least` rows as soon as its group has as many right parents. If all rows are guaranteed and some groups wait, the
    last left parents can have fewer. A row of `mutual` that is a reverse follows the weights of the other side, because
    its pair was drawn the other way round.
    """

    left: str
    right: str
    differ: bool = False
    fanout: tuple[Shape, Shape]
    at_least: Count = 0
    none_have: Percent = 0
    score: Score | None = None
    candidates: Count = 4
    within: tuple[Shared, ...] = ()
    weight: tuple[str | None, str | None] = (None, None)
    where: tuple[Conditions, Conditions] = ((), ())
    near: tuple[str, str, Number] | None = None
    mutual: Number = 0
    rising: bool = False  # inferred: the left side is the earlier row
    written: str | None = field(default=None, compare=False, repr=False)

    @property
    def first_rows(self) -> int:
        """The number of rows that each left parent with rows gets on arrival."""
        return max(self.at_least, 1 if self.none_have else 0)

    @property
    def chooses(self) -> bool:
        """Whether parents are chosen by weight, by `where`, by `near` or by `mutual`."""
        return any(self.weight) or any(self.where) or self.near is not None or bool(self.mutual)

    def columns(self, side: int) -> tuple[str, ...]:
        """Return the columns by which the parents of the left side (0) or the right side (1) are chosen."""
        weight = self.weight[side]
        named = (*(() if weight is None else (weight,)), *(column for column, _ in self.where[side]))
        return named if self.near is None else (*named, str(self.near[side]))


@word
def pairs(
    left: str,
    right: str,
    *,
    differ: bool = False,
    fanout: Shape | tuple[Shape, Shape] | None = None,
    at_least: Count = 0,
    none_have: Percent = 0,
    score: Score | None = None,
    candidates: Positive = 4,
    within: str | Sequence[str] | Mapping[str, str] = (),
    weight: tuple[str | None, str | None] | None = None,
    where: tuple[Mapping[str, object] | None, Mapping[str, object] | None] | None = None,
    near: tuple[str, str, Percent] | None = None,
    mutual: Percent = 0,
) -> Pairs:
    """Return a word for two columns whose rows are unique pairs: `pairs("follower_id", "followee_id", differ=True)`.

    `score` rates pairs, as vectors of integers. Of `candidates` for one side, the best is taken. A pair with a score
    below 0 is never made. The score is pure: its result depends only on the columns that it reads. `within` is a value
    that both sides have to share. It names a path of the row, from the left side, and the right side's column if that
    has another name: `within={"project.org_id": "tenant"}`.

    `weight` names a column of each side, or None: a row with twice the number has twice the rows, and a row with 0 has
    none. `where` says for each side which values the parent has: `where=(None, {"name": ["tea", "rice"]})`. `near` is a
    column of each side, and the percentage of the rows whose two parents agree there. `mutual` is the percentage of the
    rows whose reverse exists too: half of them are the reverse of an earlier row.

    Example:
        def taste(pair):
            return pair.left["activity"] + 3 * (pair.left["region"] == pair.right["region"])

        Table("users", 300, {"region": choice(eu=50, us=40, apac=10)})
        Table("follows", 700, pairs=pairs("follower_id", "followee_id", differ=True, score=taste,
            weight=("activity", "activity"), near=("region", "region", 70), mutual=25))
    """
    if left == right:
        raise UsageError(f"pairs() joins {left} with itself", "name two columns")
    weight = weight or (None, None)
    if fanout is not None and (all(weight) or (any(weight) and isinstance(fanout, tuple))):
        raise UsageError(
            f"pairs({left!r}, {right!r}) has both a weight and a fan-out for one side",
            "leave out weight=, or give fanout= the shape of the other side alone",
        )
    if mutual and not differ:
        raise UsageError(
            f"pairs({left!r}, {right!r}) has mutual=, which needs two different sides", "write differ=True"
        )
    chooses = [
        f"{name}="
        for name, asked in (("weight", any(weight)), ("where", where), ("near", near), ("mutual", mutual))
        if asked
    ]
    if within and chooses:
        raise UsageError(
            f"pairs({left!r}, {right!r}) cannot have both within= and {' and '.join(chooses)}",
            f"leave out within=, or {' and '.join(chooses)}",
        )
    shapes = fanout if isinstance(fanout, tuple) else (fanout or uniform(1, 3), fanout or uniform(1, 3))
    return Pairs(
        left=left,
        right=right,
        differ=differ,
        fanout=shapes,
        at_least=at_least,
        none_have=none_have,
        score=score,
        candidates=candidates,
        within=_shared(within),
        weight=weight,
        where=(_conditions(where[0]), _conditions(where[1])) if where is not None else ((), ()),
        near=near,
        mutual=mutual,
    )
