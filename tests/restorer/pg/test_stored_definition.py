"""Test definitions stored in a ledger: the forms that Postgres prints are accepted, all others are refused."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import pytest

from snap.errors import TargetError
from snap_restorer.pg.indexes import Definition
from snap_restorer.pg.stored_definition import definition_of

KEY = Definition(
    kind="key",
    oid=7,
    table=("Other one", "b"),
    name='the "key"',
    to=None,
    relies_on=None,
    tablespace="",
    deferrable=False,
    drop='ALTER TABLE "Other one".b DROP CONSTRAINT IF EXISTS "the ""key"""',
    build=(
        'CREATE UNIQUE INDEX "the ""key""" ON "Other one".b'
        " USING btree (id, lower((\"t;x\")::text)) WHERE (x <> ';'::text)",
        'COMMENT ON INDEX "Other one"."the ""key""" IS \'it\'\'s; a key\'',
        'ALTER INDEX "Other one"."the ""key""" ALTER COLUMN 2 SET STATISTICS 500',
    ),
    attach=(
        'ALTER TABLE "Other one".b ADD CONSTRAINT "the ""key""" UNIQUE USING INDEX "the ""key"""'
        " DEFERRABLE INITIALLY DEFERRED",
        'COMMENT ON CONSTRAINT "the ""key""" ON "Other one".b IS E\'back\\\\slash\'',
        'ALTER TABLE "Other one".b CLUSTER ON "the ""key"""',
        'ALTER TABLE "Other one".b REPLICA IDENTITY USING INDEX "the ""key"""',
    ),
    stays=None,
)
FOREIGN = Definition(
    kind="foreign key",
    oid=8,
    table=("public", "a"),
    name="a_fk",
    to=("Other one", "b"),
    relies_on=7,
    tablespace="",
    deferrable=True,
    drop="ALTER TABLE public.a DROP CONSTRAINT IF EXISTS a_fk",
    build=(),
    attach=(
        'ALTER TABLE public.a ADD CONSTRAINT a_fk FOREIGN KEY (x, "Y") REFERENCES "Other one".b(id, "N")'
        " MATCH FULL ON UPDATE"
        " CASCADE ON DELETE SET NULL (x) DEFERRABLE INITIALLY DEFERRED",
        "ALTER TABLE public.a DROP CONSTRAINT a_fk",
        'ALTER TABLE public.a ADD CONSTRAINT a_fk FOREIGN KEY (x) REFERENCES "Other one".b(id) NOT VALID',
        "COMMENT ON CONSTRAINT a_fk ON public.a IS 'x'",
    ),
    stays=None,
)
OF_PARTITION = replace(
    FOREIGN,
    table=("public", "whole"),
    partition=("public", "a"),
    to=("public", "parents"),
    to_partition=("Other one", "b"),
    partitioned=True,
)


def stored(definition: Definition) -> dict[str, Any]:
    """Return the definition after a round trip through JSON."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(definition).items()}


@pytest.mark.parametrize("definition", [KEY, FOREIGN, OF_PARTITION])
def test_what_snap_writes_comes_back(definition: Definition) -> None:
    assert definition_of(stored(definition)) == definition


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER ROLE guest SUPERUSER",
        "ALTER TABLE public.a ADD CONSTRAINT a_fk CHECK (evil())",
        'ALTER TABLE public.a ADD CONSTRAINT a_fk FOREIGN KEY (x) REFERENCES "Other one".b(id),'
        " ALTER x SET DEFAULT evil()",
        'ALTER TABLE public.a ADD CONSTRAINT a_fk FOREIGN KEY (x) REFERENCES "Other one".b(id); SELECT evil()',
        "ALTER TABLE public.a ADD CONSTRAINT a_fk FOREIGN KEY (x) REFERENCES public.c(id)",
        'ALTER TABLE public.c ADD CONSTRAINT a_fk FOREIGN KEY (x) REFERENCES "Other one".b(id)',
        "ALTER TABLE public.a ADD CONSTRAINT other UNIQUE USING INDEX other",
        "ALTER TABLE public.a ADD CONSTRAINT a_fk UNIQUE USING INDEX other",
        "ALTER TABLE public.a OWNER TO guest",
        "COMMENT ON CONSTRAINT a_fk ON public.a IS 'x\\'; SELECT evil(); --'",
        "COMMENT ON CONSTRAINT a_fk ON public.a IS E'x\\'; SELECT evil(); --'",
        "COMMENT ON CONSTRAINT a_fk ON public.a IS NULL",
        "ALTER TABLE public.a DROP CONSTRAINT other",
        "ALTER TABLE a DROP CONSTRAINT a_fk",
        "",
        "'",
    ],
)
def test_any_other_statement_is_refused(statement: str) -> None:
    with pytest.raises(TargetError, match=r"a_fk of public\.a"):
        definition_of(stored(replace(FOREIGN, attach=(statement,))))
    with pytest.raises(TargetError, match=r"a_fk of public\.a"):
        definition_of(stored(replace(FOREIGN, build=(statement,))))
    with pytest.raises(TargetError, match=r"a_fk of public\.a"):
        definition_of(stored(replace(FOREIGN, drop=statement)))


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "x"},
        {"oid": True},
        {"table": ["a"]},
        {"to": 3},
        {"build": [1]},
        {"gone": 0},
        {"stays": 1},
        {"new": 1},
        {"partition": 1},
        {"to_partition": ["a"]},
        {"partitioned": None},
    ],
)
def test_values_of_other_types_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(TargetError, match="did not write"):
        definition_of(stored(KEY) | change)


@pytest.mark.parametrize("row", [None, 1, "x", [], {}])
def test_what_is_no_definition_is_refused(row: Any) -> None:
    with pytest.raises(TargetError, match="did not write"):
        definition_of(row)
