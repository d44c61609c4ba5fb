"""Test that what others write into a ledger is data: it is neither run nor trusted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

from snap.errors import TargetError
from snap.store import Snapshot
from snap_restorer import Target, restore
from snap_restorer.pg import ledger
from snap_restorer.request import Request
from tests.cases.indexed import A_ROWS, B_ROWS, SQL, A, B
from tests.cases.snapshots import snapshot
from tests.params import few
from tests.postgres import execute, name_of

DEFINITION = {
    "kind": "index",
    "oid": 1,
    "table": ["public", "a"],
    "name": "planted",
    "to": None,
    "relies_on": None,
    "tablespace": "",
    "deferrable": False,
    "drop": "DROP INDEX IF EXISTS public.planted",
    "build": [],
    "attach": [],
    "stays": None,
    "gone": False,
}
POWER = "ALTER ROLE guest SUPERUSER"


@pytest.fixture
def filled(tmp_path: Path, database: str) -> tuple[Snapshot, str]:
    """Return a snapshot, and the URL of a database that a superuser restored it into; there is a role guest."""
    return restored(tmp_path, database)


@pytest.fixture
def filled_anywhere(tmp_path: Path, any_database: str) -> tuple[Snapshot, str]:
    """Return a snapshot and the URL of a database as `filled` does, on a server of each version."""
    return restored(tmp_path, any_database)


def restored(folder: Path, url: str) -> tuple[Snapshot, str]:
    execute(url, "CREATE ROLE guest LOGIN")
    made = snapshot(folder, [(A, A_ROWS), (B, B_ROWS)], SQL)
    restore(made, Target(url))
    return made, url


def plant(url: str, as_role: str = "postgres", **definition: Any) -> None:
    """Add an entry that claims an unfinished restore with one dropped definition."""
    unfinished = {"definitions": [DEFINITION | definition], "triggers": [], "forced": []}
    statement = sql.SQL(
        """SET ROLE {}; INSERT INTO snap.ledger
            (id, version, digest, as_of_shift_days, mode, state, rows, loaded_at, snap_version, unfinished)
        SELECT 99, version, digest, 0, 'replace', 'loading', rows, now(), '1', {} FROM snap.ledger LIMIT 1"""
    ).format(sql.Identifier(as_role), sql.Literal(Jsonb(unfinished)))
    execute(url, statement.as_string(None))


def powerful(url: str) -> bool:
    return bool(execute(url, "SELECT rolsuper FROM pg_roles WHERE rolname = 'guest'")[0][0])


GRANTS = [
    "GRANT INSERT, SELECT ON snap.ledger TO guest",
    "GRANT INSERT, SELECT ON snap.ledger TO PUBLIC",
    "ALTER TABLE snap.ledger OWNER TO guest",
    "GRANT pg_write_all_data, pg_read_all_data TO guest",
]


@pytest.mark.parametrize("grant", few(GRANTS, 2))
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_ledger_that_others_may_write_is_believed_for_nothing(
    filled_anywhere: tuple[Snapshot, str], grant: str, jobs: int
) -> None:
    made, url = filled_anywhere
    execute(url, f"GRANT USAGE ON SCHEMA snap TO guest; {grant}")
    plant(url, "guest", attach=[POWER], build=[POWER], drop=POWER)
    with pytest.raises(TargetError, match="no ledger says that snap put them there"):
        restore(made, Target(url), Request(jobs=jobs))
    assert not powerful(url)


@pytest.mark.parametrize(
    "change",
    [
        "GRANT CREATE ON SCHEMA snap TO guest",
        "ALTER SCHEMA snap OWNER TO guest",
        "GRANT UPDATE (state) ON snap.ledger TO guest",
        "GRANT TRIGGER ON snap.ledger TO guest",
        "CREATE TRIGGER t BEFORE UPDATE ON snap.ledger FOR EACH ROW "
        "EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "ALTER TABLE snap.ledger ADD CHECK (id > 0)",
        "ALTER TABLE snap.ledger ADD extra text DEFAULT 'x'",
        "CREATE RULE r AS ON INSERT TO snap.ledger DO ALSO SELECT 1",
        "CREATE INDEX ON snap.ledger (lower(version))",
    ],
)
@pytest.mark.slow
def test_neither_is_one_whose_rows_run_code_or_whose_place_is_of_others(
    filled: tuple[Snapshot, str], change: str
) -> None:
    _, url = filled
    assert ledger.last_entry(Target(url)) is not None
    execute(url, change)
    assert ledger.last_entry(Target(url)) is None


def test_the_ledger_of_the_databases_owner_is_believed(filled: tuple[Snapshot, str]) -> None:
    _, url = filled
    execute(url, f'ALTER DATABASE "{name_of(url)}" OWNER TO guest; ALTER SCHEMA snap OWNER TO guest')
    execute(url, "ALTER TABLE snap.ledger OWNER TO guest")
    entry = ledger.last_entry(Target(url))
    assert entry is not None
    assert entry.state == "done"


@pytest.mark.slow
@pytest.mark.parametrize(
    "definition",
    few(
        [
            {"build": [POWER]},
            {"attach": [POWER]},
            {"drop": POWER},
            {"build": [f"CREATE INDEX planted ON public.a USING btree (n); {POWER}"]},
            {"attach": ["ALTER TABLE public.a ADD CONSTRAINT planted CHECK (power())"]},
            {"build": ["CREATE INDEX planted ON public.other USING btree (n)"]},
            {"build": "CREATE INDEX"},
            {"oid": "1"},
            {"kind": "trick"},
            {"table": [1, 2]},
            {"more": 1},
        ],
        6,
    ),
)
def test_what_a_believed_ledger_stores_is_refused_unless_snap_writes_it_so(
    filled: tuple[Snapshot, str], definition: dict[str, Any]
) -> None:
    made, url = filled
    plant(url, **definition)
    with pytest.raises(TargetError, match="holds data that snap did not write"):
        restore(made, Target(url), Request(jobs=2))
    assert not powerful(url)


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ("UPDATE snap.ledger SET rows = '[1]'", "rows"),
        ('UPDATE snap.ledger SET rows = \'{"a": "x"}\'', "rows"),
        ("UPDATE snap.ledger SET unfinished = '7'", "unfinished"),
        ("UPDATE snap.ledger SET state = 'other'", "state"),
        ("UPDATE snap.ledger SET loaded_at = 'infinity'", "loaded_at"),
        ("ALTER TABLE snap.ledger ALTER version TYPE int USING 1", "version"),
        ("ALTER TABLE snap.ledger ALTER version DROP NOT NULL; UPDATE snap.ledger SET version = NULL", "version"),
    ],
)
def test_an_entry_of_wrong_types_is_one_clear_error(filled: tuple[Snapshot, str], change: str, column: str) -> None:
    _, url = filled
    execute(url, change)
    with pytest.raises(TargetError, match=f"has values that snap does not write: .*{column}"):
        ledger.last_entry(Target(url))
