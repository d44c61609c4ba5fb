"""Test, as text, the rules that a manifest implies; test_generic runs them."""

from __future__ import annotations

from snap.checks.generic import generic_rules
from snap.manifest import TableData
from tests.cases.toy import CREW, LOG, MOOD
from tests.goldens import require_golden_sql


def test_the_rules_of_two_tables() -> None:
    tables = [TableData(table=definition, rows=1, digest="", files=()) for definition in (CREW, LOG)]
    require_golden_sql("checks_generic.sql", {rule.name: rule.sql for rule in generic_rules(tables, [MOOD])})
