"""Test, as text, the statements that create, drop and comment databases. Tests of clones run these statements."""

from __future__ import annotations

from psycopg.sql import SQL

from snap_restorer.clones.databases import _comment_sql, _create_sql, _drop_sql, _locale_options
from tests.goldens import require_golden_sql

LOCALE = {"encoding": "UTF8", "lc_collate": "en_US.UTF-8", "lc_ctype": "C", "locale": None, "icu_rules": None}


def options(**changed: str | None) -> SQL:
    return SQL(" ").join(_locale_options(tuple((LOCALE | changed).items())))


def test_a_locale_is_named_by_its_provider() -> None:
    require_golden_sql(
        "databases.sql",
        {
            "libc": options(provider="c"),
            "before there were providers": options(provider=None),
            "icu": options(provider="i", locale="de-u-co-phonebk", icu_rules="&V << w <<< W"),
            "builtin": options(provider="b", locale="C.UTF-8"),
        },
    )
    assert _locale_options(()) == []


def test_databases_are_created_commented_and_dropped_by_quoted_names() -> None:
    name = 'Copy "1" %s {}'
    latin = tuple((LOCALE | {"encoding": "LATIN1", "provider": "c"}).items())
    require_golden_sql(
        "database_statements.sql",
        {
            "created": _create_sql(name, "template1", (), None, file_copy=False),
            "created from a large template": _create_sql(name, "snap_tpl_0", (), None, file_copy=True),
            "created with all options": _create_sql(name, "template0", latin, 'Fast "disk"', file_copy=True),
            "dropped": _drop_sql(name, force=False),
            "dropped with its sessions": _drop_sql(name, force=True),
            "commented": _comment_sql(name, "it's \\ 100 %"),
            "no comment": _comment_sql(name, None),
        },
    )
