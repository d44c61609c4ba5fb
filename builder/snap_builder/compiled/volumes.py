"""Compute how many rows each table has, and how many rows of it can be asked for."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import ceil, lcm

import numpy as np

from snap_builder.compiled.links import Ends
from snap_builder.compiled.planned import PlannedTable
from snap_builder.dataset import Inputs
from snap_builder.declare.lifecycle import Lifecycle
from snap_builder.declare.maker import Maker
from snap_builder.declare.references import Reference
from snap_builder.engine.fanout import Ratio


def settle(
    planned: Mapping[str, PlannedTable], rows: Mapping[str, int], at_one: Mapping[str, Fraction]
) -> dict[str, int]:
    """Return the number of rows of each table, reduced to the number that its parents and children allow.

    A child has no more rows than its share of its parents' rows, rounded down. If each row of a parent is guaranteed
    child rows, the parent has no more rows than the child can serve, because another parent of the child may allow
    fewer child rows. No table has fewer rows than its fixed rows. A table with fixed rows that declares no others has
    only these, unless a build asks for more.
    """
    constant = {name for name, table in planned.items() if table.constant and at_one[name] == table.fixed.num_rows}
    rows = {name: planned[name].fixed.num_rows if name in constant else count for name, count in rows.items()}
    least = {name: table.fixed.num_rows for name, table in planned.items()}
    settled, before = {name: max(count, least[name]) for name, count in rows.items()}, dict[str, int]()
    while settled != before:
        before = dict(settled)
        done: set[str] = set()
        for name, table in planned.items():
            for parent in table.above:
                if parent != name and parent in settled and not always_there(planned, name, parent):
                    ratio = at_one[name] / at_one[parent]
                    # On a cycle, a row references rows that are added with it, so all of them exist.
                    most = settled[parent] * ratio if parent in done else ceil((settled[parent] + 1) * ratio) - 1
                    settled[name] = min(settled[name], int(most))
            settled[name] = max(settled[name], least[name])
            for parent, each in _promised(table):
                of_parent = ratio_of(at_one, name, parent)
                if parent in done and settled[name] > each and of_parent.children >= each * of_parent.parents:
                    present = of_parent.present(np.array([settled[name] - each]))
                    settled[parent] = max(min(settled[parent], int(present[0])), least[parent])
            done.add(name)
    return settled


def _promised(table: PlannedTable) -> list[tuple[str, int]]:
    """Return the parent tables whose rows are guaranteed rows of `table`, and how many rows each parent row gets."""
    words = [(word.parent, word.first_rows) for word in table.makers.values() if isinstance(word, Reference)]
    if table.pairs is not None:
        words.append((table.parents[table.pairs.left].label, table.pairs.first_rows))
    return [(parent, each) for parent, each in words if each]


def whole_blocks(tables: Mapping[str, PlannedTable], inputs: Inputs) -> Mapping[str, int]:
    """Return how many rows of each table can be asked for: the rows of the build, and the rest of their last block.

    The values of a block's rows depend on each other, so a block is made as a whole. `tables` are sorted by reference,
    so in reverse order the number of a child's rows is known before the numbers of its parents' rows.
    """
    needed, done = dict(inputs.rows), set[str]()
    for name, planned in reversed(list(tables.items())):
        block = lcm(*(_block(tables, name, maker) for maker in planned.makers.values()))
        needed[name] = -(-needed[name] // block) * block
        done.add(name)
        for parent in planned.above:
            # On a cycle, a row names only rows of the build.
            if parent not in done and not always_there(tables, name, parent):
                present = ratio_of(inputs.proportions, name, parent).present(np.array([needed[name] - 1]))
                needed[parent] = max(needed[parent], int(present[0]))
    return needed


def always_there(tables: Mapping[str, PlannedTable], child: str, parent: str) -> bool:
    """Return whether a parent table has the same rows at every scale, so that any child row may reference any of them.

    Return False if a row of the parent may be referenced only once, or if pairs begin with the parent, because the
    number of child rows is then limited by the parent.
    """
    table = tables[child]
    words = [table.makers.get(name) for name, each in table.parents.items() if each.label == parent]
    one = any(isinstance(word, Reference) and word.one for word in words)
    left = table.pairs is not None and table.parents[table.pairs.left].label == parent
    return tables[parent].constant and not one and not left


def _block(tables: Mapping[str, PlannedTable], table: str, maker: Maker) -> int:
    """Return the size of the blocks of rows whose values depend on each other because of a word, 1 for no blocks."""
    if isinstance(maker, Lifecycle):
        return maker.shares.size
    if isinstance(maker, Reference) and (maker.tree or maker.within or late(tables, table, maker.parent)):
        return maker.block
    return 1


def late(tables: Mapping[str, PlannedTable], child: str, parent: str) -> bool:
    """Return whether the parent table is made after the child, on a cycle of references.

    No row may then reference the parents that only larger builds have.
    """
    order = list(tables)
    return order.index(parent) > order.index(child)


def ratio_of(proportions: Mapping[str, Fraction], child: str, parent: str, *, there: int = 0) -> Ratio:
    """Return how many rows a child table has for each row of its parent.

    `there` is the number of parents if the parent table does not grow, else 0.
    """
    return Ratio.of(proportions[child], proportions[parent], there)


def ends_of(
    tables: Mapping[str, PlannedTable], inputs: Inputs, made: Mapping[str, int], child: str, parent: str
) -> Ends:
    """Return the two tables of a reference in a build. `made` says how many rows of each table can be asked for."""
    there = made[parent] if always_there(tables, child, parent) else 0
    return Ends(
        child=child,
        parent=parent,
        rows=inputs.rows[child],
        parents=made[parent],
        parents_at_one=int(inputs.proportions[parent]),
        ratio=ratio_of(inputs.proportions, child, parent, there=there),
        late=late(tables, child, parent),
    )
