"""Test snap backup against a real Postgres."""

import hashlib
import json

import psycopg
import pytest

from snap_restorer import Target
from snap_restorer.pg import journal
from tests.postgres import execute, name_of


@pytest.fixture
def small(database):
    execute(database, "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 100)")
    return database


@pytest.mark.slow
def test_a_backup_is_made_listed_put_back_and_pruned(snap, small, project):
    created = snap("backup", "--db", small, "--json")
    assert created.code == 0, created.err
    assert created.document.keys() == {"id", "db", "place", "copies", "bytes", "dumped_bytes", "seconds"}
    one = created.document["id"]
    assert created.document["place"] == str(project / "backups")
    assert (project / "backups" / f"{one}.dump.zst").is_file()
    listed = snap("backup", "list", "--json").document
    (shown,) = listed["backups"]
    assert shown.keys() == {"id", "started", "bytes", "db", "version", "pg_dump", "safety"}
    assert (shown["pg_dump"], shown["safety"]) == (18, False)
    assert shown["id"] == one
    assert one in snap("backup", "list").out
    execute(small, "DELETE FROM t")
    refused = snap("backup", "restore", "latest", "--db", small, "--json")
    assert refused.code == 2
    assert "needs a confirmation" in refused.error["message"]
    done = snap("backup", "restore", one[:20], "--db", small, "--yes", "--json")
    assert done.code == 0, done.out
    assert done.document["tables"] == [{"name": "t", "rows": 100}]
    assert done.document["lost"] == []
    assert execute(small, "SELECT count(*) FROM t") == [(100,)]
    assert snap("backup", "prune", "--json").document.items() >= {"removed": [], "kept": 2}.items()
    assert "2 backups kept" in snap("backup", "prune").out


@pytest.mark.slow
def test_a_copy_that_is_not_complete_is_an_error_of_the_command(snap, small, project):
    (project / "snap.toml").write_text('[[backup.copies]]\nto = "second"\n')
    assert snap("backup", "--db", small, "--json").document["copies"] == [str(project / "second")]
    (project / "snap.toml").write_text('[[backup.copies]]\nto = "snap.toml"\n')
    execute(small, "DELETE FROM t WHERE id = 1")  # else both would be one, within one second
    ran = snap("backup", "--db", small, "--json")
    assert ran.code == 6
    assert f"the copy in {project / 'snap.toml'} is not complete" in ran.error["message"]
    assert len(snap("backup", "list", "--json").document["backups"]) == 2


@pytest.mark.slow
def test_what_is_there_is_backed_up_before_it_is_replaced(snap, small):
    assert snap("backup", "--db", small).code == 0
    execute(small, "DELETE FROM t; INSERT INTO t VALUES (-1)")
    done = snap("backup", "restore", "latest", "--db", small, "--yes", "--json").document
    assert [one["safety"] for one in snap("backup", "list", "--json").document["backups"]] == [False, True]
    assert "(safety backup)" in snap("backup", "list").out
    assert execute(small, "SELECT count(*) FROM t") == [(100,)]
    said = snap("backup", "restore", done["saved"], "--db", small, "--yes", "--no-backup")
    assert said.out.startswith(f"restored {done['saved']}: ")
    assert execute(small, "SELECT id FROM t") == [(-1,)]
    # A safety backup is never the latest.
    assert (
        snap("backup", "restore", "latest", "--db", small, "--yes", "--no-backup", "--json").document["saved"] is None
    )
    assert execute(small, "SELECT count(*) FROM t") == [(100,)]


@pytest.mark.slow
def test_where_nothing_is_there_nothing_is_backed_up_first(snap, databases):
    old = databases()
    execute(old, "CREATE SCHEMA app; CREATE TABLE app.t (id int); DROP SCHEMA public CASCADE")
    assert snap("backup", "--db", old).code == 0
    execute(old, "DROP SCHEMA app CASCADE")
    done = snap("backup", "restore", "latest", "--db", old, "--yes", "--json")
    assert done.code == 0, done.err
    assert done.document["saved"] is None


