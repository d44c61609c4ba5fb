"""What pg_dump is asked for; tests of backups run it."""

from __future__ import annotations

from snap_restorer.dump.dump import _options
from tests.goldens import require_golden
from tests.paths import GOLDEN


def test_pg_dump_is_asked_for_schemas_by_their_exact_names() -> None:
    options = _options(["public", 'Ship "1"', "a.b*", "snap"], "00000003-1B-1", 2.5)
    require_golden(GOLDEN / "pg_dump.txt", "".join(f"{option}\n" for option in options))
