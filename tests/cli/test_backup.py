"""snap backup, against a real Postgres."""

import pytest

from tests.postgres import execute


@pytest.fixture
def small(database):
    execute(database, "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 100)")
    return database


def test_a_backup_is_made_listed_put_back_and_pruned(snap, small, project):
    created = snap("backup", "--db", small, "--json")
    assert created.code == 0, created.err
    assert created.document.keys() == {"id", "db", "place", "bytes", "dumped_bytes", "seconds"}
    one = created.document["id"]
    assert created.document["place"] == str(project / "backups")
    assert (project / "backups" / f"{one}.dump.zst").is_file()
    listed = snap("backup", "list", "--json").document
    (shown,) = listed["backups"]
    assert shown.keys() == {"id", "started", "bytes", "db", "version"}
    assert shown["id"] == one
    assert one in snap("backup", "list").out
    execute(small, "DELETE FROM t")
    refused = snap("backup", "restore", "latest", "--db", small, "--json")
    assert refused.code == 2
    assert "wants a yes" in refused.error["message"]
    done = snap("backup", "restore", one[:20], "--db", small, "--yes", "--json")
    assert done.code == 0, done.out
    assert done.document["tables"] == [{"name": "t", "rows": 100}]
    assert done.document["lost"] == []
    assert execute(small, "SELECT count(*) FROM t") == [(100,)]
    assert snap("backup", "prune", "--json").document.items() >= {"removed": [], "kept": 1}.items()
    assert "1 backup kept" in snap("backup", "prune").out


@pytest.mark.parametrize("words", [("backup",), ("backup", "create")])
def test_plain_backup_creates_one_and_says_what_is_in_it(snap, small, words):
    ran = snap(*words, "--db", small)
    assert ran.code == 0, ran.err
    assert "100 rows in 1 table" in ran.out
    assert "read back" in ran.out
    assert "put back" in snap("backup", "restore", "latest", "--db", small, "-y").out


def test_options_may_stand_before_the_word(snap, small):
    assert snap("backup", "--db", small).code == 0
    (shown,) = snap("backup", "--json", "list").document["backups"]
    assert snap("backup", "--root", ".", "list").out.count(shown["id"]) == 1
    execute(small, "DELETE FROM t")
    assert "put back" in snap("backup", "-y", "--db", small, "restore", shown["id"]).out
    assert execute(small, "SELECT count(*) FROM t") == [(100,)]
    ran = snap("backup", "--json", "--", "list")
    assert (ran.code, ran.error["kind"]) == (2, "usage")


def test_the_help_of_the_group_says_what_it_does_alone(snap):
    assert "snap backup [OPTIONS] is snap backup create" in snap("backup", "--help").out
    commands = snap("--help").out.split("Commands:")[1].split("Example:")[0].strip().splitlines()
    assert [line.split()[0] for line in commands][-3:] == ["backup", "nightly", "db"]
    assert not any(line.endswith("...") for line in commands)


def test_no_backup_yet(snap, project):
    assert "there is no backup" in snap("backup", "list").out
    assert snap("backup", "list", "--json").document == {"backups": []}
    ran = snap("backup", "restore", "latest", "--db", "postgresql://localhost:1/x", "--json")
    assert ran.code == 3
    assert not (project / "backups").exists()


def test_a_corrupt_backup_exits_3_and_touches_nothing(snap, small, project):
    one = snap("backup", "--db", small, "--json").document["id"]
    path = project / "backups" / f"{one}.dump.zst"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    execute(small, "DELETE FROM t")
    ran = snap("backup", "restore", one, "--db", small, "--yes", "--json")
    assert ran.code == 3
    assert execute(small, "SELECT count(*) FROM t") == [(0,)]
    (project / "backups" / f"{one}.json").write_text("{}")
    ran = snap("backup", "list", "--json")
    assert ran.code == 3
    assert ran.document["backups"] == []


def test_snap_toml_names_the_database_the_place_and_who_may_be_replaced(snap, small, project):
    (project / "snap.toml").write_text(
        '[target]\ndb = "env:STAGING"\nallowed = ["local/*", "127.0.0.1/*"]\n[backup]\nto = "kept"\nkeep_days = 3\n'
    )
    assert snap("backup", STAGING=small).code == 0
    assert len(list((project / "kept").iterdir())) == 2
    ran = snap("backup", "restore", "latest", STAGING=small)
    assert ran.code == 0, ran.err
    (project / "snap.toml").write_text('[target]\ndb = "env:STAGING"\nprotected = ["*/*"]\n[backup]\nto = "kept"\n')
    ran = snap("backup", "restore", "latest", "--yes", "--json", STAGING=small)
    assert ran.code == 5
    assert "is protected" in ran.error["message"]
    ran = snap("backup", "--json")
    assert ran.code == 2
    assert "$STAGING is not set" in ran.error["message"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[backup]\nkept = 3\n", "unknown setting backup.kept"),
        ("[backup]\nkeep_days = 0\n", "keep_days in [backup] is 0"),
        ('[backup]\nto = "gs://x"\n', "neither to a folder nor to s3://"),
        ('[backup]\nto = "s3://x"\naccess_key = "AKIA"\n', "backup.access_key is not written as env:NAME"),
        ('[target]\ndb = "postgresql://me:hunter2@h/x"\n', "target.db is not written as env:NAME"),
    ],
)
def test_settings_that_make_no_sense_exit_2(snap, project, text, message):
    (project / "snap.toml").write_text(text)
    ran = snap("backup", "--json")
    assert ran.code == 2, ran.out
    assert message in ran.error["message"]
    assert "hunter2" not in ran.out


def test_arguments_that_make_no_sense_exit_2(snap, project):
    assert "unexpected extra argument(s) (x)" in snap("backup", "list", "x", "--json").error["message"]
    assert "missing argument 'ID'" in snap("backup", "restore", "--json").error["message"]
    assert "no such option: --lose" in snap("backup", "create", "--lose", "--json").error["message"]
    assert snap("backup", "keep", "--json").code == 2


def test_a_server_that_is_not_there_exits_6_without_the_password(snap, project):
    ran = snap("backup", "--db", "postgresql://me:hunter2@127.0.0.1:1/x", "--json")
    assert ran.code == 6
    assert "hunter2" not in ran.out + ran.err


def test_a_person_is_asked(terminal, small, project):
    assert terminal("backup", "--db", small).code == 0
    execute(small, "DELETE FROM t")
    said = terminal("backup", "restore", "latest", "--db", small, types="n\n")
    assert "stays as it is" in said.out
    assert execute(small, "SELECT count(*) FROM t") == [(0,)]
    said = terminal("backup", "restore", "latest", "--db", small, types="y\n")
    assert said.code == 0, said.out
    assert execute(small, "SELECT count(*) FROM t") == [(100,)]