@pytest.mark.slow
def test_what_cannot_be_backed_up_first_is_not_replaced(snap, small):
    one = snap("backup", "--db", small, "--json").document["id"]
    execute(small, "INSERT INTO t VALUES (-1)")
    with psycopg.connect(small) as other:
        other.execute("LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
        refused = snap("backup", "restore", one, "--db", small, "--yes", "--json")
    assert refused.code == 5
    assert "the data that is there now cannot be backed up first" in refused.error["message"]
    assert "--no-backup" in refused.error["hint"]
    assert execute(small, "SELECT count(*) FROM t") == [(101,)]


@pytest.mark.slow
def test_the_latest_is_of_the_database_itself_and_another_one_s_comes_by_its_id_and_a_flag(snap, databases):
    own, other, empty = databases(), databases(), databases()
    for number, url in enumerate((own, other), 1):
        execute(url, f"CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES ({number})")
    assert snap("backup", "--db", own).code == 0
    foreign = snap("backup", "--db", other, "--json").document
    execute(own, "DELETE FROM t")
    assert snap("backup", "restore", "latest", "--db", own, "--yes").code == 0
    assert execute(own, "SELECT id FROM t") == [(1,)]
    for words in (("latest",), (foreign["id"],), ("latest", "--foreign")):
        refused = snap("backup", "restore", *words, "--db", empty, "--yes", "--json")
        assert refused.code in {3, 5}
        assert foreign["db"] in refused.error["message"]
        assert "--foreign" in refused.error["hint"]
        assert execute(empty, "SELECT to_regclass('t')") == [(None,)]
    assert snap("backup", "restore", foreign["id"], "--db", empty, "--yes", "--foreign").code == 0
    assert execute(empty, "SELECT id FROM t") == [(2,)]


@pytest.mark.slow
def test_a_database_that_was_made_anew_is_the_same_one(snap, small):
    one = snap("backup", "--db", small, "--json").document["id"]
    name, admin = name_of(small), Target(small).at("postgres").conninfo
    execute(admin, f'DROP DATABASE "{name}" WITH (FORCE)')
    execute(admin, f'CREATE DATABASE "{name}"')
    ran = snap("backup", "restore", "latest", "--db", small, "--yes", "--json")
    assert (ran.code, ran.document["id"]) == (0, one)


@pytest.mark.slow
def test_a_database_is_known_by_each_of_its_addresses(snap, small, session_port):
    assert snap("backup", "--db", small).code == 0
    pooled = f"host=127.0.0.1 port={session_port} user=postgres dbname='{name_of(small)}'"
    assert snap("backup", "restore", "latest", "--db", pooled, "--yes").code == 0


@pytest.mark.slow
def test_a_record_from_before_is_told_by_its_address(snap, small, databases, project):
    made = snap("backup", "--db", small, "--json").document
    record = project / "backups" / f"{made['id']}.json"
    plain = json.loads(record.read_text())
    del plain["identity"], plain["seal"]
    plain["seal"] = hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()
    record.write_text(json.dumps(plain))
    assert snap("backup", "restore", "latest", "--db", databases(), "--yes").code == 3
    assert snap("backup", "restore", "latest", "--db", small, "--yes").code == 0


@pytest.mark.slow
@pytest.mark.parametrize("words", [("backup",), ("backup", "create")])
def test_plain_backup_creates_one_and_says_what_is_in_it(snap, small, words):
    ran = snap(*words, "--db", small)
    assert ran.code == 0, ran.err
    assert "100 rows in 1 table" in ran.out
    assert "read back" in ran.out
    assert snap("backup", "restore", "latest", "--db", small, "-y").out.startswith("restored 2")


@pytest.mark.slow
def test_options_may_stand_before_the_word(snap, small):
    assert snap("backup", "--db", small).code == 0
    (shown,) = snap("backup", "--json", "list").document["backups"]
    assert snap("backup", "--root", ".", "list").out.count(shown["id"]) == 1
    execute(small, "DELETE FROM t")
    assert f"restored {shown['id']}: " in snap("backup", "-y", "--db", small, "restore", shown["id"]).out
    assert execute(small, "SELECT count(*) FROM t") == [(100,)]
    ran = snap("backup", "--json", "--", "list")
    assert (ran.code, ran.error["kind"]) == (2, "usage")


def test_the_help_of_the_group_says_what_it_does_alone(snap):
    assert "snap backup [OPTIONS] is snap backup create" in snap("backup", "--help").out
    commands = snap("--help").out.split("Commands:")[1].split("Example:")[0].strip().splitlines()
    names = [line.split()[0] for line in commands]
    assert names[-6:] == ["backup", "nightly", "db", "schema", "completion", "help"]
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


@pytest.mark.slow
def test_a_backup_is_proved_in_a_scratch_database(snap, small):
    assert snap("backup", "--db", small).code == 0
    ran = snap("backup", "drill", "--db", small, "--json")
    assert ran.code == 0, ran.err
    assert "snap_scratch" not in ran.out
    assert {table["name"]: table["rows"] for table in ran.document["tables"]} == {"t": 100}
    ran = snap("backup", "drill", "latest", "--db", small)
    assert "can be restored: 100 rows in 1 table" in ran.out
    assert snap("backup", "drill", "nosuch", "--db", small).code == 3


@pytest.mark.slow
def test_snap_toml_names_the_database_the_place_and_who_may_be_replaced(snap, small, project):
    (project / "snap.toml").write_text(
        '[target]\ndb = "env:STAGING"\nallowed = ["local/*", "127.0.0.1/*"]\n[backup]\nto = "kept"\nkeep_days = 3\n'
    )
    assert snap("backup", STAGING=small).code == 0
    assert len(list((project / "kept").glob("2*"))) == 2
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
        ('[backup]\nto = "gs://x"\n', "neither a folder nor s3://"),
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
    assert "unexpected argument x" in snap("backup", "list", "x", "--json").error["message"]
    assert "missing argument 'ID'" in snap("backup", "restore", "--json").error["message"]
    assert "no such option: --lose" in snap("backup", "create", "--lose", "--json").error["message"]
    assert snap("backup", "keep", "--json").code == 2


def test_a_server_that_is_not_there_exits_6_without_the_password(snap, project):
    ran = snap("backup", "--db", "postgresql://me:hunter2@127.0.0.1:1/x", "--json")
    assert ran.code == 6
    assert "hunter2" not in ran.out + ran.err


@pytest.mark.slow
def test_a_person_is_asked(terminal, small, project):
    assert terminal("backup", "--db", small).code == 0
    execute(small, "DELETE FROM t")
    said = terminal("backup", "restore", "latest", "--db", small, types="n\n")
    assert "stays as it is" in said.out
    question = " ".join(said.out.split())
    assert question.count(f"/{name_of(small).replace(' ', '%20')}") == 2  # whose backup it is, and where it goes
    assert "and replace its schemas public? [y/N]" in question
    assert execute(small, "SELECT count(*) FROM t") == [(0,)]
    said = terminal("backup", "restore", "latest", "--db", small, types="y\n")
    assert said.code == 0, said.out
    assert execute(small, "SELECT count(*) FROM t") == [(100,)]


@pytest.mark.slow
def test_one_backup_is_removed_by_its_id_and_its_copies_stay(snap, terminal, small, project):
    (project / "snap.toml").write_text('[[backup.copies]]\nto = "second"\n')
    one = snap("backup", "--db", small, "--json").document["id"]
    execute(small, "DELETE FROM t WHERE id = 1")
    two = snap("backup", "--db", small, "--json").document["id"]
    refused = snap("backup", "rm", one)
    assert refused.code == 2
    assert "hint: add --yes" in refused.err
    assert f"kept {one}" in terminal("backup", "rm", one, types="n\n").out
    ran = snap("backup", "rm", one, "--yes")
    assert ran.code == 0
    assert ran.out == f"removed {one}\n"
    assert f"note: its copies stay in {project / 'second'}" in ran.err
    assert [each["id"] for each in snap("backup", "list", "--json").document["backups"]] == [two]
    assert not (project / "backups" / f"{one}.dump.zst").exists()
    assert (project / "second" / f"{one}.dump.zst").exists()
    assert snap("backup", "rm", two, "--yes", "--json").document.items() >= {"id": two, "removed": True}.items()


@pytest.mark.slow
def test_a_backup_to_remove_is_named_and_is_there(snap, small):
    one = snap("backup", "--db", small, "--json").document["id"]
    for words, code, said in (
        ("latest", 2, "latest does not name one backup: each new backup changes it"),
        ("19990101", 3, "there is no backup '19990101'"),
    ):
        ran = snap("backup", "rm", words, "--yes")
        assert ran.code == code
        assert said in ran.err
    assert [each["id"] for each in snap("backup", "list", "--json").document["backups"]] == [one]


@pytest.mark.slow
def test_a_backup_that_an_unended_night_needs_stays(snap, small, project):
    one = snap("backup", "--db", small, "--json").document["id"]
    (project / "snap.toml").write_text('[target]\ndb = "env:STAGING"\n')
    night = journal.take(Target(small), holder="h", token="t", lease_s=60)
    assert journal.touch(Target(small), night, "t", one)
    ran = snap("backup", "rm", one, "--yes", STAGING=small)
    assert ran.code == 5
    assert f"is unfinished, and needs backup {one} to put postgresql://" in ran.err
    assert "hint: run: snap nightly repair" in ran.err
    assert journal.settle(Target(small), night, "t")
    for where in ({"STAGING": "postgresql://me:hunter2@127.0.0.1:1/x"}, {}):
        ran = snap("backup", "rm", one, **where)
        assert ran.code == 2
        assert f"warning: cannot tell whether an unfinished night needs backup {one}: " in ran.err
        assert "hint: add --yes" in ran.err
        assert "hunter2" not in ran.err
    assert snap("backup", "rm", one, "--yes", STAGING=small).code == 0
