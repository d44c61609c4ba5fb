"""Test that a dry run never runs SQL from a snapshot, whoever runs it, with attacks that once succeeded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from snap.errors import SnapshotError, TargetError, UsageError
from snap.store import Snapshot
from snap_restorer import RestoreResult, Target, restore
from snap_restorer.clones.cloning import clone_into
from snap_restorer.pg.syntax import malformed
from snap_restorer.request import Mode, Request
from snap_restorer.schemas.files import read_sql
from snap_restorer.schemas.migrate import require_parseable
from tests.cases.crew import CREW, CREW_ROWS, SQL
from tests.cases.snapshots import snapshot
from tests.postgres import execute
from tests.progress import Recorded

Attack = Callable[[str], Snapshot]


@pytest.fixture
def hostile(tmp_path: Path) -> Attack:
    """Return a function that makes a snapshot of table crew whose schema SQL begins with an attack."""

    def make(attack: str) -> Snapshot:
        crew_only = SQL.split("CREATE TABLE note")[0]
        return snapshot(tmp_path, [(CREW, CREW_ROWS)], f"{attack};\n{crew_only}", version="v1", enums=())

    return make


@pytest.mark.parametrize("mode", ["replace", "missing", "sync"])
def test_no_program_runs_on_the_server(hostile: Attack, database: str, tmp_path: Path, mode: Mode) -> None:
    trace = tmp_path / "trace"
    made = hostile(f"COPY (SELECT 1) TO PROGRAM 'cat > \"{trace}\"'")
    with pytest.raises(TargetError, match="COPY"):
        restore(made, Target(database), Request(mode=mode, dry_run=True))
    result = restore(made, Target(database), Request(mode=mode, dry_run=True, trust_code=True))
    assert not trace.exists()
    assert result.schema_created
    assert [(table.name, table.rows) for table in result.outline.tables] == [("crew", 3)]  # type: ignore[union-attr]


def test_nothing_outlives_the_transaction(hostile: Attack, database: str) -> None:
    made = hostile("CREATE TABLE planted (i int); COMMIT; BEGIN")
    with pytest.raises(SnapshotError, match="ends the transaction"):
        restore(made, Target(database), Request(dry_run=True, trust_code=True))
    assert execute(database, "SELECT to_regclass('planted')") == [(None,)]


def test_a_clone_without_a_template_says_what_it_did_not_compare(
    hostile: Attack, database: str, tmp_path: Path
) -> None:
    trace = tmp_path / "trace"
    made = hostile(f"COPY (SELECT 1) TO PROGRAM 'cat > \"{trace}\"'")
    execute(database, "CREATE TABLE mine (i int)")
    heard = Recorded()
    result: RestoreResult = clone_into(made, Target(database), Request(dry_run=True, trust_code=True), progress=heard)
    assert not trace.exists()
    assert result.outline is None
    assert any("a dry run does not run the snapshot's SQL" in note for note in heard.notes)


@pytest.mark.parametrize(
    ("code", "statement"),
    [
        ("CREATE DOMAIN public.d AS int CHECK (public.evil(VALUE))", "SELECT '{1}'::public.d[]"),
        ("CREATE DOMAIN public.d AS int CHECK (public.evil(VALUE)); CREATE TYPE public.c AS (n public.d)",
         "SELECT 1 WHERE '(1)'::public.c IS NULL"),
        ("SELECT 1", "SELECT public.evil(1)"),
    ],
    ids=["an array of a domain", "a composite type", "a call"],
)  # fmt: skip
def test_to_ask_the_servers_grammar_runs_no_code_of_the_database(
    code: str, statement: str, database: str, tmp_path: Path
) -> None:
    """Postgres evaluates literals while it analyses a statement, and with them the CHECKs of domains."""
    (tmp_path / "1.sql").write_text(f"COMMIT; {statement}; ROLLBACK; {statement}; SELECT FROM WHERE")
    execute(
        database,
        "CREATE SEQUENCE public.ran;"  # which no rollback sets back
        "CREATE FUNCTION public.evil(int) RETURNS boolean LANGUAGE plpgsql AS"
        f" $$ BEGIN PERFORM pg_catalog.nextval('public.ran'); RETURN true; END $$; {code}",
    )
    with pytest.raises(UsageError, match='syntax error at or near "WHERE"'):
        require_parseable(Target(database), read_sql(tmp_path))
    assert malformed(Target(database), {"well": statement, "wrong": "SELECT FROM WHERE"}).keys() == {"wrong"}
    assert execute(database, "SELECT is_called FROM public.ran") == [(False,)]
