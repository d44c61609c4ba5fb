"""Test the proof of a build in a real Postgres: triggers, refusals, and large builds proved by smaller ones."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.program import Ran

TRIGGERS = """
CREATE TABLE people (id int PRIMARY KEY, email text NOT NULL, name text NOT NULL CHECK (length(name) < 60));
CREATE TABLE audit (id bigserial PRIMARY KEY, person int NOT NULL REFERENCES people);
CREATE FUNCTION lowered() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.name = upper(NEW.name); RETURN NEW; END$$;
CREATE TRIGGER t BEFORE INSERT ON people FOR EACH ROW EXECUTE FUNCTION lowered();
"""
RAISED = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'nobody is signed in'; END$$;
CREATE TRIGGER r BEFORE INSERT ON audit FOR EACH ROW WHEN (NEW.id = 3) EXECUTE FUNCTION refuse();
"""


def _checks(document: dict) -> dict[str, dict]:
    return {check["name"]: check for check in document["checks"]}


@pytest.mark.slow
def test_a_trigger_that_changes_a_value_is_a_note_and_one_that_raises_a_finding(
    init: Callable[..., Ran], project: Path
) -> None:
    (project / "app.sql").write_text(TRIGGERS)
    assert init("init", "app.sql").code == 0
    built = _checks(init("build", "v1", "--json").document)
    triggers = built["triggers"]
    assert (triggers["ok"], triggers["value"]) == (True, 40)
    assert triggers["detail"] == "a trigger changes people.name in 10 rows"
    document = init("check", "v1", "--json").document
    assert document["not_run"] == ["postgres", "triggers"]
    assert {*built} - {*_checks(document)} == {*document["not_run"]}
    passed = f"{len(built) - 2} checks passed"
    assert f" {passed} (without postgres and triggers, which the build ran: --postgres sample), " in (
        init("check", "v1").out
    )
    assert f"{len(built)} checks passed\n" in init("show", "v1").out
    document = init("check", "v1", "--postgres", "sample", "--json").document
    assert (_checks(document)["triggers"]["ok"], document["not_run"]) == (True, [])
    assert {*_checks(document)} == {*built}
    (project / "datasets/app/schema.sql").write_text(TRIGGERS + RAISED)
    ran = init("build", "v2")
    assert ran.code == 4
    assert "triggers is 39, limit 40 (audit 3: nobody is signed in)" in ran.err
    assert init("build", "v2", "--postgres", "none").code == 0


@pytest.mark.slow
def test_what_postgres_refuses_is_said_with_the_row_the_constraint_and_the_columns_words(
    init: Callable[..., Ran], project: Path
) -> None:
    (project / "app.sql").write_text(
        "CREATE TABLE orders (id int PRIMARY KEY, code text NOT NULL, state text,"
        " CONSTRAINT odd_code CHECK (md5(code) = state));\n"
    )
    assert init("init", "app.sql").code == 0
    declared = project / "datasets/app/dataset.py"
    words = 'rows=10, columns={"state": choice(on=1)})'
    declared.write_text(
        declared.read_text().replace("rows=10)", words).replace("import Dataset,", "import choice, Dataset,")
    )
    ran = init("build", "v1")
    assert ran.code == 4
    assert "checks failed: postgres refused: table orders, constraint odd_code: new row for relation" in ran.err
    assert "Failing row contains (1, " in ran.err
    assert "orders.code is Text inferred by name" in ran.err
    assert "orders.state is declared as Choice" in ran.err
    asked = "in dataset.py as CONSTRAINT odd_code CHECK ((md5(code) = state)) asks, or change the schema"
    assert f"hint: nothing was published; declare orders.code, orders.state {asked}" in ran.err
    assert init("build", "v1", "--postgres", "none").code == 0
    checked = init("check", "v1", "--postgres", "sample")
    assert checked.code == 4
    assert "FAILED  postgres: refused\n        table orders, constraint odd_code: new row" in checked.out


@pytest.mark.slow
def test_a_large_build_is_proved_by_a_smaller_one_however_few_rows_some_tables_have(
    init: Callable[..., Ran], project: Path
) -> None:
    (project / "app.sql").write_text(TRIGGERS)
    assert init("init", "app.sql").code == 0
    checks = _checks(init("build", "v1", "--set", "audit=60000", "--json").document)
    assert 0 < checks["postgres"]["value"] < 60_000
    assert 0 < checks["triggers"]["value"] <= 5_000


@pytest.mark.slow
def test_statistics_of_all_rows_come_with_a_version_and_are_imported(
    init: Callable[..., Ran], project: Path, home: Path
) -> None:
    (project / "app.sql").write_text("CREATE TABLE people (id int PRIMARY KEY, email text NOT NULL);\n")
    assert init("init", "app.sql").code == 0
    plain = init("build", "v1", "--set", "people=3000", "--json").document
    assert (plain["reproduced"], plain["statistics"]) == (None, False)
    assert init("restore", "v1", "--json").document["statistics"] == {"imported": 0, "analyzed": 1}
    added = init("build", "v1", "--postgres", "all")
    assert added.code == 0
    assert "the planner's statistics in snapshots/v1/statistics.json" in added.out
    again = init("build", "v1", "--postgres", "all", "--json").document
    assert (again["reproduced"], again["statistics"], again["digest"]) == (True, False, plain["digest"])
    assert init("check", "v1").code == 0
    assert init("restore", "v1", "--json").document["statistics"] == {"imported": 1, "analyzed": 0}
    assert "1 table with the snapshot's statistics" in init("restore", "v1").out
    path = project / "snapshots/v1/statistics.json"
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"people", b"peoplE"))
    for command in ("check", "restore"):
        ran = init(command, "v1")
        assert ran.code == 3
        assert "statistics.json" in ran.out + ran.err
    path.unlink()
    assert init("restore", "v1").code == 3
    path.write_bytes(whole)


@pytest.mark.slow
def test_a_schema_that_postgres_refuses_is_not_mended_by_other_volumes(init: Callable[..., Ran], project: Path) -> None:
    (project / "app.sql").write_text(
        "create schema extensions; create extension dblink schema extensions; create table people (id int primary key);"
    )
    assert init("init", "app.sql").code == 0
    assert init("build", "v1").code == 0
    kept = project / "datasets/app/schema.json"
    kept.write_text(kept.read_text().replace("EXISTS dblink", "EXISTS nowhere"))
    ran = init("build", "v2")
    assert ran.code == 4
    assert "creates extensions that this server does not have: nowhere (line " in ran.err
    assert "nothing was published; correct the SQL in the dataset's schema.sql, or set $SNAP_PG_BIN" in ran.err


@pytest.mark.slow
def test_texts_that_repeat_in_a_unique_column_are_no_fault_of_the_schema(
    init: Callable[..., Ran], project: Path
) -> None:
    (project / "app.sql").write_text("create table people (id int primary key, email text not null unique);")
    assert init("init", "app.sql").code == 0
    file = project / "datasets/app/dataset.py"
    declared = 'columns={"email": text("{first}@x.example")}'
    text = file.read_text().replace("import Dataset, Table", "import Dataset, Table, text")
    file.write_text(re.sub(r'Table\("people", rows=\d+', f'Table("people", rows=300, {declared}', text))
    ran = init("build", "v1")
    assert ran.code == 4
    assert "people.email is declared as Text" in ran.err
    assert (
        "hint: nothing was published; add unique=True to the text of people.email in dataset.py, or write {n}"
        in ran.err
    )
    file.write_text(file.read_text().replace('.example")', '.example", unique=True)'))
    assert init("build", "v1").code == 0
