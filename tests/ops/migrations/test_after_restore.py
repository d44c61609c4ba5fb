"""Test the step after the restore: the team's SQL, then the team's command."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from snap.config import Origin, section
from snap.errors import TargetError, UsageError
from snap_ops.migrations.after_restore import AfterRestoreSettings, AfterRestoreStep
from snap_ops.step import StepError
from tests.ops.migrations.steps import ENVIRONMENT
from tests.ops.night.bed import RESET, Bed, Sql, states
from tests.ops.steps import night
from tests.postgres import execute

pytestmark = pytest.mark.process


def step(root: Path, *files: tuple[str, str], **given: Any) -> AfterRestoreStep:
    folder = root / "after"
    folder.mkdir(exist_ok=True)
    for name, text in files:
        (folder / name).write_text(text)
    settings = AfterRestoreSettings(**{"sql": folder if files else None, **given})
    return AfterRestoreStep(settings=settings, root=root, environment=ENVIRONMENT)


def test_settings_are_read(tmp_path: Path) -> None:
    origin = Origin(file="snap.toml", folder=tmp_path, environment={})
    given = {"sql": "staging/after", "command": ["npm", "run", "smoke"], "grace": "2 s"}
    found = section(AfterRestoreSettings, given, "after_restore", origin)
    assert (found.sql, found.command, found.configured) == (
        tmp_path / "staging/after", ("npm", "run", "smoke"), True,
    )  # fmt: skip
    assert not section(AfterRestoreSettings, {}, "after_restore", origin).configured


@pytest.mark.slow
def test_files_run_in_the_order_of_their_names_and_then_the_command(database: str, tmp_path: Path) -> None:
    script = "import os, sys; print('saw', os.environ['DATABASE_URL'][:10], *sys.argv[1:])"
    after = step(
        tmp_path,
        ("20_seed.sql", "INSERT INTO t VALUES ('seed'); DO $$ BEGIN RAISE NOTICE 'seeded'; END $$"),
        ("10_tables.sql", "CREATE TABLE t (v text); CREATE INDEX CONCURRENTLY ON t (v)"),
        command=(sys.executable, "-c", script, "two words"),
    )
    lines = after.plan(night(database))
    assert lines[0].startswith("run 2 files of ")
    assert "two words" in lines[1]
    assert execute(database, "SELECT to_regclass('t')") == [(None,)]
    done = after.run(night(database))
    assert execute(database, "SELECT v FROM t") == [("seed",)]
    assert done.facts["files"] == ["10_tables.sql", "20_seed.sql"]
    assert done.facts["exit"] == 0
    assert done.log == ("20_seed.sql: NOTICE: seeded", "saw postgresql two words")
    with pytest.raises(TargetError, match=r"10_tables\.sql:1: relation .t. already exists") as refused:
        after.run(night(database))
    assert "is not recorded" not in refused.value.hint
    assert "[reset]" not in refused.value.hint
    assert execute(database, "SELECT to_regclass('supabase_migrations.schema_migrations')") == [(None,)]


@pytest.mark.parametrize(
    ("files", "given", "said"),
    [
        ((), {"sql": Path("/nowhere/at/all")}, "cannot be read: No such file"),
        ((("a.sql", "SELECT 'open"),), {}, r"a\.sql:1: "),
        ((("a.sql", "SELECT 1;\n\\connect other"),), {}, r"a\.sql:2: "),
        ((), {"command": ("no-such-program",)}, "there is no program no-such-program"),
        ((), {"command": (" ",)}, "the command in .after_restore. is empty"),
        ((), {"command": ("true",), "cwd": Path("/nowhere")}, "/nowhere, in which true is to run, is no folder"),
        ((), {"command": ("true",), "url_variable": "a-b"}, "'a-b' names no variable"),
    ],
)
def test_what_cannot_run_is_found_without_a_server(
    files: tuple[tuple[str, str], ...], given: dict[str, Any], said: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=said):
        step(tmp_path, *files, **given).require_possible()


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "after").mkdir()
    with pytest.raises(UsageError, match="holds no SQL files"):
        step(tmp_path, sql=tmp_path / "after").require_possible()


def test_a_statement_that_the_grammar_refuses_is_found_and_nothing_is_run(any_database: str, tmp_path: Path) -> None:
    after = step(tmp_path, ("1.sql", "CREATE TABLE t (v int);\nINSERT INTO t VALUES (1);\nSELEC *\nFROM t;"))
    for find in (after.require_parseable, after.plan):
        with pytest.raises(UsageError, match=r"1\.sql:3: syntax error at or near \"SELEC\"; in: SELEC"):
            find(night(any_database))
    assert execute(any_database, "SELECT to_regclass('t')") == [(None,)]
    # Names and types are those of the database that the files will find.
    other = step(tmp_path, ("1.sql", "INSERT INTO not_there_yet VALUES (1); SELECT later.f(); VACUUM;"))
    other.require_parseable(night(any_database))


def test_secrets_of_the_environment_are_in_no_error_and_no_log(database: str, tmp_path: Path) -> None:
    secret = ENVIRONMENT["API_TOKEN"]
    said = f"DO $$ BEGIN RAISE NOTICE 'a {secret}'; END $$;"
    done = step(tmp_path, ("1.sql", said)).run(night(database))
    assert done.log == ("1.sql: NOTICE: a ***",)
    with pytest.raises(TargetError) as refused:
        step(tmp_path, ("1.sql", said + f"SELECT '{secret}'::int")).run(night(database))
    assert secret not in refused.value.message
    with pytest.raises(StepError) as failed:
        step(tmp_path, command=("sh", "-c", f"echo {secret}; exit 3")).run(night(database))
    assert secret not in failed.value.message + "".join(failed.value.log)
    assert "ended with exit code 3" in failed.value.message


# --- in a night


@pytest.mark.slow
def test_a_malformed_file_stops_the_night_before_anything_is_touched(bed: Bed, tmp_path: Path) -> None:
    before = bed.prints()
    after = step(tmp_path, ("1.sql", "INSERT INTOO crew"))
    record = bed.night(bed.backup, RESET, bed.restore, after, preflight=(after.require_parseable,))
    assert states(record) == {"start": "failed"}
    assert record.code == UsageError.code
    assert bed.changes(before) == []
    assert bed.unsettled() is None


@pytest.mark.slow
def test_a_step_that_fails_is_put_back_with_all_that_it_did(bed: Bed, tmp_path: Path) -> None:
    before = bed.prints()
    after = step(tmp_path, ("1.sql", "CREATE TABLE half (v int)"), command=("sh", "-c", "echo red; exit 1"))
    record = bed.night(bed.backup, RESET, bed.restore, after, Sql(name="health"))
    assert (states(record)["after_restore"], states(record)["health"]) == ("failed", "skipped")
    assert "- red" in next(told.detail for told in record.steps if told.name == "after_restore")
    assert record.rolled_back
    assert bed.changes(before) == []


@pytest.mark.slow
def test_a_step_has_a_limit_of_its_own(bed: Bed, tmp_path: Path) -> None:
    before = bed.prints()
    after = step(tmp_path, ("1.sql", "SELECT pg_sleep(60)"))
    record = bed.night(bed.backup, RESET, bed.restore, after, step_limits={"after_restore": 0.5})
    assert states(record)["after_restore"] == "failed"
    assert record.rolled_back
    assert bed.changes(before) == []
