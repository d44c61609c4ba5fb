"""Test, as text, the statements of digests. test_rowhash checks their results on a server."""

from __future__ import annotations

from snap.types import Type, parse
from snap_restorer.load.rowhash import hashed_rows, row_hash
from snap_restorer.values import canonical_sql
from tests.cases.edits import CREW, LOG, NOTE
from tests.cases.plans import pure_table, pure_target
from tests.goldens import require_golden_sql


def test_statements_of_digests() -> None:
    cases = {}
    for definition in (CREW, NOTE, LOG):
        planned = pure_table(definition)
        held = {column.name: column for column in planned.target.columns}
        cases[f"digest of {definition.name}"] = hashed_rows(planned.target, definition, only=True).digest_statement()
        cases[f"hashes of {definition.name} and its heirs"] = hashed_rows(
            planned.target, definition, only=False
        ).hashes_statement(printed=True)
        cases[f"hash of a row t of {definition.name}, 9 days later"] = row_hash(
            definition.stored, held, shift_days=9, alias="t"
        )
    require_golden_sql("rowhash.sql", cases)


def test_types_are_those_beneath_modifiers() -> None:
    def of(base: str) -> Type:
        return canonical_sql.natural(pure_target("c", base))

    assert of("timestamp(3) with time zone[]") == parse("timestamp with time zone[]")
    assert of("interval day to second(3)") == parse("interval")
    assert of("interval(0)[]") == parse("interval[]")
    assert of("mood[]") == parse("mood[]", {"mood"})
