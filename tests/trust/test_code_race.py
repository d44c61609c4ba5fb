"""Test that code attached to a table between a command's first look and its locks does not run as a superuser.

The owner's transaction holds a lock on the table, so the command waits; then the owner commits.
"""

from __future__ import annotations

import threading
from pathlib import Path

import psycopg
import pytest

from snap.errors import SnapError
from snap_restorer import Target, restore
from snap_restorer.live.side import live_side
from snap_restorer.pg.guard import Guard
from snap_restorer.request import Request
from tests.cases.snapshots import snapshot, table
from tests.postgres import execute

pytestmark = pytest.mark.server

T = table("t", ("id", "integer"), ("a", "text"))
SETUP = """CREATE ROLE guest LOGIN; GRANT CREATE ON SCHEMA public TO guest; SET ROLE guest;
CREATE TABLE t (id integer, a text)"""
EVIL = """CREATE FUNCTION evil(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
    IF session_user = 'postgres' AND current_setting('application_name') = 'snap' THEN
        RAISE EXCEPTION 'it ran';
    END IF; RETURN 1; END $$;
CREATE FUNCTION evil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'it ran'; END $$;
"""
ATTACHED = {
    "check": "ALTER TABLE t ADD CHECK (evil(id) > 0) NOT VALID",
    "trigger": "CREATE TRIGGER x BEFORE INSERT OR UPDATE OR DELETE ON t FOR EACH ROW EXECUTE FUNCTION evil()",
    "index": "CREATE INDEX ON t ((evil(1) + id))",
}


@pytest.mark.parametrize(
    ("command", "attached"),
    [*((mode, attached) for mode in ("replace", "sync", "missing") for attached in ATTACHED), ("diff", "index")],
)
def test_code_that_comes_before_the_locks_does_not_run(
    database: str, tmp_path: Path, command: str, attached: str
) -> None:
    execute(database, SETUP)
    made = snapshot(tmp_path, [(T, [(1, "x"), (2, "y")])], SETUP)
    errors: list[BaseException] = []

    def run() -> None:
        try:
            if command == "diff":
                with live_side(Target(database), made.manifest):
                    pass
            else:
                restore(made, Target(database), Request(mode=command, guard=Guard(yes=True)))  # type: ignore[arg-type]
        except BaseException as error:  # noqa: BLE001 - the test looks at it
            errors.append(error)

    with psycopg.connect(database) as owner, psycopg.connect(database, autocommit=True) as watch:
        owner.execute("SET ROLE guest")
        owner.execute("LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
        owner.execute(EVIL.encode())
        owner.execute(ATTACHED[attached].encode())
        thread = threading.Thread(target=run)
        thread.start()
        waits = "SELECT FROM pg_locks WHERE relation = 't'::regclass AND NOT granted"
        while thread.is_alive() and not watch.execute(waits).rowcount:
            thread.join(0.01)
        assert thread.is_alive(), errors
        owner.commit()
        thread.join()
    assert isinstance(errors[0], SnapError), errors
    assert errors[0].code == 5
    assert "it ran" not in str(errors[0])
