"""Check a declaration against its schema, and compile both to the dataset that a build takes. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import partial

import pyarrow as pa

from snap.checks import RuleSet
from snap.errors import UsageError
from snap.schema import Details, Enum, ForeignKey, Schema
from snap.schema import Table as SchemaTable
from snap_builder.compiled.default_rows import Links, default_rows, profile_rows
from snap_builder.compiled.edges import declared_edges, edges_of, require_rows
from snap_builder.compiled.fitting import require_fit
from snap_builder.compiled.fixed_rows import beyond, fixed_rows
from snap_builder.compiled.pair_requirements import require_pairs
from snap_builder.compiled.plan import DeclaredPlan
from snap_builder.compiled.planned import PlannedTable
from snap_builder.compiled.requirements import require_all, require_as_of
from snap_builder.compiled.sums import late_columns, summed
from snap_builder.compiled.traits import with_traits
from snap_builder.compiled.volumes import settle
from snap_builder.dataset import Dataset, Function, Inputs
from snap_builder.declare.checked import at, require_known
from snap_builder.declare.dataset import Dataset as Declared
from snap_builder.declare.dataset import Table
from snap_builder.declare.keys import KeyOfParent
from snap_builder.declare.maker import ColumnPlace, Maker
from snap_builder.declare.own_code import written
from snap_builder.declare.polymorphic import Polymorphic
from snap_builder.declare.references import Pairs, Reference, Shared
from snap_builder.infer.checks import Bounds
from snap_builder.infer.columns import infer
from snap_builder.infer.kinds import kinds_of
from snap_builder.infer.order import since_when
from snap_builder.infer.polymorphic import infer_polymorphic
from snap_builder.infer.references import Inferred, Parent

_NO_ROWS = pa.RecordBatch.from_arrays([], names=[])


def compile_dataset(
    name: str, declared: Declared, schema: Schema, rules: RuleSet, *, revision: str | None = None
) -> Dataset:
    """Return the dataset `name`, compiled from a declaration and a schema.

    Errors: UsageError, before a row is made, for tables and columns that the schema does not have, words that cannot
    give what a column asks for, and columns that wait for each other.
    """
    understood = understand(name, declared, schema)
    planned = understood.planned
    return Dataset(
        name=name,
        tables=tuple(table.filed for table in planned.values()),
        enums=schema.enums,
        sql=schema.sql,
        profiles=understood.profiles,
        default_profile=next(iter(declared.profiles)),
        seed=declared.seed,
        as_of=declared.as_of,
        part_rows={},
        plan=lambda inputs: _plan(planned, inputs),
        rules=lambda: rules,
        settle=lambda rows, at_one: settle(planned, rows, at_one),
        revision=revision,
        words={label: _described(planned[label], each) for label, each in understood.inferred.items()},
        edges=declared_edges(planned),
        fixed={label: table.fixed.num_rows for label, table in planned.items() if table.fixed.num_rows},
        functions=tuple(each for table in planned.values() for each in _functions(table)),
        purity=lambda inputs: DeclaredPlan(planned, inputs),
        left=understood.left,
        late=late_columns(planned),
        summed=frozenset(each.word.child for each in summed(planned)),
    )


def _functions(table: PlannedTable) -> list[Function]:
    """Return the user-defined functions that make a table's columns. The score of pairs makes their left column."""
    called = [(name, each) for name, maker in table.makers.items() for each in maker.functions()]
    if table.pairs is not None and table.pairs.score is not None:
        called.append((table.pairs.left, table.pairs.score))
    return [Function(table=table.table.label, column=name, name=written(each)) for name, each in called]


def _plan(planned: Mapping[str, PlannedTable], inputs: Inputs) -> DeclaredPlan:
    require_rows(planned, inputs.rows)
    require_as_of(planned, inputs.as_of)
    return DeclaredPlan(planned, inputs)


