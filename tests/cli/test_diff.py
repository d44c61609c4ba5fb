"""Test snap diff: its output, its JSON and its exit codes."""

import pytest

from snap_cli.forms.diff import DiffForm
from snap_restorer import Embedded, Target, restore
from tests.cases import toy
from tests.postgres import execute, name_of


@pytest.fixture
def v2(v1):
    toy.publish(v1, "v2", rows=12)
    return v1


def test_a_snapshot_and_itself_are_identical_at_once(snap, v1, project):
    for path in (project / "snapshots" / "v1").rglob("*.parquet"):
        path.unlink()  # nothing is read
    ran = snap("diff", "v1", "v1")
    assert ran.code == 0
    assert ran.out.startswith("v1 and v1 are identical: 30 rows in 2 tables, ")
    document = snap("diff", "v1", "v1", "--json").document
    assert document["identical"] is True
    assert [table["unchanged"] for table in document["tables"]] == [10, 20]


def test_what_differs_is_a_line_a_table_and_a_sum(snap, v2):
    ran = snap("diff", "v1", "v2")
    assert ran.code == 1
    assert ran.err == ""
    lines = ran.out.splitlines()
    assert lines[0].split() == ["table", "added", "changed", "unchanged", "in", "columns"]
    assert lines[1].split() == ["crew", "2", "10"]
    assert lines[2].split() == ["ship.Log", "book", "4", "9", "11", "author", "9"]
    assert lines[3].startswith("v1 → v2: rows in 2 of 2 tables: 6 added, 0 removed, 9 changed, ")


def test_a_missing_snapshot_counts_before_an_address_that_is_none(snap, v1):
    assert snap("diff", "v1", "v9", "--db", "foo").code == 3
    assert snap("diff", "v1", "v1", "--db", "foo").code == 2


def test_json_is_the_contract(snap, v2):
    ran = snap("diff", "v1", "v2", "--json")
    assert ran.code == 1
    document = ran.document
    assert document.keys() == DiffForm.__annotations__.keys()
    assert document["identical"] is False
    assert document["schema"] == []
    assert document["tables"][1] == {
        "name": "ship.Log book", "added": 4, "removed": 0, "changed": 9, "unchanged": 11, "columns": {"author": 9},
        "not_compared": [],
    }  # fmt: skip


@pytest.mark.slow
def test_samples_are_whole_rows_and_old_and_new_values(snap, v2):
    crew, log = snap("diff", "v1", "v2", "--rows", "1", "--json").document["tables"]
    [added] = crew["samples"]
    assert added["kind"] == "added"
    assert added["key"] == {"id": "00000000-0000-0000-0000-00000000000a"}
    assert added["row"]["name"] == "Zoë 10"
    assert added["row"]["pay"] is None
    changed = log["samples"][1]
    assert changed["key"] == {"n": 10}
    assert changed["columns"] == {
        "author": {"old": "00000000-0000-0000-0000-000000000000", "new": "00000000-0000-0000-0000-00000000000a"}
    }
    text = snap("diff", "v1", "v2", "--rows", "1").out
    assert "ship.Log book  by n\n  + 20  " in text
    assert "  ~ 10\n      author  00000000-0000-0000-0000-000000000000 → 00000000-0000-0000-0000-00000000000a\n" in text


@pytest.mark.slow
def test_a_terminal_shows_old_and_new_in_colour(terminal, v2):
    out = terminal("diff", "v1", "v2", "--rows", "1", "--quiet").out
    assert "\x1b[31m00000000-0000-0000-0000-000000000000\x1b[0m" in out
    assert "\x1b[32m00000000-0000-0000-0000-00000000000a\x1b[0m" in out
    assert "\x1b[3" not in terminal("diff", "v1", "v2", "--rows", "1", "--quiet", NO_COLOR="1").out


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("v1", "--db", ""), 2, "the database's URL is empty"),
        (("v1", "v2", "--db", " "), 2, "the database's URL is empty"),
        (("v3", "--db", "host=nowhere"), 3, "there is no snapshot 'v3'"),
        (("v1", "--db", "postgresql://me:secret@127.0.0.1:1/db"), 6, "is Postgres running there?"),
        (("v1", "v3"), 3, "there is no snapshot 'v3'"),
        (("v1", "../x"), 2, "'../x' is not a version name"),
        (("v1", "v2", "--rows", "-1"), 2, "invalid value for '--rows'"),
        (("v1", "v2", "--rows", "x"), 2, "invalid value for '--rows'"),
    ],
)
def test_bad_use_says_what_is_wrong(snap, v2, arguments, code, message):
    ran = snap("diff", *arguments)
    assert (ran.code, ran.out) == (code, "")
    assert message in ran.err


