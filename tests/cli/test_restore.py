"""Test snap restore and snap db against a real Postgres."""

import pytest

from snap_cli.db.psql import split_database
from snap_cli.forms.databases import RestoreForm, StartForm
from tests.cases import toy
from tests.postgres import embedded_home, execute, fresh_databases


@pytest.fixture(scope="module")
def home():
    from snap_restorer import Embedded

    with embedded_home() as folder:
        yield folder
        Embedded(home=folder).stop()


@pytest.fixture
def local(snap, home):
    """Return `snap` with an embedded Postgres for this test only."""
    return lambda *arguments, **env: snap(*arguments, SNAP_DATA_DIR=str(home), **env)


@pytest.fixture
def empty(home):
    """Yield a function that returns the URL of an empty database."""
    from snap_restorer import Embedded

    with fresh_databases(Embedded(home=home).start()) as fresh:
        yield fresh


@pytest.mark.slow
def test_restore_without_db_starts_a_postgres_and_says_how_to_connect(local, v1):
    ran = local("restore", "v1")
    assert ran.code == 0, ran.err
    assert "restored v1: 30 rows in 2 tables, schema created, full verified" in ran.out
    assert "snap db psql v1" in ran.out
    assert local("db", "psql", "v1", "--", "-Atc", "SELECT count(*) FROM crew").out == "10\n"
    url = local("db", "url", "v1").out.strip()
    assert execute(url, 'SELECT count(*) FROM ship."Log book"') == [(20,)]
    assert local("db", "url", "v1", "--json").document == {"url": url}
    assert "look at it" not in local("restore", "v1", "--mode", "sync").out


def test_the_json_of_a_restore(local, v1, empty):
    url = empty()
    document = local("restore", "v1", "--db", url, "--json").document
    assert document.keys() == RestoreForm.__annotations__.keys() - {"plan"}
    assert document["mode"] == "replace"
    assert document["schema_created"] is True
    assert document["verified"] == "full"
    assert document["conflicts"] == []
    crew = document["tables"][0]
    assert crew.pop("seconds") >= 0
    assert crew == {
        "name": "crew",
        "rows": 10,
        "inserted": 10,
        "updated": 0,
        "deleted": 0,
        "unchanged": 0,
        "skipped": 0,
    }
    again = local("restore", "v1", "--json", SNAP_DB_URL=url).document
    assert again["schema_created"] is False
    assert again["tables"][0]["deleted"] == 10


@pytest.mark.parametrize("command", [("health", "--version", "v1"), ("backup",)])
def test_a_database_that_the_embedded_postgres_lacks_is_made_by_a_restore(local, v1, command):
    ran = local(*command)
    assert ran.code == 6
    assert ran.err.splitlines()[-2:] == [
        "error: the embedded Postgres has no database worldchef yet",
        "hint: run: snap restore VERSION",
    ]


def test_a_dry_run_changes_nothing(local, v1, empty):
    url = empty()
    ran = local("restore", "v1", "--db", url, "--dry-run")
    assert ran.code == 0
    assert "would restore v1" in local("restore", "v1", "--db", url, "--dry-run", "--quiet").out
    assert "would restore v1: 30 rows in 2 tables, with its schema, about 0.20 s" in ran.out
    assert "would lock: ACCESS EXCLUSIVE on these tables, until the commit: one transaction" in ran.out
    plan = local("restore", "v1", "--db", url, "--dry-run", "--jobs", "2", "--json").document["plan"]
    assert [(t["name"], t["rows"], t["kept"], t["rebuilt"]) for t in plan["tables"]] == [
        ("crew", 10, 2, 0),
        ("ship.Log book", 20, 1, 1),
    ]
    assert execute(url, "SELECT to_regclass('crew') IS NULL") == [(True,)]


