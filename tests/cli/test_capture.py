"""Test snap capture against a real Postgres."""

import pytest

from snap.units import size
from snap_cli.forms.snapshots import CaptureForm
from tests.cases import toy
from tests.git import untracked
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


@pytest.mark.slow
def test_a_capture_is_a_version_like_any_other(snap, store, full, databases):
    ran = snap("capture", "c1", "--db", full)
    assert ran.code == 0, ran.err
    assert "captured c1 from postgresql://postgres@127.0.0.1:" in ran.out
    manifest = store.resolve("c1").manifest
    assert f"checks passed, {size(manifest.estimated_db_bytes)} in Postgres, " in ran.out
    (total,) = (line for line in ran.out.splitlines() if line.startswith("total"))
    assert total.endswith(size(sum(file.bytes for data in manifest.tables for file in data.files)))
    assert ran.err.splitlines()[0] == "warning: real data were copied into snapshots/c1, which git ignores"
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
    assert document.keys() == CaptureForm.__annotations__.keys()
    assert document["rows"] == [{"name": "crew", "rows": 2}, {"name": "ship.Log book", "rows": 1}]
    assert document["masked"] == ["crew.mood"]
    assert document["estimated_db_bytes"] > 8192
    assert all(finding["ok"] for finding in document["checks"])
    assert document["digest"] == snap("show", "c1", "--json").document["digest"]
    assert document["personal"] == []
    assert "real data were copied into snapshots/c1, which git ignores; masked columns: crew.mood" in ran.err


@pytest.mark.slow
def test_what_a_capture_carries_of_sequences_is_shown_and_is_no_difference(snap, database, databases):
    execute(database, "CREATE TABLE t (id serial); INSERT INTO t SELECT FROM generate_series(1, 3); CREATE SEQUENCE s")
    assert snap("capture", "c1", "--db", database).code == 0
    assert "sequences  2 positions, which a restore sets\n" in snap("show", "c1").out
    document = snap("show", "c1", "--json").document
    assert document["format"] == 2
    assert document["sequences"] == [
        {"schema": "public", "name": "s", "last_value": 1, "is_called": False},
        {"schema": "public", "name": "t_id_seq", "last_value": 3, "is_called": True},
    ]
    other = databases()
    assert snap("restore", "c1", "--db", other).code == 0
    execute(database, "SELECT nextval('s'), setval('t_id_seq', 90)")
    assert snap("capture", "c2", "--db", database).code == 0
    for differences in (
        snap("diff", "c1", "--db", database),
        snap("diff", "c1", "c2"),
        snap("diff", "c2", "--db", other),
    ):
        assert (differences.code, "are identical: 3 rows in 1 table" in differences.out) == (0, True)
    assert snap("restore", "c2", "--db", other, "--mode", "sync").code == 0
    assert execute(other, "SELECT nextval('s'), nextval('t_id_seq')") == [(2, 91)]


def test_a_capture_that_fails_does_not_say_that_data_were_copied(snap, full):
    for arguments in (("--db", "postgresql://me@127.0.0.1:1/x"), ("--db", full, "--mask", "crew.none")):
        ran = snap("capture", "c1", *arguments)
        assert ran.code in {2, 6}
        assert "real data" not in ran.err


@pytest.mark.slow
def test_columns_that_look_personal_are_named_unless_they_are_masked(snap, database):
    execute(database, 'CREATE TABLE users (id int PRIMARY KEY, email text, phone text, born date, "e.mail" text)')
    ran = snap("capture", "c1", "--db", database, "--mask", "public.users.phone")
    assert (
        "warning: these columns look personal and are not masked: users.email (e-mail), users.born (birth date), "
        'users."e.mail" (e-mail); --mask TABLE.COLUMN masks one'
    ) in ran.err.splitlines()
    assert snap("capture", "c2", "--db", database, "--mask", "users.email", "--json").document["personal"] == [
        {"column": "users.phone", "kind": "phone", "unmaskable": None},
        {"column": "users.born", "kind": "birth date", "unmaskable": None},
        {"column": 'users."e.mail"', "kind": "e-mail", "unmaskable": None},
    ]
    masks = ("--mask", "users.email", "--mask", "users.phone", "--mask", "users.born", "--mask", 'users."e.mail"')
    assert "look personal" not in snap("capture", "c3", "--db", database, *masks).err