@pytest.fixture
def loaded(v2, database):
    """Return the URL of a database that holds v1."""
    restore(v2.resolve("v1"), Target(database))
    return database


@pytest.fixture
def alone(snap, tmp_path):
    """Return `snap` without a running embedded Postgres."""
    return lambda *arguments, **env: snap(*arguments, SNAP_DATA_DIR=str(tmp_path / "none"), **env)


def test_without_a_version_or_a_database_the_two_newest_are_compared(alone, v2):
    toy.publish(v2, "v0", rows=3)  # made at the same moment: then the name decides
    ran = alone("diff")
    assert ran.err == "note: comparing v1 with v2, the newest snapshots\n"
    assert ran.out.splitlines()[-1].startswith("v1 → v2: ")
    document = alone("diff", "--json", "--quiet").document
    assert (document["version"], document["other"], document["db"]) == ("v1", "v2", None)


@pytest.mark.slow
def test_without_a_version_a_database_is_compared_with_what_its_ledger_names(alone, loaded):
    name = Target(loaded).redacted
    for ran in (alone("diff", "--db", loaded), alone("diff", SNAP_DB_URL=loaded)):
        assert (ran.code, ran.err) == (0, f"note: comparing v1 with {name}, whose ledger names it\n")
        assert ran.out.startswith(f"v1 and {name} are identical: 30 rows in 2 tables, ")
    assert alone("diff", "--db", loaded, "--json", "--quiet").document["version"] == "v1"


def test_without_a_version_a_database_that_has_no_ledger_is_refused(alone, v2, database):
    ran = alone("diff", "--db", database)
    assert ran.code == 2
    assert f"{Target(database).redacted} has no ledger that says which snapshot it holds" in ran.err
    assert "hint: name one: snap diff v2 --db URL" in ran.err
    assert "hint: name one: snap diff v2\n" in alone("diff", SNAP_DB_URL=database).err


@pytest.mark.slow
def test_the_embedded_database_without_a_ledger_is_named_if_there_are_no_two_snapshots(snap, v1, home):
    embedded = Embedded(home=home)
    server = embedded.start()
    embedded.ensure_database("worldchef")
    url = server.url("worldchef")
    restore(v1.resolve("v1"), Target(url))
    execute(url, "DROP SCHEMA snap CASCADE")
    ran = snap("diff", SNAP_DATA_DIR=str(home))
    assert ran.code == 2
    assert ran.err.splitlines() == [
        f"error: {Target(url).redacted} has no ledger that says which snapshot it holds",
        "hint: name one: snap diff v1",
    ]
    v1.remove("v1")
    assert "hint: there is no snapshot yet: run snap build v1" in snap("diff", SNAP_DATA_DIR=str(home)).err


def test_with_nothing_to_compare_diff_says_what_to_name(alone, v1):
    ran = alone("diff")
    assert ran.code == 2
    assert ran.err.splitlines() == [
        "error: there is no database to compare, and there are no two snapshots",
        "hint: name them: snap diff v2 v3",
    ]


def test_a_database_that_holds_the_snapshot_is_identical_to_it(snap, loaded):
    ran = snap("diff", "v1", "--db", loaded)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"v1 and {Target(loaded).redacted} are identical: 30 rows in 2 tables, ")
    document = snap("diff", "v1", "--json", SNAP_DB_URL=loaded).document
    assert (document["other"], document["db"], document["identical"]) == (None, Target(loaded).redacted, True)
    assert document["tables"][1] == {
        "name": "ship.Log book", "added": 0, "removed": 0, "changed": 0, "unchanged": 20, "columns": {},
        "not_compared": [],
    }  # fmt: skip


@pytest.mark.slow
def test_what_a_database_holds_otherwise_is_told(snap, loaded, terminal):
    execute(loaded, 'UPDATE ship."Log book" SET line = \'new\' WHERE n = 3; DELETE FROM ship."Log book" WHERE n = 4')
    execute(loaded, "ALTER TABLE crew ADD rank int; INSERT INTO ship.\"Log book\" VALUES (99, NULL, 'x')")
    ran = snap("diff", "v1", "--db", loaded, "--rows", "1", "--json")
    assert (ran.code, ran.err) == (1, "")
    assert ran.document["schema"] == [
        {"kind": "added", "what": "column", "table": "crew", "name": "rank", "before": None, "after": "integer"}
    ]
    log = ran.document["tables"][1]
    assert {name: log[name] for name in ("added", "removed", "changed", "unchanged", "columns")} == {
        "added": 1, "removed": 1, "changed": 1, "unchanged": 18, "columns": {"line": 1},
    }  # fmt: skip
    assert log["samples"][2]["columns"] == {"line": {"old": "line\t3\n", "new": "new"}}
    out = terminal("diff", "v1", "--db", loaded, "--rows", "1", "--quiet").out
    assert "\x1b[31mline\\t3\\n\x1b[0m\x1b[2m → \x1b[0m\x1b[32mnew\x1b[0m" in out
    assert "added     column" not in out
    assert "+ column crew.rank integer" in out


