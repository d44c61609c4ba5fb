"""Test the arguments of pg_dump. Tests of backups run pg_dump itself."""

from __future__ import annotations

import pytest

from snap.errors import TargetError
from snap_restorer import Target
from snap_restorer.dump.dump import DumpRequest, _options, dumping
from tests.goldens import require_golden
from tests.paths import GOLDEN
from tests.postgres import execute


def test_pg_dump_is_asked_for_schemas_by_their_exact_names() -> None:
    options = _options(["public", 'Ship "1"', "a.b*", "snap"], "00000003-1B-1", 2.5)
    require_golden(GOLDEN / "pg_dump.txt", "".join(f"{option}\n" for option in options))


@pytest.mark.slow
def test_a_row_that_no_backup_can_hold_is_no_server_that_is_down(database: str) -> None:
    execute(database, "CREATE TABLE big AS SELECT pg_catalog.repeat('x', 600000000)::bytea AS data")
    with (
        pytest.raises(
            TargetError, match=r"row of table big cannot be converted to text.*: invalid memory alloc request"
        ) as failed,
        dumping(Target(database), DumpRequest(schemas=("public",))) as dump,
    ):
        for _ in dump.pieces():
            pass
    assert "cannot convert a row of over 1 GB" in failed.value.hint
    assert "still runs" not in failed.value.hint
