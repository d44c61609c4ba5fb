"""Test, as text, the statements that change privileges. Tests of clones and of backups run them."""

from __future__ import annotations

from psycopg.sql import SQL, Composable, Identifier

from snap_restorer.pg.grants import Privilege, _changes
from tests.goldens import require_golden_sql


def changes(held: frozenset[Privilege], wanted: frozenset[Privilege], columns: Composable | None = None) -> str:
    place = SQL("TABLE ") + Identifier("public", "crew")
    return ";\n".join(statement.as_string(None) for statement in _changes(place, "owner", held, wanted, columns))


def privilege(grantor: str, grantee: str | None, name: str = "SELECT", *, grantable: bool = False) -> Privilege:
    return Privilege(grantor=grantor, grantee=grantee, name=name, grantable=grantable)


def test_privileges_are_granted_by_who_granted_them() -> None:
    owned = privilege("owner", "owner", grantable=True)
    chain = frozenset(
        [owned, privilege("b", 'c "x"'), privilege("a", "b", grantable=True), privilege("owner", "a", grantable=True)]
    )
    require_golden_sql(
        "grants.sql",
        {
            "from the owner outwards": changes(frozenset(), chain),
            "others held them": changes(chain, frozenset([owned, privilege("owner", None, "INSERT")])),
            "a column's": changes(
                frozenset([privilege("owner", None)]), frozenset([privilege("owner", "a")]), SQL('("Name")')
            ),
        },
    )


def test_what_is_as_wanted_is_left() -> None:
    held = frozenset([privilege("owner", "a")])
    assert changes(held, held) == ""
