"""Test exit codes, streams, and the form of errors."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from snap.version import __version__
from snap_cli.main import BUG_HINT, explain
from tests.cases import toy
from tests.cli.program import PROGRAM, environment, ran_in
from tests.params import few


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (("help", "lst"), "snap has no command 'lst'", "did you mean 'list'? the commands of snap are init, build, "),
        (("help", "backup", "made"), "snap backup has no command 'made'", "of snap backup are create, list, restore"),
        (("help", "list", "all"), "snap list has no subcommand 'all'", "run: snap help list"),
        (("backup", "help"), "no such command 'help'", "run: snap backup --help"),
        (("lst",), "no such command 'lst'", "did you mean 'list'? or run: snap --help"),
        (("list", "--jsn"), "no such option: --jsn", "did you mean --json? or run: snap list --help"),
        (("version",), "no such command 'version'", "hint: run: snap --version"),
        (("show",), "missing argument 'VERSION'", "run: snap show --help"),
        (("build", "v1", "--jobs", "x"), "invalid value for '--jobs': it is not an integer", "run: snap build --help"),
        (
            ("restore", "v1", "--mode", "merge"),
            "'merge' is not one of 'replace', ",
            "run: snap restore --help",
        ),
        (("build", "v1", "more"), "unexpected argument more", "run: snap build --help"),
        (
            ("show", "v1", "--html"),
            "option '--html' needs a value",
            "write --html FILE; run: snap show --help",
        ),
        (("restore", "--db"), "option '--db' needs a value", "write --db URL; run: snap restore --help"),
        (("backup", "create", "--db"), "option '--db' needs a value", "write --db URL; run: snap backup create --help"),
        (("show", "v1", "--shema"), "no such option: --shema", "did you mean --schema? or run: snap show --help"),
        (("diff", "v1", "--table", "crew"), "no such option: --table", "hint: run: snap diff --help"),
        (("restore", "v1", "--lock", "3"), "no such option: --lock", "did you mean --lock-timeout? or run: snap"),
        (("db", "psql", "select 1"), "'select 1' is not the name of a database", "snap db psql -- -c 'select 1'"),
        (("db", "psql", "\\dt"), "'\\\\dt' is not the name of a database", "snap db psql -- -c '\\dt'"),
        (("backup", "prune", "--keep", "3"), "no such option: --keep", "hint: run: snap backup prune --help"),
        (("restore", "v1", "--lock-timeout", "5s"), "'--lock-timeout': it is not a number", "run: snap restore --help"),
        (
            ("db",),
            "missing command",
            "the commands are start, stop, status, url, env, psql, reset, remove, allow; run: snap db --help",
        ),
        (("health", "v1"), "unexpected argument v1", "name a snapshot with --version VERSION"),
        (("show", "manifests/v1.json"), "is a path, not the name of a snapshot", "did you mean 'v1'?"),
        (("check", "snapshots/v1/"), "is a path, not the name of a snapshot", "did you mean 'v1'?"),
        (("diff", "v1.json", "v1"), "is a path, not the name of a snapshot", "did you mean 'v1'?"),
        (("diff", "v1", "--config", "no.toml"), "no.toml cannot be read: No such file", "name another file with"),
        (("capture", "c1"), "no database was named", "hint: name it, or set $SNAP_DB_URL; --db names the database"),
        (
            ("build", "v1", "--dataset", "toy", "--set", "crew=1", "--set", "crew=2"),
            "crew has two numbers of rows: 1 and 2",
            "keep one of them",
        ),
        (("show", "../v2"), "'../v2' is not a version name", "use letters, digits"),
        (("list", "--root", "nowhere"), "root nowhere is not a folder", "manifests/ and snapshots/"),
        (("build", "v1", "--dataset", "tyo"), "there is no dataset 'tyo'", "did you mean 'toy'? these are known:"),
        (("build", "v1", "--dataset", "toy", "--scale", "0"), "scale 0 is not above 0", "1/3"),
        (("build", "v1", "--dataset", "toy", "--scale", "a"), "'a' is not a scale", "1/3"),
        (
            ("build", "v1", "--dataset", "toy", "--scale", "1/90"),
            "the build would make no rows of",
            "larger scale; --scale X",
        ),
        (("build", "v1", "--dataset", "toy", "--profile", "poc"), "no profile 'poc'", "staging, large"),
        (
            ("build", "v1", "--dataset", "toy", "--set", "crew"),
            "'crew' is not TABLE=ROWS",
            "users=500; --set",
        ),
        (
            ("build", "v1", "--dataset", "toy", "--set", "crew=-1"),
            "'crew=-1' is not TABLE=ROWS",
            "users=500; --set",
        ),
        (
            ("build", "v1", "--dataset", "toy", "--set", "ship=1"),
            "no table 'ship'",
            "its tables are: crew, ship.Log book",
        ),
        (("build", "v1", "--dataset", "toy", "--as-of", "today"), "'today' is not a date", "2026-11-01"),
        (
            ("restore", "v1", "--db", ""),
            "the database's URL is empty",
            "the embedded Postgres; --db",
        ),
        (("show", "a" * 300), "the version name 'aaaaaaaaaaaaaaaaaaaa'... has 300 characters", "at most 100"),
        (("build", "v1", "--dataset", "toy", "--scale", "1e99"), "'1e99' is not a scale", "in digits: 2, 0.5, 1/3"),
        (
            ("build", "v1", "--dataset", "toy", "--set", "crew=0"),
            "the build would make no rows of crew",
            "ask for 1 or more rows; ",
        ),
        (("restore", "v1", "--force"), "no such option: --force", "did you mean --yes? or run: snap restore --help"),
        (("diff", "v1", "--database", "x"), "no such option: --database", "did you mean --db? or run: snap diff"),
        (("restore", "v1", "--db", "mysql://localhost/x"), "does not begin with postgresql://", "postgresql://USER@"),
        (("restore", "v1", "--db", "postgresql://localhost:sekrit/x"), "is not a number from 1 to 65535", "HOST:5432"),
        (("restore", "v1", "--db", "post gres"), "neither a URL nor a key=value string", "postgresql://"),
    ],
)
def test_wrong_use_is_two_lines_and_exit_2(snap, v1, arguments, message, hint):
    if arguments[:1] == ("build",):
        arguments = ("build", "v2", *arguments[2:])
    ran = snap(*arguments)
    first, second = ran.err.splitlines()
    assert (ran.code, ran.out) == (2, "")
    assert first.startswith("error: ")
    assert message in first
    assert second.startswith("hint: ")
    assert hint in second


@pytest.mark.parametrize("arguments", [("--json", "lst"), ("show", "--json"), ("list", "--json", "--what")])
def test_a_command_line_that_cannot_be_parsed_gets_json_too(snap, arguments):
    ran = snap(*arguments)
    assert (ran.code, ran.err) == (2, "")
    assert ran.document.keys() == {"error"}
    assert ran.error.keys() == {"kind", "message", "reasons", "hint"}
    assert ran.error["kind"] == "usage"


def test_no_root_is_a_usage_error(snap, project):
    (project / "manifests").rmdir()
    ran = snap("list")
    assert ran.code == 2
    assert "error: no snapshots here" in ran.err


def test_a_root_may_come_from_the_environment_and_a_flag_counts_before_it(snap, v1, project, monkeypatch):
    monkeypatch.chdir("/")
    assert "v1" in snap("list", SNAP_ROOT=str(project)).out
    assert "v1" in snap("list", "--root", str(project), SNAP_ROOT="/nowhere").out
    assert "v1" in snap("--root", str(project), "list").out


@pytest.mark.parametrize(
    ("arguments", "env", "message"),
    [
        (("list",), {"SNAP_ROOT": "/nowhere"}, "$SNAP_ROOT is /nowhere, which is not a folder"),
        (("restore", "v1"), {"SNAP_DB_URL": "x"}, "libpq understands ($SNAP_DB_URL)"),
        (("restore", "v1", "--db", "x"), {"SNAP_DB_URL": "postgresql://h/d"}, "libpq understands (--db)"),
        (("diff", "v1"), {"SNAP_DB_URL": "postgresql://h:99999/d"}, "not a number from 1 to 65535 ($SNAP_DB_URL)"),
        (("health",), {"STAGING": "mysql://h/d"}, "begin with postgresql:// ([target] in snap.toml)"),
    ],
)
def test_an_error_says_where_the_wrong_value_came_from(snap, v1, project, arguments, env, message):
    (project / "snap.toml").write_text('[target]\ndb = "env:STAGING"\n')
    ran = snap(*arguments, **env)
    assert ran.code == 2
    assert message in ran.err.splitlines()[0]


def test_a_full_disk_is_said_in_the_systems_words():
    full = OSError(28, "Error writing bytes to file. Detail: [errno 28] No space left on device")
    full.filename = "snapshots/.stage-v1"
    assert explain(full).message == "snapshots/.stage-v1: No space left on device"


def test_an_unknown_version_names_the_likely_one(snap, v1, store):
    toy.publish(store, "nightly-1")
    ran = snap("show", "nigthly-1")
    assert ran.code == 3
    assert ran.err.splitlines() == [
        "error: there is no snapshot 'nigthly-1'",
        "hint: did you mean 'nightly-1'? these are published: nightly-1, v1",
    ]
    assert snap("show", "nigthly-1", "--json").error["kind"] == "snapshot"


@pytest.mark.parametrize("command", [("show",), ("check",), ("restore",), ("build",)])
def test_an_altered_manifest_is_refused(snap, v1, project, command):
    path = project / "manifests" / "v1.json"
    path.write_text(path.read_text().replace('"rows_total": 30', '"rows_total": 31'))
    ran = snap(*command, "v1", "--json")
    assert ran.code == 3
    assert ran.error["kind"] == "snapshot"
    assert "manifests/v1.json was altered" in ran.error["message"]


def test_a_bug_exits_70_without_traceback_and_without_the_password(snap):
    ran = snap("build", "v9", "--dataset", "bug")
    assert ran.code == 70
    assert ran.err.splitlines() == [
        "error: ZeroDivisionError: postgresql://me:***@host/db",
        f"hint: {BUG_HINT}",
    ]
    assert snap("build", "v9", "--dataset", "bug", "--json").error["kind"] == "internal"


def test_a_bug_shows_its_traceback_with_snap_debug(snap):
    ran = snap("build", "v9", "--dataset", "bug", SNAP_DEBUG="1")
    assert "Traceback (most recent call last)" in ran.err
    assert "hunter2" not in ran.err


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:hunter2@host/db",
        "postgres://me:hunter2@x@host:5432/db",
        "host=h user=me password=hunter2",
        "host=h password='hunter2 hunter2'",
        "postgresql://host/db?user=me&password=hunter2",
    ],
)
def test_a_password_in_the_wrong_place_is_not_repeated(snap, v1, url):
    ran = snap("restore", "v1", url)
    assert ran.code == 2
    assert "hunter2" not in ran.out + ran.err


def test_a_database_given_as_an_argument_is_hinted_at(snap):
    assert "hint: name a database with --db URL" in snap("restore", "v1", "postgresql://host/db").err


@pytest.mark.slow
@pytest.mark.process
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_build_leaves_nothing(project, number, code):
    child = subprocess.Popen(
        [*PROGRAM, "build", "v1", "--dataset", "endless", "--json"],
        cwd=project,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 30
    while not (project / "started").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    child.send_signal(number)
    out, err = child.communicate(timeout=30)
    assert (child.returncode, err) == (code, "")
    assert json.loads(out)["error"]["kind"] == "interrupted"
    assert [path.name for path in (project / "snapshots").iterdir()] == [".lock-v1"]
    assert list((project / "manifests").iterdir()) == []


@pytest.mark.slow
@pytest.mark.process
@pytest.mark.parametrize("arguments", [("list",), ("list", "--json"), ("--help",), ("--json", "lst"), ("show", "v1")])
def test_a_closed_stdout_ends_quietly(v1, project, arguments):
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [*PROGRAM, *arguments], check=False, cwd=project, env=environment(), stdout=write, stderr=subprocess.PIPE
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (2 if "lst" in arguments else 0, b"")


@pytest.mark.slow
@pytest.mark.process
@pytest.mark.parametrize("arguments", few([["list", "--json"], ["--help"], ["list"], ["--version"], ["show", "v1"]], 2))
def test_a_full_disk_behind_stdout_is_said(v1, project, arguments):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*PROGRAM, *arguments], check=False, cwd=project, env=environment(), stdout=full, stderr=subprocess.PIPE
        )
    assert done.returncode == 6
    assert done.stderr.decode().splitlines() == [
        "error: standard output: No space left on device",
        "hint: free some space, or send the output elsewhere",
    ]


@pytest.mark.slow
@pytest.mark.process
def test_an_error_that_stdout_cannot_take_goes_to_stderr(project):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*PROGRAM, "show", "v9", "--json"],
            check=False,
            cwd=project,
            env=environment(),
            stdout=full,
            stderr=subprocess.PIPE,
        )
        assert done.returncode == 3
        assert done.stderr.startswith(b"error: there is no snapshot 'v9'")
        silent = subprocess.run([*PROGRAM, "show", "v9"], check=False, cwd=project, env=environment(), stderr=full)
    assert silent.returncode == 3


def test_version_and_help_go_to_stdout(snap):
    assert snap("--version").out.startswith("snap 0.")
    assert snap("--version", "list").out.startswith("snap 0.")
    ran = snap("restore", "-h")
    assert (ran.code, ran.err) == (0, "")
    assert "Exit codes:" in ran.out


def test_version_and_help_as_json(snap):
    assert snap("--version", "--json").document == {"program": "snap", "version": __version__}
    assert snap("--json", "--version").document["version"] == __version__
    for arguments in (("restore", "--help", "--json"), ("--json", "restore", "-h")):
        ran = snap(*arguments)
        assert (ran.code, ran.err) == (0, "")
        assert ran.document == {"help": snap("restore", "--help").out}
    assert snap("backup", "--help", "--json").document["help"].startswith("Usage: snap backup")


LIGHT = {"pyarrow", "duckdb", "numpy", "psycopg", "faker", "rich", "pydantic", "email", "http", "snap_builder"}


def imported(project, *arguments: str) -> tuple[int, set[str]]:
    """Run the program as users start it. Return its exit code and the modules imported at its end."""
    code = (
        "import runpy, sys\n"
        "try: runpy.run_module('snap', run_name='__main__')\n"
        "finally: open('modules', 'w').write(' '.join(sys.modules))"
    )
    ran = ran_in(project, [sys.executable, "-c", code, *arguments])
    return ran.code, set((project / "modules").read_text().split())


@pytest.mark.slow
@pytest.mark.process
@pytest.mark.parametrize("arguments", [["--help"], ["list"], ["show", "v1"], ["build", "--help"], ["list", "--json"]])
def test_light_commands_import_nothing_heavy(v1, project, arguments):
    code, modules = imported(project, *arguments)
    assert code == 0
    assert not modules & LIGHT


@pytest.mark.slow
@pytest.mark.process
def test_the_schema_of_one_command_imports_nothing_of_nights(project):
    code, modules = imported(project, "schema", "backup", "list")
    assert code == 0
    assert not modules & {"pyarrow", "psycopg", "snap_ops"}


@pytest.mark.slow
@pytest.mark.process
def test_the_project_s_datasets_are_named_without_the_builder(project):
    code, modules = imported(project, "db", "url")
    assert code == 6  # nothing runs there
    assert not modules & {"pyarrow", "numpy", "snap_builder.declare"}


@pytest.mark.slow
@pytest.mark.process
def test_a_word_that_is_no_command_imports_nothing_heavy(project):
    code, modules = imported(project, "lst")
    assert code == 2
    assert not modules & LIGHT


@pytest.mark.slow
@pytest.mark.process
def test_a_restore_imports_what_it_needs_and_no_more(v1, project, database):
    """Starting and ending Python takes most of the time of a small restore, so every imported module counts."""
    code, modules = imported(project, "restore", "v1", "--db", database)
    assert code == 0
    assert {"psycopg", "pyarrow.parquet"} <= modules
    assert not modules & {
        *("duckdb", "faker", "rich", "pydantic", "snap_builder", "pandas", "http"),
        *("pyarrow.dataset", "pyarrow.acero", "pyarrow.flight", "psycopg_pool", "concurrent.futures.process"),
    }


@pytest.mark.slow
@pytest.mark.process
def test_python_m_snap_is_the_program(project):
    assert ran_in(project, [sys.executable, "-m", "snap", "--version"]).out.startswith("snap ")
