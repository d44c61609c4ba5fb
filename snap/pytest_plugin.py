"""Databases for tests, as a pytest plugin: each test gets a copy of a snapshot in milliseconds, and nothing is left.

    @pytest.mark.snap("v3", as_of="now")
    def test_search(snap_db):
        with psycopg.connect(snap_db) as connection: ...

If snap is installed, pytest imports this module in every run, so it imports nothing of snap until a fixture is used.
Databases are dropped when the report of a test's teardown is made, because a fixture does not learn how its test ended.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from snap.errors import Option, SnapError
    from snap_restorer import LenderAhead, Loan

_MARK = "snap(version, as_of=None): the snapshot in the database of snap_db, and the day that its dates are moved to"
_KEPT = "and its database is kept:"
_MOST_READY = 50
_SESSIONS = 32  # sessions of all workers together, to drop databases; a server usually allows 100
_SPELLINGS: dict[Option, str] = {
    "as_of": "or leave out as_of",
    "db": "snap_server in pytest's settings names the server",
    "root": "snap_root in pytest's settings or $SNAP_ROOT names the project's folder",
    "trust_code": "or set snap_trust_code = true in pytest's settings, if you have read it and trust it",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("snap", "databases for tests (snap)")
    group.addoption(
        "--snap-keep-failed",
        action="store_true",
        default=False,
        help="keep the databases of tests that fail, and print their URLs",
    )
    parser.addini("snap_version", "the snapshot in databases for tests, such as v3; a marker may name another")
    parser.addini("snap_as_of", "the day that dates are moved to: now, or a date; a marker may name another")
    parser.addini("snap_server", "conninfo of any database on the server for tests; default: the embedded Postgres")
    parser.addini("snap_root", "the folder of the project, relative to rootdir; default: the nearest one upwards")
    parser.addini(
        "snap_pool_size", "number of databases to copy ahead for the next tests; 0: copy when a test asks", default="2"
    )
    parser.addini("snap_trust_code", "let code of the snapshot run with a superuser's rights", type="bool")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", _MARK)
    config.stash[_DATABASES] = databases = _Databases(config)
    config.pluginmanager.register(databases, "snap-databases")


@pytest.fixture(scope="session")
def snap_server(pytestconfig: pytest.Config) -> str | None:
    """The conninfo of the server for tests, from the setting of that name; None is the embedded Postgres.

    Override it if the server is known during the run only, such as a container's.
    """
    return str(pytestconfig.getini("snap_server")) or None


@pytest.fixture
def snap_db(request: pytest.FixtureRequest, snap_server: str | None) -> str:
    """The URL of a database of the test's own, filled with a snapshot."""
    databases = request.config.stash[_DATABASES]
    loan = databases.lend(snap_server, request.node.get_closest_marker("snap"))
    request.node.stash.setdefault(_LOANS, []).append(loan)
    databases.expect()
    return loan.url


@pytest.fixture(scope="session")
def snap_session_db(pytestconfig: pytest.Config, snap_server: str | None) -> str:
    """The URL of a database of the session's own, of each xdist worker's: tests see what others wrote."""
    return pytestconfig.stash[_DATABASES].lend_to_session(snap_server).url


