"""Test, as text, the statements that give a clone the properties of the replaced database. Tests of clones run them."""

from __future__ import annotations

from dataclasses import replace

from psycopg.sql import SQL, Identifier

from snap_restorer.clones.carry import _attributes_sql, _owner_sql, _setting_sql
from snap_restorer.clones.databases import Database, Setting
from tests.goldens import require_golden_sql

PLAIN = Database(
    oid=16_384,
    name="staging",
    owner='chef "x"',
    owned=True,
    connectable=True,
    connection_limit=-1,
    is_template=False,
    tablespace="pg_default",
    locale=(),
    comment=None,
    privileges=frozenset(),
    settings=frozenset(),
    labels=frozenset(),
)
PLACE = SQL("DATABASE ") + Identifier('Copy "1"')
SETTINGS = {
    "a setting": Setting(role=None, name="work_mem", value="7MB"),
    "a setting of an extension": Setting(role=None, name="app.Tenant", value="it's 100 % \\"),
    "a setting of a role": Setting(role='Reader "1"', name="TimeZone", value="Asia/Tokyo"),
    "a list of names": Setting(role=None, name="search_path", value='"$user", "Odd, one"'),
    "a list of names of a role": Setting(role="app", name="Search_Path", value=""),
}


def attributes(old: Database) -> str:
    return ";\n".join(statement.as_string(None) for statement in _attributes_sql(PLACE, old))


def test_a_copy_gets_what_belongs_to_the_database() -> None:
    labels = frozenset({("selinux", "system_u:it's"), ("anon", "MASKED")})
    require_golden_sql(
        "clone_carry.sql",
        {
            "owner": _owner_sql(PLACE, PLAIN),
            "attributes": attributes(PLAIN),
            "attributes of a labelled template": attributes(
                replace(PLAIN, connection_limit=7, is_template=True, labels=labels)
            ),
            **{case: _setting_sql('Copy "1"', setting) for case, setting in SETTINGS.items()},
        },
    )
