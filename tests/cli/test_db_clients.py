"""Test `snap db url` and `env` with several clients, also without libpq: each client connects and reads a row."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pg8000.dbapi
import psycopg
import pytest

from snap_restorer import Embedded
from tests.cli.program import environment
from tests.paths import ROOT
from tests.postgres import embedded_home, execute

pytestmark = [pytest.mark.slow, pytest.mark.server, pytest.mark.process]

CLIENTS = ROOT / "tests/cli/clients"
DRIVER = Path("/usr/share/java/postgresql.jar")  # Debian's libpostgresql-jdbc-java
DATABASE = "my app"  # a URL writes its name otherwise
PLAIN = "my-app.v1"  # postgres.js takes the name as the URL writes it
SAID = f"snap_owner|{DATABASE}|7"
MINUTES = 300  # seconds at most for a client, and for npm
# npm's codes where it reaches no registry, or one that refuses it: no network, an answer of 4xx or 5xx, a certificate.
NO_REGISTRY = re.compile(
    r"EAI_AGAIN|ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|ETIMEDOUT|ERR_SOCKET_TIMEOUT"
    r"|E[45]\d\d|.*CERT.*|.*SSL.*|UNABLE_TO.*"
)


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """Yield the data folder of a server with two databases that hold one row each."""
    with embedded_home() as folder:
        embedded = Embedded(home=folder)
        try:
            server = embedded.start()
            for name in (DATABASE, PLAIN):
                embedded.ensure_database(name)
                execute(server.url(name), "CREATE TABLE t AS SELECT 7 AS i")
            yield folder
        finally:
            embedded.stop()


@pytest.fixture
def url(snap: Callable[..., Any], home: Path) -> Callable[..., str]:
    def url(*flags: str, database: str = DATABASE) -> str:
        return str(snap("db", "url", database, *flags, SNAP_DATA_DIR=str(home)).out.strip())

    return url


@pytest.fixture
def variables(snap: Callable[..., Any], home: Path) -> dict[str, str]:
    """Return the environment after `eval "$(snap db env)"`."""
    document = snap("db", "env", DATABASE, "--json", SNAP_DATA_DIR=str(home)).document
    return environment() | document["variables"]


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the clients for Node, which npm installed by the lockfile."""
    return install(tmp_path_factory.mktemp("node"))


def install(folder: Path, *options: str) -> Path:
    """Install the clients for Node, unless npm is absent or reaches no registry. Any other error fails the test."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("no Node.js and npm on this machine (.ci/run says how to install them)")
    shutil.copytree(
        CLIENTS,
        folder,
        dirs_exist_ok=True,
        ignore=lambda _, names: {name for name in names if (folder / name).exists()},
    )
    done = subprocess.run(
        ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-timeout", "60000", *options],
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
        timeout=MINUTES,
    )
    codes = set(re.findall(r"^npm (?:error|ERR!) code (\S+)$", done.stderr, re.MULTILINE))
    if done.returncode != 0 and any(map(NO_REGISTRY.fullmatch, codes)):
        pytest.skip(f"npm reaches no registry here: {', '.join(codes)}")
    assert done.returncode == 0, done.stderr
    return folder


def answer(command: list[str], folder: Path, variables: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env=variables or environment(),
        check=False,
        capture_output=True,
        text=True,
        timeout=MINUTES,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("flags", [(), ("--password",)])
def test_psycopg(url: Callable[..., str], flags: tuple[str, ...]) -> None:
    with psycopg.connect(url(*flags)) as connection:
        row = connection.execute("SELECT current_user, current_database(), i FROM t").fetchone()
    assert row == ("snap_owner", DATABASE, 7)


def test_pg8000(url: Callable[..., str]) -> None:
    parts = urlsplit(url("--password"))  # it takes no URL itself
    assert parts.username is not None
    connection = pg8000.dbapi.connect(
        user=parts.username,
        password=parts.password,
        host=parts.hostname or "",
        port=parts.port or 0,
        database=unquote(parts.path[1:]),
    )
    try:
        cursor = connection.cursor()
        cursor.execute("SELECT current_user, current_database(), i FROM t")
        assert tuple(cursor.fetchone() or ()) == ("snap_owner", DATABASE, 7)
    finally:
        connection.close()


def test_a_failing_npm_fails_the_test_and_only_an_unreachable_registry_skips_it(tmp_path: Path) -> None:
    offline = ("--registry", "http://127.0.0.1:1", "--fetch-retries", "0", "--cache", str(tmp_path / "cache"))
    with pytest.raises(pytest.skip.Exception):
        install(tmp_path / "whole", *offline)
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("no Node.js and npm on this machine (.ci/run says how to install them)")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "package.json").write_text("{")
    with pytest.raises(AssertionError, match="EJSONPARSE"):
        install(tmp_path / "broken", *offline)


def test_node_postgres(url: Callable[..., str], node: Path) -> None:
    assert answer(["node", "pg.mjs", url("--password")], node) == SAID


def test_postgres_js(url: Callable[..., str], node: Path) -> None:
    said = answer(["node", "postgres.mjs", url("--password", database=PLAIN)], node)
    assert said == f"snap_owner|{PLAIN}|7"


def test_node_postgres_by_the_variables(node: Path, variables: dict[str, str]) -> None:
    assert answer(["node", "pg.mjs"], node, variables) == SAID


def test_jdbc(url: Callable[..., str], variables: dict[str, str]) -> None:
    if shutil.which("javac") is None or not DRIVER.exists():
        pytest.skip("no JDK and JDBC driver on this machine (.ci/run says how to install them)")
    ask = ["java", "-cp", str(DRIVER), str(CLIENTS / "Ask.java")]
    assert answer([*ask, url("--jdbc", "--password")], CLIENTS) == SAID
    assert answer([*ask, url("--jdbc")], CLIENTS, variables) == SAID


def test_only_what_asks_for_a_password_prints_one(url: Callable[..., str], home: Path) -> None:
    secrets = [line.rsplit(":", 1)[1] for line in (home / "18" / "passfile").read_text().splitlines()]
    assert len(secrets) == 2
    for flags in ((), ("--jdbc",), ("--superuser",), ("--superuser", "--jdbc")):
        assert not [secret for secret in secrets if secret in url(*flags)]
        assert len([secret for secret in secrets if secret in url(*flags, "--password")]) == 1


def test_the_lockfile_names_no_address() -> None:
    text = (CLIENTS / "package-lock.json").read_text("utf-8")
    assert "://" not in text
    assert text.count('"integrity"') == text.count('"node_modules/')
