"""Test that a restored backup has its extensions, or that the error names an extension that cannot be created."""

from __future__ import annotations

import psycopg
import pytest

from snap.errors import TargetError
from snap_restorer.dump.put_back import put_back
from snap_restorer.pg.target import Target
from tests.postgres import execute
from tests.restorer.backing import Held, taken


def test_an_extension_stays_and_one_that_went_comes_back(any_database):
    try:
        execute(any_database, "CREATE EXTENSION hstore; CREATE TABLE h (h hstore); INSERT INTO h VALUES ('a=>1')")
    except psycopg.Error:
        pytest.skip("the server lacks hstore")
    backup = taken(any_database)
    (number,) = execute(any_database, "SELECT oid FROM pg_extension WHERE extname = 'hstore'")
    put_back(Target(any_database), backup)
    assert execute(any_database, "SELECT oid FROM pg_extension WHERE extname = 'hstore'") == [number]
    execute(any_database, "DROP EXTENSION hstore CASCADE")
    put_back(Target(any_database), backup)
    assert execute(any_database, "SELECT h::text FROM h") == [('"a"=>"1"',)]


def test_an_extension_that_cannot_be_made_is_named(any_database):
    backup = taken(any_database)
    from dataclasses import replace

    from snap_restorer.dump.inventory import Extension

    wanted = Extension(name="nowhere_to_be_found", schema="public", version="1.0")
    changed = Held(replace(backup.inventory, extensions=(wanted,)), backup.client, backup.data)
    with pytest.raises(TargetError, match="extension nowhere_to_be_found existed"):
        put_back(Target(any_database), changed)