def _described(table: PlannedTable, inferred: Inferred) -> dict[str, str]:
    """Return a text for each column: its declared word, or the inferred word and why it was inferred."""
    return {
        name: f"{word} inferred by {inferred.how[name]}" if name in inferred.how else f"declared as {word}"
        for name, word in ((name, type(maker).__name__) for name, maker in table.makers.items())
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """A declaration completed by inference: its tables, parents first, what was inferred, and the rows at scale 1.

    `profiles` has the number of rows of each table in each profile.
    """

    planned: Mapping[str, PlannedTable]
    inferred: Mapping[str, Inferred]
    rows: Mapping[str, int]
    profiles: Mapping[str, Mapping[str, int]]

    @property
    def left(self) -> tuple[tuple[str, str], ...]:
        """The CHECKs that no word guarantees to meet, each with its table."""
        return tuple((label, check.sql) for label, each in self.inferred.items() for check in each.others)


def understand(name: str, declared: Declared, schema: Schema) -> Understood:
    """Return a declaration completed by inference. Errors: those of compile_dataset."""
    by_name = {table.name: table for table in declared.declared}
    for table_name, declared_table in by_name.items():
        with at(declared_table):
            require_known([table_name], [table.label for table in schema.tables], f"the schema of {name} has no table")
    several = {table.label: _polymorphic(by_name.get(table.label), schema, table) for table in schema.tables}
    links = {table.label: _references(schema, table, several[table.label]) for table in schema.tables}
    tables = _ordered(schema, links)
    fixed = fixed_rows(schema)
    count = partial(
        default_rows,
        tables=tables,
        schema=schema,
        links=links,
        fixed={label: batch.num_rows for label, batch in fixed.items()},
    )
    rows = count(by_name)
    enums = {enum.name: enum for enum in schema.enums}
    labels_of = {enum.name: enum.labels for enum in schema.enums}
    planned: dict[str, PlannedTable] = {}
    inferred: dict[str, Inferred] = {}
    begun: dict[str, str] = {}
    labels = [table.label for table in tables]
    for number, table in enumerate(tables):
        back = {label: _back(table, links[label]) for label in labels[number:]}
        own = by_name.get(table.label, Table(table.label, rows[table.label]))
        makers = _makers(replace(own, columns={**several[table.label], **own.columns}), table)
        details = schema.detail(table.label)
        kinds = kinds_of(table, details, enums)
        for label, word in makers.items():
            with at(word):
                makers[label] = word.made_for(kinds[label])
        said = {*own.columns, *(other for name, word in own.columns.items() for other in word.others(name))}
        guessed = infer(
            table,
            details,
            enums,
            rows=rows[table.label],
            as_of=declared.as_of,
            declared={**makers, **dict.fromkeys(_paired(own))},
            later=back,
            promised=_promised(table, links, labels[:number], rows),
            known=rows,
            begun=begun,
        )
        for holder, word in several[table.label].items():
            if holder not in own.columns:
                guessed.how |= dict.fromkeys((holder, word.kind), "constraint")
        inferred[table.label] = guessed
        own = own if own.pairs is not None else replace(own, pairs=guessed.pairs)
        makers = {**guessed.makers, **makers}
        first = fixed.get(table.label, _NO_ROWS)
        makers = {name: beyond(maker, name, first) for name, maker in makers.items()}
        begun |= {} if first.num_rows or _open(links, table, labels[number:]) else since_when(table, guessed, makers)
        planned[table.label] = _planned(own, table, makers, guessed, details, enums, labels_of, first)
        for column in table.stored:
            if column.name in makers:
                kind = planned[table.label].kind(column.name)
                place = ColumnPlace(
                    label=f"{table.label}.{column.name}",
                    column=replace(column, type=kind),
                    rows=rows[table.label],
                    labels=labels_of.get(kind.enum or ""),
                )
                maker, key = makers[column.name], (column.name,)
                with at(maker):
                    maker.require(place)
                    if column.name in said:
                        bounds = guessed.bounds.get(column.name, Bounds())
                        require_fit(maker, place, bounds, unique=key in (table.primary_key, *table.unique))
    planned = with_traits(_linked(planned), by_name, rows, labels_of)
    require_all(planned)
    require_pairs(planned)
    for own in declared.tables:
        details, year = schema.detail(own.name), int(declared.as_of[:4])
        edges = edges_of(own, planned, inferred[own.name], details, labels_of, year)
        planned[own.name] = replace(planned[own.name], edges=edges)
    profiles = profile_rows(
        declared.profiles, by_name, rows, count, {label for label, each in planned.items() if each.constant}
    )
    return Understood(planned=planned, inferred=inferred, rows=rows, profiles=profiles)


def _ordered(schema: Schema, links: Links) -> tuple[SchemaTable, ...]:
    """Return the tables sorted by reference, parents first.

    References that a snapshot cannot prove count too. On a cycle, the first table comes whose references to later
    tables may all be NULL.
    """
    waiting, done = list(schema.tables), set[str]()
    present, ordered = {table.label for table in waiting}, []
    while waiting:
        chosen = next((each for each in waiting if not _open(links, each, present - done)), None)
        chosen = chosen or next((each for each in waiting if _opens(links, each, present - done)), waiting[0])
        waiting.remove(chosen)
        done.add(chosen.label)
        ordered.append(chosen)
    return tuple(ordered)


def _open(links: Links, table: SchemaTable, waiting: Collection[str]) -> list[ForeignKey]:
    """Return the references of a table to tables that come later."""
    return [k for k in links[table.label] if k.references in waiting and k.references != table.label]


def _opens(links: Links, table: SchemaTable, waiting: Collection[str]) -> bool:
    return all(any(table.column(name).nullable for name in key.columns) for key in _open(links, table, waiting))


def _references(schema: Schema, table: SchemaTable, several: Mapping[str, Polymorphic]) -> tuple[ForeignKey, ...]:
    """Return all references of a table, including polymorphic ones, which the schema does not declare."""
    named = [
        ForeignKey(columns=(name,), references=target.table, to=(name,))
        for name, word in several.items()
        for target in word.targets
    ]
    return (*(schema.detail(table.label).references or table.foreign_keys), *named)


def _polymorphic(own: Table | None, schema: Schema, table: SchemaTable) -> dict[str, Polymorphic]:
    """Return the polymorphic words of a table: declared ones, and those inferred from CHECKs and enums."""
    columns = own.columns if own is not None else {}
    declared = {name: word for name, word in columns.items() if isinstance(word, Polymorphic)}
    for name, word in declared.items():
        for target in word.targets:
            known = [each.label for each in schema.tables]
            require_known([target.table], known, f"{table.label}.{name}: the schema has no table")
    taken = {*columns, *(word.kind for word in declared.values()), *(_paired(own) if own is not None else ())}
    guessed = infer_polymorphic(table, schema)
    return declared | {name: word for name, word in guessed.items() if not taken & {name, word.kind}}


def _back(table: SchemaTable, keys: tuple[ForeignKey, ...]) -> Shared | None:
    """Return the columns that a row of `table` shares with the rows of another table that reference it.

    `keys` are the foreign keys of the other table. Return None unless exactly one of them references `table`.
    """
    named = [key for key in keys if key.references == table.label]
    return Shared(path=named[0].to[-1], to=named[0].columns[-1]) if len(named) == 1 else None


def _promised(table: SchemaTable, links: Links, before: list[str], rows: Mapping[str, int]) -> frozenset[str]:
    """Return the earlier tables of a cycle of references whose rows must each get a row of `table` to reference.

    These tables reference `table` and have no more rows than `table`.
    """
    return frozenset(
        label
        for label in before
        if rows[table.label] >= rows[label] and any(key.references == table.label for key in links[label])
    )


def _makers(own: Table, table: SchemaTable) -> dict[str, Maker]:
    columns = [column.name for column in table.stored]
    makers: dict[str, Maker] = {}
    for name, maker in own.columns.items():
        with at(maker):
            require_known([name], columns, f"table {own.name} has no column")
            makers[name] = maker
            for other, word in maker.others(name).items():
                require_known([other], columns, f"table {own.name} has no column")
                if other in own.columns:
                    raise UsageError(
                        f"{own.name}.{other} is made by {maker.word()}() of {name}",
                        f"leave out {other}",
                    )
                if other in makers:
                    raise UsageError(f"{own.name}.{other} is made by two words", "declare it with one of them only")
                makers[other] = word
    if own.pairs is not None:
        with at(own.pairs):
            require_known([own.pairs.left, own.pairs.right], columns, f"table {own.name} has no column")
    return makers


def _paired(own: Table) -> tuple[str, ...]:
    return () if own.pairs is None else (own.pairs.left, own.pairs.right)


def _planned(
    own: Table,
    table: SchemaTable,
    makers: Mapping[str, Maker],
    inferred: Inferred,
    details: Details,
    enums: Mapping[str, Enum],
    labels_of: Mapping[str, tuple[str, ...]],
    fixed: pa.RecordBatch,
) -> PlannedTable:
    makers = dict(makers)
    for name, maker in makers.items():
        if isinstance(maker, Reference):
            with at(maker):
                makers[name] = _sharing(f"{table.label}.{name}", maker, inferred.within.get(name, ()))
                _require_parent(f"{table.label}.{name}", maker, inferred.parents.get(name))
    for side in _paired(own):
        if side not in inferred.parents:
            with at(own.pairs):
                raise UsageError(f"{table.label}.{side} references no table", "pairs() joins two references")
    with at(own.pairs):
        pairs = own.pairs if own.pairs is None else _sharing_pairs(table.label, own.pairs, inferred)
    return PlannedTable(
        table=table,
        makers=makers,
        parents=inferred.parents,
        kinds=kinds_of(table, details, enums),
        pairs=pairs,
        stream=own.stream or table.label,
        fixed=fixed,
        joints=inferred.joints,
        grows=own.rows > fixed.num_rows,
        labels=labels_of,
    )


def _require_parent(label: str, word: Reference, parent: Parent | None) -> None:
    if parent is None:
        raise UsageError(f"{label} references no table", f"it cannot be ref({word.parent!r}): declare another word")
    if parent.label != word.parent:
        raise UsageError(f"{label} references {parent.label}, not {word.parent}", f"write ref({parent.label!r})")


def _sharing(label: str, word: Reference, by_schema: tuple[Shared, ...]) -> Reference:
    """Return a reference whose rows share with their parents the columns that composite foreign keys require."""
    within = _merged(word.within, by_schema)
    if within and (word.first_rows or word.one):
        raise UsageError(
            f"{label} shares columns with another reference of the same row, so it cannot guarantee rows for each row "
            f"of {word.parent}",
            "leave out at_least=, none_have= and one=, or write within= at the other reference instead",
        )
    return replace(word, within=within)


def _sharing_pairs(label: str, word: Pairs, inferred: Inferred) -> Pairs:
    """Return pairs whose rows share with both parents the columns that composite foreign keys require."""
    by_schema = inferred.within.get(word.right, ())
    if inferred.within.get(word.left) and not by_schema:
        raise UsageError(
            f"{label}: {word.left} shares columns with {word.right}, so {word.right} has to come first in pairs()",
            f"write pairs({word.right!r}, {word.left!r})",
        )
    within = _merged(word.within, by_schema)
    if within and word.score is not None:
        raise UsageError(f"{label}: pairs within {within[0].path} cannot have a score", "leave out score=")
    if within and word.chooses:
        raise UsageError(
            f"{label}: pairs within {within[0].path} cannot have weight=, where=, near= or mutual=",
            "leave out weight=, where=, near= and mutual=",
        )
    return replace(word, within=within)


def _merged(declared: tuple[Shared, ...], by_schema: tuple[Shared, ...]) -> tuple[Shared, ...]:
    """Return the shared columns that a word declares, followed by the others that the schema requires."""
    to = {shared.path: shared.to for shared in by_schema}
    said = tuple(replace(shared, to=shared.to or to.get(shared.path)) for shared in declared)
    named = {shared.path for shared in said}
    return (*said, *(shared for shared in by_schema if shared.path not in named))


def _linked(planned: Mapping[str, PlannedTable]) -> dict[str, PlannedTable]:
    """Return the tables without the references whose values name no row of the referenced table.

    Such a column copies a column of another parent, which does not reference the same table.
    """
    linked: dict[str, PlannedTable] = {}
    for label, table in planned.items():
        parents = dict(table.parents)
        for name, maker in table.makers.items():
            if isinstance(maker, KeyOfParent) and name in parents:
                source = linked.get(parents[maker.reference].label)
                reached = None if source is None else source.parents.get(maker.to)
                if reached != parents[name]:
                    del parents[name]
        linked[label] = replace(table, parents=parents)
    return linked
