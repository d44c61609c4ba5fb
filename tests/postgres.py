"""A throw-away Postgres for tests, and databases in it. tests/conftest.py makes fixtures of these."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from restorer.embedded import Embedded, Server


@contextmanager
def embedded_home() -> Iterator[Path]:
    """Give a folder for embedded servers that an unprivileged user may enter too: root's tests run Postgres as one."""
    folder = Path(tempfile.mkdtemp(prefix="snap-pg-"))
    folder.chmod(0o755)
    try:
        yield folder / "home"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def server() -> Iterator[Server]:
    """Give a server of its own, gone afterwards."""
    with embedded_home() as home:
        embedded = Embedded(home=home)
        try:
            yield embedded.start()
        finally:
            embedded.stop()


@contextmanager
def fresh_databases(pg: Server) -> Iterator[Callable[[], str]]:
    """Give a function that makes an empty database and gives its URL; all of them are dropped afterwards."""
    numbers, made = count(1), list[str]()

    def fresh() -> str:
        name = f"test {next(numbers)}"
        execute(pg.url("postgres"), f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        execute(pg.url("postgres"), f'CREATE DATABASE "{name}"')
        made.append(name)
        return pg.url(name)

    try:
        yield fresh
    finally:
        for name in made:
            execute(pg.url("postgres"), f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def execute(url: str, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
    """Run SQL, of several statements if it has no parameters, and give the last one's rows."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement.encode(), parameters or None)
        while cursor.nextset():
            pass
        return cursor.fetchall() if cursor.description else []
