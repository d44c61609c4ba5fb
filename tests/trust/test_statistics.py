"""Test that statistics reveal no value of a row: neither in files nor in output of snap init --stats and snap fit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from snap_cli import main
from tests.cli.program import environment
from tests.postgres import execute

# Every secret of a row begins with one of these, whatever its type; numbers and moments are themselves.
ROW = "zqr"
SCHEMA = "zqs"
NUMBERS = ("4929123456", "77123", "31337", "17:11", "2019-04-23", "192.0.2.77", "c0ffee")

SQL = f"""
CREATE EXTENSION IF NOT EXISTS citext;
CREATE SCHEMA private;
CREATE TYPE private.rank AS ENUM ('{SCHEMA}_label', 'other');
CREATE DOMAIN code AS text CHECK (VALUE <> '{SCHEMA}_domain');
CREATE TABLE kinds (code text PRIMARY KEY, label text NOT NULL);
INSERT INTO kinds SELECT '{ROW}_key_' || i, '{ROW} label ' || i FROM generate_series(1, 30) i;
CREATE TABLE people (
    id bigint PRIMARY KEY, email text NOT NULL UNIQUE, mail_again text, first_name text, mood text, remark text,
    status text, handled_by text, token_ text, pass text, loud text, longer text, tag code, said citext,
    approved_by integer, kept_for integer,
    phone bigint, account bigint, pin integer, wage numeric(20, 2), ratio double precision, seen timestamptz,
    day date, born date, body jsonb, words text[], host inet, uid uuid, raw bytea, span int4range, place point,
    kind text REFERENCES kinds, rank private.rank DEFAULT '{SCHEMA}_label',
    note text DEFAULT '{SCHEMA}_default', CONSTRAINT {SCHEMA}_constraint CHECK (note <> '{SCHEMA}_check')
);
COMMENT ON TABLE people IS '{SCHEMA}_comment';
CREATE VIEW seen AS SELECT '{SCHEMA}_view' AS what;
CREATE FUNCTION tell() RETURNS text LANGUAGE sql RETURN '{SCHEMA}_body';
INSERT INTO people
SELECT i, '{ROW}' || i || '@real.example', '{ROW}@real.example', '{ROW}name',
       '{ROW} words', '{ROW}_remark_' || i % 300, CASE WHEN i <= 19 THEN '{ROW}_rare' ELSE 'open' END, '{ROW}_handle',
       '{ROW}a1b2c3d4', '{ROW}secret', '{ROW}Loud!', '{ROW}_' || repeat('a', 30), '{ROW}4711', '{ROW}said',
       4177, 4178, 4929123456, 4929123456780000 + i % 7, 77123, 31337 + i, 31337.5 + i,
       CASE WHEN i % 3 > 0 THEN TIMESTAMPTZ '2019-04-23 17:11:42' ELSE '2018-01-01' END + i * INTERVAL '61 seconds',
       DATE '2019-04-23' - i, DATE '2019-04-23' - i % 9,
       '{{"k": "{ROW}"}}', ARRAY['{ROW}'], '192.0.2.77', 'c0ffee00-0000-4000-8000-000000000000', '\\xc0ffee',
       int4range(31337, 31340), point(31337, 1), '{ROW}_key_' || 1 + i % 30, 'other', '{ROW}_note'
FROM generate_series(1, 900) i;
CREATE INDEX ON people ((lower(email) || '{SCHEMA}_index'));
CREATE STATISTICS both_ (mcv) ON handled_by, mood FROM people;
CREATE MATERIALIZED VIEW copied AS SELECT email, mood FROM people;
CREATE TABLE logs (kind text, at date) PARTITION BY LIST (kind);
CREATE TABLE logs_a PARTITION OF logs FOR VALUES IN ('{SCHEMA}_bound');
CREATE TABLE logs_b PARTITION OF logs DEFAULT;
INSERT INTO logs SELECT '{SCHEMA}_bound', DATE '2019-04-23' FROM generate_series(1, 15);
ANALYZE;
"""


def leaks(text: str, secrets: tuple[str, ...]) -> list[str]:
    return [line for line in text.splitlines() if any(secret in line.lower() for secret in secrets)]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("manifests", "snapshots"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(project: Path, home: Path, capfd: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Return a function that runs a command, requires success, and returns its output on both streams."""

    def run(*arguments: str) -> str:
        capfd.readouterr()
        assert main(arguments, environment(SNAP_DATA_DIR=str(home))) == 0
        return "".join(capfd.readouterr())

    return run


@pytest.mark.slow
def test_no_value_of_a_row_is_written_or_said(run: Callable[..., str], project: Path, database: str) -> None:
    execute(database, SQL)
    said = {
        "init": run("init", database, "--name", "app", "--stats"),
        "init --json": run("init", database, "--name", "again", "--stats", "--json"),
    }
    said["build"] = run("build", "v1", "--dataset", "app")
    said["fit"] = run("fit", "v1", "--db", database)
    said["fit --json"] = run("fit", "v1", "--db", database, "--json")
    written = {
        path.relative_to(project).as_posix(): path.read_bytes().decode("utf-8", "replace")
        for path in project.rglob("*")
        if path.is_file()
    }
    texts = said | written
    secrets = (ROW, *NUMBERS)
    assert {name: found for name, text in texts.items() if (found := leaks(text, secrets))} == {}
    dataset = written["datasets/app/dataset.py"]
    assert ("4177" in dataset, "4178" in dataset) == (False, True)  # the number of a person, and one of four digits
    # What the schema holds is in the schema, and in what is said of CHECKs that nobody understood.
    holds_schema = {name for name, text in texts.items() if leaks(text, (SCHEMA,))}
    assert holds_schema <= {"init", "init --json", *(name for name in written if not name.endswith("dataset.py"))}
    assert leaks(written["datasets/app/schema.sql"], (SCHEMA,))
    assert '"wage": money(31360, 32210,' in dataset  # rounded: what may leave does