class _Databases:
    """The databases that this process lends in a run, and the messages about them."""

    def __init__(self, config: pytest.Config) -> None:
        given: str | None = getattr(config, "workerinput", {}).get("snap_today")
        self._config = config
        self._today = dt.date.fromisoformat(given) if given else dt.datetime.now(dt.UTC).date()
        self._lender: LenderAhead | None = None
        self._session: Loan | None = None
        self._next: pytest.Item | None = None
        self._lines: list[str] = []

    def lend(self, server: str | None, mark: pytest.Mark | None) -> Loan:
        """Lend a database as the marker or else the settings ask. A snap error fails the test with one line."""
        with _plainly():
            version, as_of = self._wanted(mark)
            if self._lender is None:
                self._lender = self._open(server)
            return self._lender.lend(version, as_of)

    def lend_to_session(self, server: str | None) -> Loan:
        self._session = self.lend(server, None)
        return self._session

    def expect(self) -> None:
        """Have databases copied for the next test while this one runs."""
        if self._lender is not None and self._next is not None and "snap_db" in _fixtures(self._next):
            from snap.errors import UsageError  # noqa: PLC0415 - imported on first use

            with contextlib.suppress(UsageError):  # that test will report the error
                self._lender.expect(*self._wanted(self._next.get_closest_marker("snap")))

    @pytest.hookimpl(tryfirst=True)  # before the test runs
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> None:
        self._next = nextitem
        if "snap_db" not in _fixtures(item):  # else its own database comes first
            self.expect()

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)  # outermost: sees the report after all other plugins
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, Any, None]:
        outcome = yield
        if self._lender is None or outcome.excinfo is not None:
            return
        report = outcome.get_result()
        if report.failed:
            item.stash[_FAILED] = True
        if report.when == "teardown" and (lines := self._settle(item, self._lender)):
            report.snap_lines = lines  # xdist carries it to the process with the terminal

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._lines += getattr(report, "snap_lines", ())

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if self._lines:
            terminalreporter.section("databases for tests (snap)")
            for line in self._lines:
                terminalreporter.write_line(line)
            if any(_KEPT in line for line in self._lines):
                terminalreporter.write_line("""to drop one: python -c "import snap; snap.drop('URL')\"""")

    @pytest.hookimpl(hookwrapper=True, trylast=True)  # innermost: after fixtures, before summary and xdist's farewell
    def pytest_sessionfinish(self) -> Generator[None, Any, None]:
        yield
        if self._lender is not None:
            lines, self._lender = self._lender.close(), None
            self._lines += lines
            if hasattr(self._config, "workeroutput"):
                self._config.workeroutput["snap_lines"] = lines

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take over the messages of an xdist worker at its end."""
        self._lines += getattr(node, "workeroutput", {}).get("snap_lines", ())

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Send today's date to an xdist worker, so that all share one template even if the run passes midnight."""
        node.workerinput["snap_today"] = self._today.isoformat()

    def _wanted(self, mark: pytest.Mark | None) -> tuple[str, dt.date | None]:
        """Return the version and day that a test asks for. Errors: UsageError."""
        from snap.errors import UsageError  # noqa: PLC0415 - imported on first use
        from snap_restorer import day  # noqa: PLC0415

        args, given = (mark.args, dict(mark.kwargs)) if mark else ((), {})
        if args:
            given["version"] = args[0]
        if len(args) > 1 or given.keys() - {"version", "as_of"}:
            raise UsageError(
                "the marker snap takes a version, and as_of=", 'write @pytest.mark.snap("v3", as_of="now")'
            )
        version = given.get("version") or self._config.getini("snap_version")
        if not version:
            raise UsageError(
                "no snapshot was named for the database of this test",
                "set snap_version in pytest's settings to a version that snap list shows, "
                'or mark the test: @pytest.mark.snap("VERSION")',
            )
        as_of = given.get("as_of", self._config.getini("snap_as_of") or None)
        return str(version), day(None if as_of is None else str(as_of), self._today)

    def _open(self, server: str | None) -> LenderAhead:
        """Return a lender for this project. Errors: UsageError."""
        from snap.errors import UsageError  # noqa: PLC0415
        from snap.project import find_root  # noqa: PLC0415 - imported on first use
        from snap_restorer import Lender, LenderAhead  # noqa: PLC0415

        given = self._config.getini("snap_root")
        root = find_root(self._config.rootpath / given if given else None, os.environ, self._config.rootpath)
        size = str(self._config.getini("snap_pool_size"))
        if not size.isdecimal() or int(size) > _MOST_READY:
            raise UsageError(
                f"snap_pool_size is {size!r}", f"set a number of databases up to {_MOST_READY}, or 0 for none"
            )
        trusts = self._config.getini("snap_trust_code")
        workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
        sessions = max(2, min(16, _SESSIONS // workers))
        lender = Lender(root=root, server=server, trust_code=trusts, environment=os.environ, sessions=sessions)
        return LenderAhead(lender, size=int(size))

    def _settle(self, item: pytest.Item, lender: LenderAhead) -> list[str]:
        """Drop a test's databases, or keep them if the test failed and --snap-keep-failed is set. Return messages."""
        from snap.errors import SnapError  # noqa: PLC0415 - imported on first use

        failed, loans = item.stash.get(_FAILED, False), item.stash.get(_LOANS, [])
        item.stash[_FAILED], item.stash[_LOANS] = False, []  # a plugin may run the test again
        keeps, lines = failed and self._config.getoption("snap_keep_failed"), []
        if keeps and self._session is not None and "snap_session_db" in _fixtures(item):
            loans = [*loans, self._session]
        for loan in loans:
            try:
                if keeps:
                    lines.append(f"{item.nodeid} failed, {_KEPT} {lender.keep(loan, item.nodeid)}")
                else:
                    lender.take_back(loan)
            except SnapError as error:
                lines.append(f"{item.nodeid}: database {loan.name}: {error.message}")
        return lines


_DATABASES = pytest.StashKey[_Databases]()
_LOANS = pytest.StashKey["list[Loan]"]()
_FAILED = pytest.StashKey[bool]()


def _fixtures(item: pytest.Item) -> tuple[str, ...]:
    return tuple(getattr(item, "fixturenames", ()))


@contextlib.contextmanager
def _plainly() -> Iterator[None]:
    """Fail a test with the message of a snap error, without a traceback of snap."""
    from snap.errors import SnapError  # noqa: PLC0415 - imported on first use

    try:
        yield
    except SnapError as error:
        raise pytest.fail.Exception(_text(error), pytrace=False) from None


def _text(error: SnapError) -> str:
    advice = error.advice(_SPELLINGS)
    return f"snap: {error.message}" + (f"\nhint: {advice}" if advice else "")
