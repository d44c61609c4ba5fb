"""Test that the key of pseudonyms is in no statement that the server shows or logs, and that it does make them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import psycopg
import pytest

from snap.progress import Silent
from snap.store import Store
from snap_restorer import Server, Target, restore
from snap_restorer.live.capture import CaptureRequest, capture
from tests.postgres import execute, name_of

PEOPLE = """
    CREATE TABLE people (id int PRIMARY KEY, mail text NOT NULL CHECK (mail <> ''), pin varchar(4) NOT NULL);
    INSERT INTO people VALUES (1, 'ada@people.example', '1234'), (2, 'no address', 'ü');
"""


class Watching(Silent):
    """A progress that records, at each step of a capture, what other sessions can see of the database's sessions."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.seen: list[str] = []

    def start(self, name: str, total: int) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            shown = connection.execute(
                "SELECT query FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            self.seen += [text for (text,) in shown]


def pseudonym(key: bytes, value: str) -> str:
    return hashlib.sha256(key + value.encode()).hexdigest()


@pytest.mark.parametrize("key", [b"k", b"a key of people", bytes(range(256)), b""], ids=["1", "15", "256", "0"])
def test_no_statement_holds_the_key_of_masks(key: bytes, pg: Server, database: str, tmp_path: Path) -> None:
    execute(database, PEOPLE)
    name = name_of(database)
    for setting in ("log_statement = 'all'", "log_min_duration_statement = 0", "log_parameter_max_length = -1"):
        execute(database, f'ALTER DATABASE "{name}" SET {setting}')
    log, store, progress = pg.data.parent / "server.log", Store(tmp_path), Watching(database)
    before = log.stat().st_size
    request = CaptureRequest(
        version="v", masks=("people.mail", "people.pin"), mask_key=key, created="2026-11-27T00:00:00Z", environment={}
    )
    manifest = capture(store, Target(database), request, progress=progress)
    logged = log.read_bytes()[before:].decode(errors="replace")
    assert "sha256" in logged
    assert any("people" in text for text in progress.seen)
    if len(key) > 8:
        for text in (logged, *progress.seen):
            assert key.hex() not in text
            assert key.decode(errors="replace") not in text
    execute(database, "DROP TABLE people")
    restore(store.resolve(manifest.version), Target(database))
    assert execute(database, "SELECT mail, pin FROM people ORDER BY id") == [
        (pseudonym(key, "ada@people.example")[:32] + "@masked.invalid", pseudonym(key, "1234")[:4]),
        (pseudonym(key, "no address")[:32], pseudonym(key, "ü")[:4]),
    ]
