"""Test, as text, the statements that change default privileges. Tests of backups run them."""

from __future__ import annotations

from snap_restorer.dump.inventory import DefaultPrivileges
from snap_restorer.dump.regrant import _changed_defaults
from snap_restorer.pg.grants import Privilege
from tests.goldens import require_golden_sql


def privilege(grantee: str | None, name: str, *, grantable: bool = False) -> Privilege:
    return Privilege(grantor='chef "x"', grantee=grantee, name=name, grantable=grantable)


def changes(kind: str, current: frozenset[Privilege], wanted: frozenset[Privilege]) -> str:
    of = DefaultPrivileges(role='chef "x"', schema="Back Room", kind=kind, ours=True, privileges=wanted)
    return ";\n".join(statement.as_string(None) for statement in _changed_defaults(of, current, wanted))


def test_default_privileges_are_taken_and_given_by_kind() -> None:
    some = frozenset([privilege(None, "SELECT"), privilege("waiter", "INSERT", grantable=True)])
    cases = {
        "given": changes("r", frozenset(), some),
        "taken": changes("r", some, frozenset()),
        "others": changes("r", some, frozenset([privilege("waiter", "INSERT")])),
    }
    cases |= {
        kind: changes(kind, frozenset(), frozenset([privilege("waiter", name)]))
        for kind, name in {"S": "USAGE", "f": "EXECUTE", "T": "USAGE"}.items()
    }
    require_golden_sql("default_privileges.sql", cases)
