"""Test, as text, the SQL around values that ADBC reads. Tests of live.reader run it on a server."""

from __future__ import annotations

from psycopg.sql import Identifier

from snap_restorer.values.adbc import expression, order, unfit_condition
from tests.cases.snapshots import table
from tests.cases.values import LISTS, TYPES
from tests.goldens import require_golden_sql

KINDS = (*TYPES, *LISTS, "inet")


def test_each_type_is_read_sorted_and_doubted() -> None:
    cases = {}
    for pg in KINDS:
        kind, name = table("t", ("v", pg)).columns[0].type, Identifier("t", "v")
        condition = unfit_condition("v", kind)
        cases[f"{pg}: read"] = expression(name, kind)
        cases[f"{pg}: sorted"] = order(name, kind, True)
        cases[f"{pg}: sorted where texts are not UTF-8"] = order(name, kind, False)
        cases[f"{pg}: unfit"] = "no value is" if condition is None else condition
    require_golden_sql("adbc.sql", cases)
