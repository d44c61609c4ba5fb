"""Describe keys and a reference of a table `crew` as the catalog does."""

from __future__ import annotations

from snap_restorer.pg.constraints import TargetReference, Unique

EQUAL = ("pg_catalog", "=")
KEY = Unique(
    name="crew_pkey",
    primary=True,
    deferrable=False,
    exclusion=False,
    nulls_equal=False,
    predicate=None,
    expressions=("id",),
    columns=("id",),
    not_null=True,
    operators=(EQUAL,),
    collations=(None,),
    uses=frozenset({"id"}),
)
PARTIAL = Unique(
    name="crew_lower",
    primary=False,
    deferrable=False,
    exclusion=False,
    nulls_equal=False,
    predicate="(boss > 0)",
    expressions=("lower(name)", "boss"),
    columns=(None, "boss"),
    not_null=False,
    operators=(EQUAL, EQUAL),
    collations=('pg_catalog."C"', None),
    uses=frozenset({"name", "boss"}),
)
TO_BOSS = TargetReference(
    name="crew_boss_fkey",
    child=16_384,
    child_label=("public", "crew"),
    child_partitioned=False,
    child_readable=True,
    child_lockable=True,
    parent=16_384,
    parent_label=("public", "crew"),
    parent_partitioned=False,
    parent_readable=True,
    columns=("boss", "ship"),
    to_columns=("id", "ship"),
    operators=(EQUAL, ("public", "==")),
    match_full=False,
    on_delete="n",
    on_update="a",
    enforced=True,
    period=False,
)
