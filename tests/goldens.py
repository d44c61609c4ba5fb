"""Compare rendered text with committed goldens. After an intended change, set SNAP_GOLDEN=1 to write them again."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from psycopg.sql import Composable

from tests.paths import GOLDEN


def require_golden(path: Path, text: str) -> None:
    """Compare a text with its golden; if that is missing, write it and fail."""
    if not path.exists() or os.environ.get("SNAP_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        pytest.fail(f"{path} was written: look at it and commit it")
    assert text == path.read_text(encoding="utf-8")


def require_golden_sql(name: str, cases: Mapping[str, Composable | str]) -> None:
    """Compare SQL made without a server, one statement or expression for each case, with golden/sql/`name`."""
    texts = {case: sql if isinstance(sql, str) else sql.as_string(None) for case, sql in cases.items()}
    require_golden(GOLDEN / "sql" / name, "".join(f"-- {case}\n{sql}\n\n" for case, sql in texts.items()))