def test_a_dry_run_of_a_clone_says_what_would_be(local, v1, empty):
    ran = local("restore", "v1", "--db", empty(), "--clone", "--dry-run", "--as-of", "2026-11-24")
    assert ran.code == 0, ran.err
    assert "would restore v1 as a clone: 30 rows in 2 tables, " in ran.out
    assert "\nwould move dates 2 days ahead, from 2026-11-22 to 2026-11-24\n" in ran.out
    assert "nothing was changed" in ran.out
    assert "\nrestored" not in ran.out


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["replace", "missing", "sync"])
def test_moved_dates_are_told(local, v1, empty, mode):
    url = empty()
    ran = local("restore", "v1", "--db", url, "--mode", mode, "--as-of", "2026-11-24")
    assert "\nmoved dates 2 days ahead, from 2026-11-22 to 2026-11-24\n" in ran.out
    again = local("restore", "v1", "--db", url, "--mode", mode, "--json").document
    assert again["shift_days"] == (0 if mode == "replace" else 2)
    assert again["as_of"] == {"snapshot": "2026-11-22", "database": f"2026-11-{22 + again['shift_days']}"}
    assert "dates" not in local("restore", "v1", "--db", url).out


def test_today_is_a_day_and_one_of_another_century_is_refused(local, v1, empty):
    url = empty()
    assert local("restore", "v1", "--db", url, "--as-of", "today", "--dry-run").code == 0
    for day in ("1826-11-01", "9999-12-31"):
        ran = local("restore", "v1", "--db", url, "--as-of", day)
        assert ran.code == 2
        assert f"v1 is as of 2026-11-22, and {day} is " in ran.err
        assert "--as-of" in ran.err


@pytest.mark.slow
def test_a_diff_alone_is_with_the_embedded_postgres_where_it_runs(local, v1, home):
    from snap_restorer import Embedded

    server = Embedded(home=home)
    server.start()
    server.ensure_database("worldchef")
    url = server.url("worldchef")
    toy.publish(v1, "v2", rows=12)
    assert "comparing v1 with v2, the newest snapshots" in local("diff").err
    assert local("restore", "v1", "--db", url).code == 0
    ran = local("diff")
    assert ran.code == 0
    assert "note: comparing v1 with postgresql://" in ran.err
    assert ran.out.startswith("v1 and postgresql://")


@pytest.mark.slow
def test_rows_of_others_are_guarded(local, v1, empty):
    url = empty()
    execute(url, toy.SQL + "INSERT INTO crew VALUES (gen_random_uuid(), 'mine', NULL, NULL, now(), NULL, NULL, NULL)")
    ran = local("restore", "v1", "--db", url, "--json")
    assert ran.code == 5
    assert ran.error["kind"] == "target"
    assert execute(url, "SELECT name FROM crew") == [("mine",)]
    assert local("restore", "v1", "--db", url, "--yes").code == 0


@pytest.mark.slow
def test_skipped_rows_stand_together_by_cause(local, v1, empty):
    url = empty()
    execute(url, toy.SQL)
    for number in range(3):
        execute(url, f"INSERT INTO crew (id, name, joined) VALUES (gen_random_uuid(), 'Zoë {number}', now())")
    asked = ("restore", "v1", "--db", url, "--mode", "missing", "--dry-run")
    document = local(*asked, "--json").document
    taken, parent = "crew_name_key (name) is taken by another row", "parent not there: public.crew (author)"
    assert document["causes"] == [
        {"table": "crew", "cause": taken, "rows": 3},
        {"table": "ship.Log book", "cause": parent, "rows": 5},
    ]
    assert len(document["conflicts"]) == 8
    lines = local(*asked).out.splitlines()
    assert f"would skip 3 rows of crew: {taken}" in lines
    headed = lines.index(f"would skip 5 rows of ship.Log book: {parent}")
    assert lines[headed + 1] == "  1 = (00000000-0000-0000-0000-000000000001)"


def test_columns_that_are_missing_stand_together_and_are_all_in_json(local, v1, empty):
    url = empty()
    gone = ("pay", "watch", "facts", "tags")
    execute(url, f"{toy.SQL}; ALTER TABLE crew {', '.join(f'DROP {name}' for name in gone)}")
    ran = local("restore", "v1", "--db", url, "--json")
    assert ran.error["reasons"] == [f"column crew.{name} is missing from its table" for name in gone]
    shown = "  - is missing from its table: column crew.pay, column crew.watch, column crew.facts and 1 more\n"
    assert shown in local("restore", "v1", "--db", url).err


