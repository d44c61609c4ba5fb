"""Test what the pytest plugin shares and makes ahead: one template for all workers, copies ready for the next tests."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from snap_restorer import Server
from tests.cases.pytest_projects import Project, drop_templates, lent, on_server, templates

pytestmark = [pytest.mark.server, pytest.mark.process]

# The conftest of a project with two workers: neither asks for a database before both are there.
TOGETHER = """
    import os
    import time
    from pathlib import Path
    import pytest

    @pytest.fixture(scope="session", autouse=True)
    def together():
        Path("here-" + os.environ["PYTEST_XDIST_WORKER"]).touch()
        deadline = time.monotonic() + 120
        while len(list(Path().glob("here-*"))) < 2:
            assert time.monotonic() < deadline, "the other worker did not start"
            time.sleep(0.01)
"""
OWN_DAY = dt.date(2026, 11, 22)  # of the toy snapshot
FIRST_JOINED = dt.date(2026, 1, 1)


@pytest.fixture
def project(tmp_path: Path, pg: Server) -> Project:
    return on_server(tmp_path, pg)


@pytest.mark.slow
def test_all_workers_use_one_template_however_they_race(project: Project, pg: Server) -> None:
    project.write(
        conftest=TOGETHER,
        test_it="""
        import pytest
        from reads import value

        @pytest.mark.parametrize("turn", range(8))
        def test_rows(snap_db, snap_session_db, turn):
            assert value(snap_db, "SELECT count(*) FROM crew") == 10
        """,
    )
    drop_templates(pg)
    run = project.run("-n", "2", "-q")
    assert (run.code, run.counts) == (0, {"passed": 8}), run.said
    assert templates(pg) == 1
    project.write(conftest="")
    again = project.run("-q")
    assert (again.code, templates(pg)) == (0, 1), again.said
    assert lent(pg) == []


@pytest.mark.slow
def test_now_as_a_setting_in_pyproject_toml_and_in_a_marker_is_today_and_one_template(
    project: Project, pg: Server
) -> None:
    (project.folder / "pytest.ini").unlink()
    project = replace(project, toml=True, settings={**project.settings, "snap_as_of": "now"})
    project.write(
        conftest=TOGETHER,
        test_it="""
        from pathlib import Path
        import pytest
        from reads import value

        def note(url, name):
            Path(name).write_text(value(url, "SELECT min(joined AT TIME ZONE 'UTC')::date::text FROM crew"))

        @pytest.mark.parametrize("turn", range(4))
        def test_setting(snap_db, turn, worker_id):
            note(snap_db, f"day-setting-{turn}-{worker_id}")

        @pytest.mark.parametrize("turn", range(4))
        @pytest.mark.snap("v1", as_of="now")
        def test_marker(snap_db, turn, worker_id):
            note(snap_db, f"day-marker-{turn}-{worker_id}")
        """,
    )
    drop_templates(pg)
    before = dt.datetime.now(dt.UTC).date()
    run = project.run("-n", "2", "-q")
    after = dt.datetime.now(dt.UTC).date()
    assert (run.code, run.counts) == (0, {"passed": 8}), run.said
    files = list(project.folder.glob("day-*"))
    assert len(files) == 8
    assert {file.name.rsplit("-", 1)[1] for file in files} == {"gw0", "gw1"}
    (joined,) = {dt.date.fromisoformat(file.read_text()) for file in files}
    assert before <= OWN_DAY + (joined - FIRST_JOINED) <= after
    assert templates(pg) == 1
    assert lent(pg) == []


@pytest.mark.slow
@pytest.mark.parametrize(("settings", "ahead"), [({}, 2), ({"snap_pool_size": "3"}, 3), ({"snap_pool_size": "0"}, 0)])
def test_while_a_test_runs_databases_are_copied_for_the_next_ones(
    project: Project, pg: Server, settings: dict[str, str], ahead: int
) -> None:
    """The first test waits for the copies. Without any, the second test too has the server's only database."""
    project.settings.update(settings)
    project.write(
        test_it=f"""
        import time
        from reads import value

        AHEAD = {ahead}

        def lent(url):
            return value(url, "SELECT count(*) FROM pg_database WHERE datname LIKE 'snap\\\\_test\\\\_%'")

        def test_first(snap_db):
            deadline = time.monotonic() + 120
            while lent(snap_db) < 1 + AHEAD and time.monotonic() < deadline:
                time.sleep(0.02)
            assert lent(snap_db) == 1 + AHEAD

        def test_second(snap_db):
            assert AHEAD or lent(snap_db) == 1

        def test_third(snap_db):
            pass
        """
    )
    run = project.run("-q")
    assert (run.code, run.counts) == (0, {"passed": 3}), run.said
    assert lent(pg) == []
