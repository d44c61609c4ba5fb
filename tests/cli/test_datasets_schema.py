"""Test the schema of a project's own dataset: a build reads it through a Postgres, and a version is read without."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.program import Ran

UNPROVED = ("--postgres", "none")

REAL_SQL = """CREATE TABLE people (id serial PRIMARY KEY, name text NOT NULL);
CREATE TABLE notes (
    id serial PRIMARY KEY,
    person_id int NOT NULL REFERENCES people
);
"""


@pytest.fixture
def real(snap: Callable[..., Ran], home: Path, project: Path) -> Callable[..., Ran]:
    """Return `snap` in a project whose dataset a Postgres has read, with that server."""

    def run(*arguments: str) -> Ran:
        return snap(*arguments, SNAP_DATA_DIR=str(home))

    (project / "real.sql").write_text(REAL_SQL)
    assert run("init", "real.sql").code == 0
    return run


@pytest.mark.slow
def test_what_only_reads_versions_never_runs_a_declaration(real: Callable[..., Ran], project: Path) -> None:
    assert real("build", "v1", *UNPROVED).code == 0
    assert real("build", "v2", "--scale", "2", *UNPROVED).code == 0
    declared, ran = project / "datasets/real/dataset.py", project / "ran"
    declared.write_text(f"open({str(ran)!r}, 'w').close()\nraise SystemExit(9)\n")
    (project / "snap.toml").write_text('[build]\ndataset = "real"\n')
    for arguments in (
        ("list",),
        ("show", "v1"),
        ("show", "v1", "--schema"),
        ("restore", "v1", "--dry-run"),
        ("restore", "v1"),
        ("restore", "v2", "--mode", "missing"),
        ("restore", "v1", "--mode", "sync"),
        ("diff", "v1"),
        ("rm", "v2", "--yes"),
    ):
        assert real(*arguments).code == 0, arguments
        assert not ran.exists(), arguments
    assert real("diff", "v1", "v1").code == 0
    assert not ran.exists()
    assert real("check", "v1").code == 0
    assert ran.exists()  # the trap works


@pytest.mark.slow
@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("name text", "name txet", 'schema.sql, line 1: Postgres refuses it: type "txet" does not exist'),
        ("REFERENCES people", "REFERENCES peolpe", 'line 2: Postgres refuses it: relation "peolpe" does not exist'),
        (
            "id serial PRIMARY KEY,\n",
            "id serial PRIMARY KEY\n",
            "schema.sql, line 4: Postgres refuses it: syntax error",
        ),
        ("NULL);\nCREATE", "NULL;\nCREATE", "schema.sql, line 1: Postgres refuses it: syntax error"),
        ("text NOT NULL", "text NOT NULL DEFAULT 'open", "schema.sql, line 1: "),
    ],
)
def test_a_schema_that_postgres_refuses_is_said_with_its_line_at_the_next_build(
    real: Callable[..., Ran], project: Path, before: str, after: str, said: str
) -> None:
    script = project / "datasets/real/schema.sql"
    script.write_text(REAL_SQL.replace(before, after))
    kept = script.with_suffix(".json").read_bytes()
    for command in (("build", "v1"), ("preview", "people")):
        ran = real(*command)
        assert ran.code == 2
        assert said in ran.err
        assert f"error: {script}" in ran.err
    assert script.with_suffix(".json").read_bytes() == kept
    assert real("init", str(script), "--name", "real", "--update").code == 2
    assert script.with_suffix(".json").read_bytes() == kept