def test_a_flipped_byte_is_refused_before_postgres_is_touched(snap, v1, project, tmp_path):
    path = next((project / "snapshots" / "v1" / "crew").iterdir())
    data = bytearray(path.read_bytes())
    data[40] ^= 1
    path.write_bytes(data)
    ran = snap("restore", "v1", SNAP_DATA_DIR=str(tmp_path / "none"))
    assert ran.code == 3
    hint = "restore snapshots/v1 from version control, or build it again; to replace it, run: snap build v1 --force"
    assert f"hint: {hint}" in ran.err
    assert not (tmp_path / "none").exists()
    assert snap("restore", "v1", "--db", "postgresql://localhost:1/x").code == 3


def test_a_server_that_is_not_there_is_a_service_error_without_the_password(snap, v1):
    ran = snap("restore", "v1", "--db", "postgresql://me:hunter2@127.0.0.1:1/x")
    assert ran.code == 6
    assert "hunter2" not in ran.out + ran.err
    assert "postgresql://me@127.0.0.1:1/x" in ran.err


@pytest.mark.slow
def test_a_restore_never_reads_the_database_of_snap_toml_and_says_so(local, v1, project, empty):
    (project / "snap.toml").write_text('[target]\ndb = "env:STAGING"\n')
    url = empty()
    ran = local("restore", "v1", STAGING=url)
    assert ran.code == 0, ran.err
    assert (
        "this command does not use the database of [target] in snap.toml: give its URL, or set $SNAP_DB_URL" in ran.err
    )
    assert execute(url, "SELECT to_regclass('crew') IS NULL") == [(True,)]
    assert ran.err.count("warning") == 1
    assert "does not use the database" not in local("restore", "v1", "--db", url, STAGING=url).err
    (project / "snap.toml").write_text('[target]\ndb = "no secret"\n')
    assert local("restore", "v1", "--db", url).code == 0


def test_db_start_and_stop(local, home):
    document = local("db", "start", "--json").document
    assert document.keys() == StartForm.__annotations__.keys()
    assert "runs on port" in local("db", "start").out
    assert local("db", "stop", "--json").document["stopped"] is True
    assert local("db", "stop").out == "it did not run\n"
    ran = local("db", "url")
    assert ran.code == 6
    assert "hint: run: snap db start" in ran.err


def test_a_psql_that_fails_exits_6(local):
    local("db", "start")
    ran = local("db", "psql", "postgres", "--", "-c", "nonsense")
    assert ran.code == 6
    assert "error: psql ended with 1" in ran.err


def test_options_of_psql_before_two_hyphens_are_explained(local):
    ran = local("db", "psql", "-c", "SELECT 1")
    assert ran.code == 2
    assert "error: no such option: -c" in ran.err
    assert "hint: options of psql come after two hyphens: snap db psql -- -c 'SELECT 1'" in ran.err


def test_psql_gives_no_json(local):
    assert local("db", "psql", "--json").error["message"] == "psql prints no JSON"


def test_the_database_is_told_from_psqls_own_arguments():
    assert split_database([]) == (None, ())
    assert split_database(["-c", "x"]) == (None, ("-c", "x"))
    assert split_database(["other", "-c", "x"]) == ("other", ("-c", "x"))


def test_no_postgres_at_all_is_a_service_error(snap, v1, monkeypatch):
    ran = snap("restore", "v1", SNAP_PG_BIN="/nowhere")
    assert ran.code == 6
    assert "$SNAP_PG_BIN is /nowhere" in ran.err


@pytest.mark.slow
def test_a_restore_says_to_which_running_server_it_attaches(local, v1):
    local("db", "stop")
    assert "attached" not in local("restore", "v1").err
    port = local("db", "status", "--json").document["port"]
    assert (
        f"note: attached to the embedded Postgres that runs on port {port}, its data in " in local("restore", "v1").err
    )
    assert local("restore", "v1", "--quiet").err == ""
