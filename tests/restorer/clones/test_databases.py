"""With which words a database is created like another, as text; tests of clones run them."""

from __future__ import annotations

from psycopg.sql import SQL

from snap_restorer.clones.databases import _locale_options
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
