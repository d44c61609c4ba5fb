"""Test the pytest plugin: projects in separate folders, runs of pytest in separate processes, a real Postgres."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import snap
from snap_restorer import Server
from tests.cases.pytest_projects import READS, Project, Run, lent, on_server, with_toy
from tests.postgres import execute

pytestmark = [pytest.mark.server, pytest.mark.process]

LIGHT = {"snap", "snap.version", "snap.pytest_plugin"}


@pytest.fixture
def project(tmp_path: Path, pg: Server) -> Project:
    return on_server(tmp_path, pg)


def test_each_test_has_a_database_of_its_own_and_nothing_is_left(project: Project, pg: Server) -> None:
    project.write(
        test_it="""
        import pytest
        from reads import psycopg, value

        @pytest.mark.parametrize("turn", range(3))
        def test_rows(snap_db, turn):
            assert value(snap_db, "SELECT count(*) FROM crew") == 10
            with psycopg.connect(snap_db) as connection:
                connection.execute('DELETE FROM ship."Log book"; DELETE FROM crew')

        @pytest.mark.snap("v2")
        def test_another_version(snap_db):
            assert value(snap_db, "SELECT count(*) FROM crew") == 11

        @pytest.mark.snap(as_of="2026-11-29")
        def test_dates(snap_db):
            assert value(snap_db, "SELECT min(joined)::date::text FROM crew") == "2026-01-08"

        def test_first_in_the_session(snap_session_db):
            with psycopg.connect(snap_session_db) as connection:
                connection.execute('DELETE FROM ship."Log book"; DELETE FROM crew')

        def test_second_in_the_session(snap_session_db, snap_db):
            assert value(snap_session_db, "SELECT count(*) FROM crew") == 0
            assert value(snap_db, "SELECT count(*) FROM crew") == 10

        def test_who_does_not_close(snap_db):
            global left
            left = psycopg.connect(snap_db)
        """
    )
    run = project.run("-q", "-W", "ignore::ResourceWarning")
    assert (run.code, run.counts) == (0, {"passed": 8}), run.said
    assert "snap" not in run.said
    assert lent(pg) == []


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["0", pytest.param("2", marks=pytest.mark.slow)])
def test_databases_of_failed_tests_are_kept_where_that_is_asked_for(project: Project, pg: Server, workers: str) -> None:
    project.write(
        test_it="""
        import pytest
        from reads import psycopg, value

        @pytest.fixture
        def broken_setup(snap_db):
            raise ValueError

        @pytest.fixture
        def broken_teardown():
            yield
            raise ValueError

        def test_fails(snap_db):
            with psycopg.connect(snap_db) as connection:
                connection.execute("CREATE TABLE evidence (x int)")
            assert False

        def test_fails_in_setup(broken_setup):
            pass

        def test_fails_in_teardown(broken_teardown, snap_db):
            pass

        def test_passes(snap_db):
            pass

        @pytest.mark.xfail
        def test_fails_as_expected(snap_db):
            assert False

        def test_fails_without(snap_server):
            assert False
        """
    )
    run = project.run("-n", workers, "-q", "--snap-keep-failed")
    kept = dict(
        re.findall(r"^test_it.py::(\w+) failed, and its database is kept: (postgresql://\S+)$", run.said, re.MULTILINE)
    )
    assert kept.keys() == {"test_fails", "test_fails_in_setup", "test_fails_in_teardown"}, run.said
    assert len(lent(pg)) == 3
    assert execute(kept["test_fails"], "SELECT to_regclass('evidence')::text") == [("evidence",)]
    assert project.run("-q", "-k", "passes").code == 0  # a later run leaves them alone
    assert len(lent(pg)) == 3
    for url in kept.values():
        snap.drop(url)
    assert lent(pg) == []
    assert "kept" not in project.run("-q").said
    assert lent(pg) == []


@pytest.mark.slow
def test_the_sessions_database_is_kept_where_a_test_of_it_fails(project: Project, pg: Server) -> None:
    project.write(
        test_it="""
        def test_fails(snap_session_db):
            assert False
        def test_passes(snap_session_db):
            pass
        """
    )
    run = project.run("-q", "--snap-keep-failed")
    (url,) = re.findall(r"kept: (\S+)", run.said)
    assert len(lent(pg)) == 1
    snap.drop(url)


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert holds()


@pytest.mark.slow
def test_what_a_killed_run_left_is_dropped_by_the_next_and_a_living_run_is_left_alone(
    project: Project, pg: Server
) -> None:
    project.write(
        test_it="""
        import time
        from pathlib import Path
        import pytest
        from reads import value

        @pytest.mark.parametrize("turn", range(4))
        def test_waits(snap_db, snap_session_db, turn):
            Path(f"ready-{turn}").touch()
            while not Path("go").exists():
                time.sleep(0.05)
            assert value(snap_db, "SELECT count(*) FROM crew") == 10

        def test_is_quick(snap_db):
            pass
        """
    )

    def begun() -> bool:
        return len(list(project.folder.glob("ready-*"))) >= 2

    processes = []
    try:
        processes.append(killed := project.start("-q", "-n", "2", "-k", "waits"))
        wait_until(begun)
        os.killpg(killed.pid, signal.SIGKILL)
        killed.communicate()
        left = set(lent(pg))
        assert len(left) >= 4
        for file in project.folder.glob("ready-*"):
            file.unlink()
        processes.append(living := project.start("-q", "-n", "2", "-k", "waits"))
        wait_until(begun)
        wait_until(lambda: not left & set(lent(pg)))
        used = set(lent(pg))
        assert project.run("-q", "-k", "quick").code == 0
        assert used <= set(lent(pg))
        (project.folder / "go").touch()
        said, _ = living.communicate()
        assert living.returncode == 0, said
        assert lent(pg) == []
    finally:
        for process in processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


def require_plain(run: Run, *said: str) -> None:
    """Require that a run fails with these words and without a line of snap's code."""
    assert run.counts.keys() == {"error"}, run.said
    assert all(text in run.said for text in said), run.said
    hidden = ("Traceback", "lending.py", "pytest_plugin.py:", "During handling", "s3cret")
    assert not any(text in run.said for text in hidden), run.said