@pytest.mark.slow
def test_columns_that_only_one_side_has_are_named_as_not_compared(snap, v1, database, project):
    execute(database, "CREATE TABLE crew (id uuid PRIMARY KEY, hue text, since date); CREATE SCHEMA ship")
    ids = [f"00000000-0000-0000-0000-0000000000{end}" for end in ("01", "ff")]
    execute(database, "INSERT INTO crew SELECT unnest(%s::uuid[]), 'red', 'infinity'", ids)
    execute(database, 'CREATE TABLE ship."Log book" (page int)')
    ran = snap("diff", "v1", "--db", database, "--rows", "1", "--html", "d.html")
    assert (ran.code, ran.err) == (1, "")
    said = "crew: compared in id; not in name, mood, pay, joined, watch, facts and 3 more, which only one side has"
    assert said in ran.out.splitlines()
    assert "ship.Log book: compared in no column; not in n, author, line, page, which only one side has" in ran.out
    assert "  + 00000000-0000-0000-0000-0000000000ff  hue red, since infinity" in ran.out.splitlines()
    assert said in (project / "d.html").read_text("utf-8")
    document = snap("diff", "v1", "--db", database, "--json").document
    assert document["tables"][0]["unchanged"] == 1
    assert document["tables"][0]["not_compared"][-3:] == ["tags", "hue", "since"]


def test_without_a_flag_or_a_variable_the_embedded_postgres_is_meant(snap, v1, tmp_path):
    error = snap("diff", "v1", "--json", SNAP_DATA_DIR=str(tmp_path / "none"))
    assert error.code == 6
    assert error.error["kind"] == "service"
    assert error.error["message"] == "the embedded Postgres does not run"


@pytest.mark.slow
def test_without_a_flag_or_a_variable_snap_toml_says_which_database_is_meant(snap, loaded, project):
    (project / "snap.toml").write_text('[target]\ndb = "env:STAGING"\n')
    document = snap("diff", "v1", "--json", STAGING=loaded).document
    assert (document["db"], document["identical"]) == (Target(loaded).redacted, True)
    assert snap("diff", "v1", "v1", "--json", STAGING=loaded).document["db"] is None
    ran = snap("diff", "v1", "--json")
    assert ran.code == 2
    assert "$STAGING is not set" in ran.error["message"]


def test_the_variable_alone_makes_nothing_three_way(snap, v2):
    ran = snap("diff", "v1", "v2", "--json", SNAP_DB_URL="postgresql://me@127.0.0.1:1/db")
    assert (ran.code, ran.document["db"]) == (1, None)
    assert "added" in ran.document["tables"][0]


@pytest.mark.slow
def test_three_ways_tell_both_and_what_collides(snap, loaded):
    execute(
        loaded,
        'UPDATE ship."Log book" SET author = NULL WHERE n = 10; INSERT INTO ship."Log book" VALUES (20, NULL, \'x\');'
        "DELETE FROM ship.\"Log book\" WHERE n = 11; UPDATE crew SET pay = 7 WHERE name = 'Zoë 1'",
    )
    ran = snap("diff", "v1", "v2", "--db", loaded, "--json", "--rows", "2")
    assert (ran.code, ran.err) == (1, "")
    document = ran.document
    assert document.keys() == DiffForm.__annotations__.keys()
    assert (document["other"], document["db"]) == ("v2", Target(loaded).redacted)
    crew, log = document["tables"]
    assert crew["collisions"] == 0
    assert (crew["version"]["added"], crew["database"]["changed"]) == (2, 1)
    assert crew["database"]["columns"] == {"pay": 1}
    assert log["version"].keys() == {"added", "removed", "changed", "unchanged", "columns", "not_compared", "samples"}
    assert log["collisions"] == 3
    assert [sample["key"] for sample in log["samples"]] == [{"n": 10}, {"n": 11}]
    assert log["samples"][0] == {
        "key": {"n": 10},
        "version": "changed",
        "database": "changed",
        "columns": {
            "author": {
                "old": "00000000-0000-0000-0000-000000000000",
                "version": "00000000-0000-0000-0000-00000000000a",
                "database": None,
            }
        },
    }
    assert (log["samples"][1]["version"], log["samples"][1]["database"]) == ("changed", "removed")
    assert "samples" not in snap("diff", "v1", "v2", "--db", loaded, "--json").document["tables"][0]


