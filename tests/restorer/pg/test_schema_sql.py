"""Test the facts that are read from schema SQL."""

from __future__ import annotations

import pytest

from snap_restorer.pg.scanner import statements
from snap_restorer.pg.schema_sql import created_schema, extensions


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("create extension vector", {"vector": "public"}),
        ("CREATE EXTENSION IF NOT EXISTS vector WITH SCHEMA extensions", {"vector": "extensions"}),
        ('CREATE EXTENSION "uuid-ossp" SCHEMA "My ""own""" VERSION \'1.1\' CASCADE', {"uuid-ossp": 'My "own"'}),
        ("CREATE EXTENSION earthdistance CASCADE", {"earthdistance": "public"}),
        ("COMMENT ON EXTENSION vector IS 'SCHEMA extensions'", {}),
    ],
)
def test_extensions_with_their_schemas(text: str, found: dict[str, str]) -> None:
    assert extensions(statements(text)) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("create schema extensions", "extensions"),
        ('CREATE SCHEMA IF NOT EXISTS "Own"', "Own"),
        ("CREATE SCHEMA app AUTHORIZATION me", "app"),
        ("CREATE SCHEMA AUTHORIZATION me", ""),
        ("CREATE SCHEMA app CREATE TABLE t (i int)", ""),
        ("ALTER SCHEMA app RENAME TO own", ""),
    ],
)
def test_a_schema_that_is_created_alone(text: str, found: str) -> None:
    [statement] = statements(text)
    assert created_schema(statement) == found