@pytest.mark.slow
def test_what_is_wrong_in_a_marker_is_said_in_a_line_without_a_traceback(project: Project) -> None:
    project.settings["snap_version"] = ""
    project.write(
        test_it="""
        import pytest

        def test_no_version(snap_db):
            pass

        @pytest.mark.parametrize("turn", [
            pytest.param(1, marks=pytest.mark.snap("v9")),
            pytest.param(2, marks=pytest.mark.snap("v1", "now")),
            pytest.param(3, marks=pytest.mark.snap("v1", day="now")),
            pytest.param(4, marks=pytest.mark.snap("v1", as_of="soon")),
        ])
        def test_it(snap_db, turn):
            pass
        """
    )
    run = project.run("-q")
    assert run.counts == {"error": 5}
    require_plain(
        run,
        "no snapshot was named for the database of this test",
        "set snap_version in pytest's settings to a version that snap list shows",
        "there is no snapshot 'v9'",
        "'soon' is not a date",
        "or leave out as_of",
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("snap_root", "gone", "gone is not a folder"),
        ("snap_server", "postgresql://nobody:s3cret@127.0.0.1:1/x", "check the host and the port"),
        pytest.param("snap_server", "mysql://x", "does not begin with postgresql://", marks=pytest.mark.slow),
    ],
)
def test_what_is_wrong_in_the_settings_is_said_in_a_line_without_a_traceback(
    project: Project, name: str, value: str, said: str
) -> None:
    project.settings[name] = value
    project.write(test_it="def test_it(snap_db):\n    pass\n")
    require_plain(project.run("-q"), said)


@pytest.mark.slow
def test_a_project_may_find_its_server_while_it_runs(project: Project, pg: Server) -> None:
    project.settings["snap_server"] = "postgresql://127.0.0.1:1/nowhere"
    project.write(
        conftest=f"""
        import pytest

        @pytest.fixture(scope="session")
        def snap_server():
            return {pg.url("postgres")!r}
        """,
        test_it="def test_it(snap_db):\n    pass\n",
    )
    run = project.run("-q")
    assert run.code == 0, run.said


@pytest.mark.slow
def test_the_embedded_server_is_the_default_and_the_root_is_found_upwards(tmp_path: Path, home: Path) -> None:
    made = with_toy(tmp_path)
    (tmp_path / "web").mkdir()
    project = Project(
        folder=tmp_path / "web", settings={"snap_version": "v1"}, environment={"SNAP_DATA_DIR": str(home)}
    )
    assert made.folder != project.folder
    project.write(
        reads=READS,
        test_it="""
        import pytest
        from reads import value

        @pytest.mark.parametrize("turn", range(4))
        def test_rows(snap_db, turn):
            assert value(snap_db, "SELECT count(*) FROM crew") == 10
        """,
    )
    run = project.run("-q", "-n", "2")
    assert (run.code, run.counts) == (0, {"passed": 4}), run.said


@pytest.mark.slow
def test_who_uses_no_fixture_of_snap_notices_nothing(tmp_path: Path) -> None:
    """Only the modules in LIGHT are imported, and the output is the same as without the plugin."""
    project = Project(folder=tmp_path, environment={"SNAP_ROOT": "/nowhere"})
    project.write(
        test_it="""
        import sys

        def test_it():
            print("imported", *(name for name in sys.modules if name.split(".")[0].startswith("snap")))
            print("heavy", *sorted({"psycopg", "pyarrow", "duckdb", "numpy", "typer"} & set(sys.modules)))
        """
    )
    run = project.run("-q", "-s")
    assert run.counts == {"passed": 1}, run.said
    (names,) = re.findall(r"imported(.*)", run.said)
    assert set(names.split()) == LIGHT
    assert re.findall(r"heavy(.*)", run.said) == [""]
    without = project.run("-q", "-p", "no:snap")
    lines = [
        [re.sub(r"\d+\.\d+s", "", line) for line in each.said.splitlines() if "imported" not in line]
        for each in (run, without)
    ]
    assert lines[0][-1:] == lines[1][-1:]


def test_importing_it_imports_nothing_but_the_door() -> None:
    """-X importtime lists the modules that the plugin imports and that pytest has not imported before."""
    code = "import sys, pytest; print('then', file=sys.stderr); import snap.pytest_plugin"
    done = subprocess.run([sys.executable, "-X", "importtime", "-c", code], check=True, capture_output=True, text=True)
    _, _, said = done.stderr.partition("then\n")
    assert set(re.findall(r"import time:\s+\d+ \|\s+\d+ \|\s+(\S+)", said)) == LIGHT