@pytest.mark.slow
def test_three_ways_read_well(snap, loaded):
    execute(loaded, 'UPDATE ship."Log book" SET author = NULL WHERE n = 10; ALTER TABLE crew ADD rank int')
    lines = snap("diff", "v1", "v2", "--db", loaded, "--rows", "1").out.splitlines()
    assert lines[:3] == ["schema, in the database", "  + column crew.rank integer", ""]
    assert lines[3].split() == ["table", "by", "added", "removed", "changed", "collide", "in", "columns"]
    assert [line.split() for line in lines[4:7]] == [
        ["crew", "v2", "2"],
        ["ship.Log", "book", "v2", "4", "9", "author", "9"],
        ["database", "1", "1", "author", "1"],
    ]
    assert lines[7] == (
        "crew: compared in id, name, mood, pay, joined, watch and 2 more; not in rank, which only one side has "
        "(database)"
    )
    assert "crew  by id, by v2" in lines
    assert "ship.Log book  by n, in the database" in lines
    place = lines.index("ship.Log book  collisions, by n")
    assert lines[place + 1 : place + 3] == [
        "  ! 10  v2 changed it, the database changed it",
        "      author  00000000-0000-0000-0000-000000000000 → v2: 00000000-0000-0000-0000-00000000000a, database: NULL",
    ]
    assert lines[-4:-1] == [
        "v2: 6 added, 0 removed, 9 changed",
        "the database: 0 added, 0 removed, 1 changed",
        "1 row in 1 table collide",
    ]


@pytest.mark.slow
def test_three_ways_without_a_difference_are_one_line(snap, loaded):
    ran = snap("diff", "v1", "v1", "--db", loaded)
    assert ran.code == 0
    assert ran.out.startswith(f"v1, v1 and {Target(loaded).redacted} are identical: 30 rows in 2 tables, ")
    execute(loaded, 'DELETE FROM ship."Log book" WHERE n = 1')
    ran = snap("diff", "v1", "v1", "--db", loaded)
    assert ran.code == 1
    assert "nothing collides" in ran.out


def test_a_database_that_would_hide_rows_exits_5(snap, loaded, pg):
    execute(loaded, "CREATE ROLE shy LOGIN; GRANT SELECT ON crew TO shy")
    name = name_of(loaded)
    error = snap("diff", "v1", "--json", "--db", f"host={pg.socket} port={pg.port} user=shy dbname='{name}'")
    assert error.code == 5
    assert "role shy may not read ship.Log book" in error.error["message"]


def test_a_corrupt_file_exits_3_and_names_it(snap, v2, project):
    file = project / "snapshots" / "v2" / "crew" / "part-0000.parquet"
    content = bytearray(file.read_bytes())
    content[50] ^= 1
    file.unlink()
    file.write_bytes(content)
    error = snap("diff", "v1", "v2", "--json")
    assert error.code == 3
    assert error.error["kind"] == "snapshot"
    assert "crew/part-0000.parquet was altered" in error.error["message"]


@pytest.mark.slow
def test_a_page_is_written_beside_what_is_printed(snap, v2, project):
    ran = snap("diff", "v1", "v2", "--rows", "1", "--html", "d.html")
    assert (ran.code, ran.err) == (1, "")
    assert ran.out.splitlines()[-1].startswith("wrote d.html (")
    assert "v1 → v2: rows in 2 of 2 tables" in ran.out
    assert "Zoë 10" in (project / "d.html").read_text("utf-8")
    assert snap("diff", "v1", "v2", "--html", "d.html", "--json").document["file"] == "d.html"
    assert snap("diff", "v1", "v2", "--json").document["file"] is None


@pytest.mark.slow
def test_a_page_of_a_database_is_for_its_owner_alone(snap, loaded, project):
    execute(loaded, "UPDATE crew SET pay = 7 WHERE name = 'Zoë 1'")
    assert snap("diff", "v1", "v2", "--db", loaded, "--rows", "1", "--html", "d.html").code == 1
    assert (project / "d.html").stat().st_mode & 0o077 == 0
    assert "Changes in the database" in (project / "d.html").read_text("utf-8")


def test_a_place_where_no_page_can_be_is_refused_before_anything_is_compared(snap, project):
    ran = snap("diff", "v1", "v2", "--html", "none/d.html")
    assert ran.code == 2
    assert "there is no folder none" in ran.err
