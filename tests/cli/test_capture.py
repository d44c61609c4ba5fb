"""snap capture, against a real Postgres."""

import pytest

from snap.units import size
from snap_cli.capture import FIELDS
from tests.cases import toy
from tests.postgres import execute

ROWS = """
    INSERT INTO crew (id, name, mood, joined) VALUES (gen_random_uuid(), 'Zoë', 'ok', '2026-01-01'),
        (gen_random_uuid(), 'Ann', NULL, '2026-01-01');
    INSERT INTO ship."Log book" SELECT 1, id, 'a line' FROM crew WHERE name = 'Ann';
"""


@pytest.fixture
def full(database):
    execute(database, toy.SQL + ROWS)
    return database


def test_a_capture_is_a_version_like_any_other(snap, store, full, databases):
    ran = snap("capture", "c1", "--db", full)
    assert ran.code == 0, ran.err
    assert "captured c1 from postgresql://postgres@127.0.0.1:" in ran.out
    manifest = store.resolve("c1").manifest
    assert f"checks passed, {size(manifest.estimated_db_bytes)} in Postgres, " in ran.out
    (total,) = (line for line in ran.out.splitlines() if line.startswith("total"))
    assert total.endswith(size(manifest.bytes))
    assert "warning: real data are copied into this project; mask what is personal" in ran.err
    assert snap("check", "c1").code == 0
    assert snap("list", "--json").document["versions"][0]["dataset"] is None
    assert 'CREATE TABLE ship."Log book"' in snap("show", "c1", "--schema").out
    other = databases()
    assert snap("restore", "c1", "--db", other).code == 0
    read = 'SELECT name, line FROM crew JOIN ship."Log book" ON author = id'
    assert execute(other, read) == [("Ann", "a line")]


def test_the_json_of_a_capture(snap, full):
    ran = snap("capture", "c1", "--db", full, "--mask", "crew.mood", "--json")
    document = ran.document
    assert tuple(document) == FIELDS
    assert document["rows"] == {"crew": 2, "ship.Log book": 1}
    assert document["masked"] == ["crew.mood"]
    assert document["estimated_db_bytes"] > 8192
    assert all(finding["ok"] for finding in document["checks"])
    assert document["digest"] == snap("show", "c1", "--json").document["digest"]
    assert "real data are copied into this project, but for crew.mood" in ran.err


def test_tables_are_chosen_by_patterns(snap, full):
    assert list(snap("capture", "c1", "--db", full, "--table", "cr*", "--json").document["rows"]) == ["crew"]
    assert list(snap("capture", "c2", "--exclude", "ship.*", "--json", SNAP_DB_URL=full).document["rows"]) == ["crew"]
    ran = snap("capture", "c3", "--db", full, "--table", "none", "--json")
    assert ran.code == 2
    assert ran.error["message"] == "pattern none names no table"


def test_a_capture_cannot_be_built_again_nor_replaced(snap, full):
    assert snap("capture", "c1", "--db", full).code == 0
    for command in (("build", "c1"), ("capture", "c1", "--db", full)):
        ran = snap(*command, "--json")
        assert ran.code == 2, command
        assert ran.error["message"].startswith("c1 ")


def test_pseudonyms_last_as_long_as_their_key(snap, full):
    digests = [
        snap("capture", f"c{i}", "--db", full, "--mask", "crew.name", "--json", **key).document["digest"]
        for i, key in enumerate(({}, {}, {"SNAP_MASK_KEY": "s"}, {"SNAP_MASK_KEY": "s"}))
    ]
    assert len(set(digests)) == 3
    assert digests[2] == digests[3]


def test_a_capture_never_reads_the_database_of_snap_toml_and_says_so(snap, full, project):
    (project / "snap.toml").write_text('[target]\ndb = "env:STAGING"\n')
    ran = snap("capture", "c1", "--json", STAGING=full)
    assert ran.code == 2
    assert ran.error["message"] == "no database was named"
    assert "is not read here: give its URL, or set $SNAP_DB_URL; --db names the database" in ran.error["hint"]
    (project / "snap.toml").write_text('[target]\ndb = "postgresql://me@h/x"\nprotected = 1\n')
    assert snap("capture", "c1", "--json").error == ran.error
    assert snap("capture", "c1", "--db", full).code == 0
    (project / "snap.toml").write_text("[target]\ndbs = 1\n")
    assert "unknown setting target.dbs" in snap("capture", "c2", "--json").error["message"]


def test_without_a_database_nothing_is_guessed(snap):
    ran = snap("capture", "c1")
    assert ran.code == 2
    assert "no database was named" in ran.err
    ran = snap("capture", "c1", "--db", "postgresql://me:hunter2@127.0.0.1:1/x")
    assert ran.code == 6
    assert "hunter2" not in ran.out + ran.err
    assert "is Postgres running there?" in ran.err