@pytest.mark.slow
def test_a_column_that_cannot_be_masked_is_named_with_what_to_do_instead(snap, database):
    execute(
        database,
        "CREATE TABLE users (given text, family text, born date NOT NULL, "
        "full_name text GENERATED ALWAYS AS (given || family) STORED, phone text GENERATED ALWAYS AS ('-') STORED)",
    )
    ran = snap("capture", "c1", "--db", database, "--mask", "users.given")
    assert ran.err.splitlines()[1:] == [
        "warning: these columns look personal, and --mask cannot mask them: "
        "users.born (birth date): the column is date NOT NULL, and only text and uuid have pseudonyms; allow NULL in "
        "the column; users.full_name (name): the column is generated, so no snapshot holds it; mask the columns from "
        "which it is computed: family, given"
    ]
    masks = ("--mask", "users.given", "--mask", "users.family")
    (left,) = snap("capture", "c2", "--db", database, *masks, "--json").document["personal"]
    assert (left["column"], left["unmaskable"].partition(";")[2]) == ("users.born", " allow NULL in the column")


@pytest.mark.slow
def test_git_ignores_a_capture_and_no_other_version(snap, full, project):
    assert snap("capture", "c1", "--db", full).code == 0
    assert untracked(project) == []
    assert snap("build", "v1", "--dataset", "toy").code == 0
    assert untracked(project) == ["manifests/v1.json", "snapshots/v1"]
    assert snap("rm", "c1", "--yes").code == 0
    assert snap("build", "c1", "--dataset", "toy").code == 0
    assert untracked(project) == ["manifests/c1.json", "manifests/v1.json", "snapshots/c1", "snapshots/v1"]
    assert not (project / "manifests" / ".gitignore").exists()


@pytest.mark.slow
def test_lines_of_others_in_gitignore_stay(snap, full, project):
    ignored = project / "manifests" / ".gitignore"
    ignored.write_text("/mine")
    assert snap("capture", "c1", "--db", full).code == 0
    assert ignored.read_text() == "/mine\n/c1.json\n"
    assert snap("rm", "c1", "--yes").code == 0
    assert ignored.read_text() == "/mine\n"


@pytest.mark.slow
def test_a_link_in_the_place_of_gitignore_is_refused(snap, full, project, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "file"
    elsewhere.write_text("theirs")
    (project / "manifests" / ".gitignore").symlink_to(elsewhere)
    ran = snap("capture", "c1", "--db", full)
    assert ran.code == 3
    assert "error: manifests/.gitignore cannot be opened: it is a link\nhint: remove it\n" in ran.err
    assert elsewhere.read_text() == "theirs"


@pytest.mark.slow
def test_tables_are_chosen_by_patterns(snap, full):
    assert [t["name"] for t in snap("capture", "c1", "--db", full, "--table", "cr*", "--json").document["rows"]] == [
        "crew"
    ]
    rest = snap("capture", "c2", "--exclude", "ship.*", "--json", SNAP_DB_URL=full).document["rows"]
    assert [t["name"] for t in rest] == ["crew"]
    ran = snap("capture", "c3", "--db", full, "--table", "none", "--json")
    assert ran.code == 2
    assert ran.error["message"] == "pattern none matches no table"


@pytest.mark.slow
def test_a_capture_cannot_be_built_again_nor_replaced(snap, full):
    assert snap("capture", "c1", "--db", full).code == 0
    for command in (("build", "c1"), ("capture", "c1", "--db", full)):
        ran = snap(*command, "--json")
        assert ran.code == 2, command
        assert ran.error["message"].startswith("c1 ")


@pytest.mark.slow
def test_pseudonyms_last_as_long_as_their_key(snap, full):
    digests = [
        snap("capture", f"c{i}", "--db", full, "--mask", "crew.name", "--json", **key).document["digest"]
        for i, key in enumerate(({}, {}, {"SNAP_MASK_KEY": "s"}, {"SNAP_MASK_KEY": "s"}))
    ]
    assert len(set(digests)) == 3
    assert digests[2] == digests[3]


@pytest.mark.slow
def test_a_capture_never_reads_the_database_of_snap_toml_and_says_so(snap, full, project):
    (project / "snap.toml").write_text('[target]\ndb = "env:STAGING"\n')
    ran = snap("capture", "c1", "--json", STAGING=full)
    assert ran.code == 2
    assert ran.error["message"] == "no database was named"
    assert (
        "this command does not use the database of [target] in snap.toml: "
        "give its URL, or set $SNAP_DB_URL; --db names the database" in ran.error["hint"]
    )
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
