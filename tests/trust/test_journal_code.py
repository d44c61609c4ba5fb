"""Test that code attached by a database's owner to the journal of nights does not run with a superuser's rights."""

from __future__ import annotations

import pytest

from snap.errors import SnapError
from snap_restorer import Target
from snap_restorer.clones.database_objects import read_record
from snap_restorer.pg import journal
from snap_restorer.pg.catalog import query
from tests.postgres import execute
from tests.trust.planted import owned, planted

VIEW = (
    "ALTER TABLE snap.night RENAME TO real; CREATE VIEW snap.night AS SELECT n.* FROM snap.real n WHERE public.power()"
)
ATTACHED = {
    "trigger": "CREATE TRIGGER g BEFORE INSERT ON snap.night FOR EACH ROW EXECUTE FUNCTION public.act()",
    "rule": "CREATE RULE g AS ON INSERT TO snap.night DO ALSO SELECT public.power()",
    "check": "ALTER TABLE snap.night ADD CHECK (public.evil(1))",
    "default": "ALTER TABLE snap.night ADD more boolean DEFAULT public.evil(1)",
    "index": "CREATE INDEX i ON snap.night ((CASE WHEN public.evil(1) THEN 1 END))",
    "view": VIEW,
}


@pytest.mark.parametrize("attached", ATTACHED.values(), ids=ATTACHED)
def test_a_superusers_night_runs_no_code_of_the_journal(database: str, attached: str) -> None:
    owned(database, "SELECT 1")
    execute(database, "CREATE SCHEMA snap AUTHORIZATION guest")
    execute(database, f"SET SESSION AUTHORIZATION guest; {query('night_create')}; {attached}")
    execute(database, "ALTER FUNCTION public.evil(int) IMMUTABLE")
    target = Target(database)
    for asks in (
        lambda: journal.unended(target),
        lambda: journal.take(target, holder="here", token="t", lease_s=60),
    ):
        with pytest.raises(SnapError, match=r"snap\.night"):
            asks()
    assert not planted(database)


def test_a_superuser_keeps_a_journal_that_the_owner_began(database: str) -> None:
    owned(database, "SELECT 1")
    execute(database, "CREATE SCHEMA snap AUTHORIZATION guest")
    execute(database, f"SET SESSION AUTHORIZATION guest; {query('night_create')}")
    assert journal.take(Target(database), holder="here", token="t", lease_s=60) == 1


def test_code_that_comes_while_a_night_runs_does_not_run_either(database: str) -> None:
    owned(database, "SELECT 1")
    execute(database, "CREATE SCHEMA snap AUTHORIZATION guest")
    execute(database, f"SET SESSION AUTHORIZATION guest; {query('night_create')}")
    night = journal.take(Target(database), holder="here", token="t", lease_s=60)
    trigger = "CREATE TRIGGER g BEFORE UPDATE ON snap.night FOR EACH ROW EXECUTE FUNCTION public.act()"
    execute(database, f"SET SESSION AUTHORIZATION guest; {trigger}")
    assert isinstance(night, int)
    with pytest.raises(SnapError, match=r"snap\.night"):
        journal.beat(Target(database), night, "t")
    assert not planted(database)


def test_the_record_of_a_clone_is_no_view_of_the_owners(database: str) -> None:
    owned(database, "SELECT 1")
    execute(database, "CREATE SCHEMA snap AUTHORIZATION guest")
    view = "CREATE VIEW snap.contents AS SELECT 'f'::text AS fingerprint, '{}'::jsonb AS rows WHERE public.power()"
    execute(database, f"SET SESSION AUTHORIZATION guest; {view}")
    with Target(database).connect() as connection:
        assert read_record(connection) is None
    assert not planted(database)
