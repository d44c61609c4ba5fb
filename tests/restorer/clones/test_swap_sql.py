"""Test, as text, the statements that put a copy in a database's place. Tests of clones run them."""

from __future__ import annotations

from snap_restorer.clones.swap import _no_template_sql, _rename_sql
from tests.goldens import require_golden_sql


def test_databases_are_renamed_by_quoted_names() -> None:
    require_golden_sql(
        "clone_swap.sql",
        {
            "the old one goes aside": _rename_sql('Staging "1" %s {}', "snap_old_0"),
            "the copy takes its place": _rename_sql("snap_new_0", 'Staging "1" %s {}'),
            "a replaced template can be dropped": _no_template_sql("snap_old_0"),
        },
    )
