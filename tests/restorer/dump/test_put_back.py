"""Test putting a dump back as a plain owner: one transaction makes the schemas as they were, or changes nothing."""

from __future__ import annotations

import threading
import time

import psycopg
import pytest

from snap.errors import CheckError, Interrupted, SnapError, TargetError
from snap_restorer.dump.dump import DumpRequest, dumping
from snap_restorer.dump.inventory import document, parse
from snap_restorer.dump.put_back import PutBackRequest, put_back
from snap_restorer.pg.guard import Guard
from snap_restorer.pg.target import Target
from tests.cases.hard_schemas import HARD, create_hard
from tests.fingerprint import changes, fingerprint
from tests.params import few
from tests.postgres import execute
from tests.progress import Recorded
from tests.restorer.backing import OWN, Held, differences, hosted, rights, taken

# pg_dump itself tells these apart no more: whether a partition's key is its own as well, how often a type is named.
_LOST_BY_PG_DUMP = ("constraints: keyed_1_pkey on public.keyed_1: ", "dependencies: type public.mail2 n> ")


def ruin(owner: str) -> None:
    """Change a database like a night that fails half way: old objects are gone, and some of the new ones exist."""
    execute(
        owner,
        """DROP SCHEMA public CASCADE; CREATE SCHEMA public; CREATE TABLE public.people (id text);
        INSERT INTO public.people VALUES ('new'); CREATE VIEW extra.late AS SELECT * FROM public.people;
        DROP TABLE snap.ledger; INSERT INTO snap.night VALUES (2); CREATE FUNCTION public.more() RETURNS int
        LANGUAGE sql AS 'SELECT 2'; CREATE TYPE public.new AS ENUM ('a');""",
    )


@pytest.mark.slow
def test_a_database_that_was_ruined_is_put_back_exactly(any_database, owner):
    before, granted = fingerprint(any_database), rights(any_database)
    backup = taken(owner, schemas=OWN)
    ruin(owner)
    said = Recorded()
    done = put_back(Target(owner), backup, PutBackRequest(lose=True), progress=said)
    assert done.lost == ("view extra.late",)
    assert "view extra.late" in said.warnings[0]
    assert done.tables["people"] == 50
    assert done.tables["notes"] == 190
    # The nightly's own table is never put back.
    assert execute(any_database, "SELECT id FROM snap.night ORDER BY 1") == [(1,), (2,)]
    execute(any_database, "DELETE FROM snap.night WHERE id = 2")
    assert differences(before, any_database) == []
    assert rights(any_database) == granted


@pytest.mark.slow
def test_putting_back_what_is_there_changes_nothing(any_database, owner):
    before, granted = fingerprint(any_database), rights(any_database)
    backup = taken(owner, schemas=OWN)
    for _ in range(2):
        put_back(Target(owner), backup)
    assert differences(before, any_database) == []
    assert rights(any_database) == granted


@pytest.mark.slow
def test_what_was_noted_is_json(owner):
    import json

    held = taken(owner).inventory
    assert parse(json.loads(json.dumps(document(held)))) == held


@pytest.mark.parametrize("name", few(HARD, 4))
def test_a_hard_schema_is_put_back(any_database, name):
    create_hard(any_database, name)
    before, granted = fingerprint(any_database), rights(any_database)
    backup = taken(any_database)
    execute(any_database, "CREATE TABLE public.junk (id int)")
    put_back(Target(any_database), backup)
    assert [line for line in differences(before, any_database) if not line.startswith(_LOST_BY_PG_DUMP)] == []
    assert rights(any_database) == granted


@pytest.mark.slow
def test_what_came_since_is_refused_by_name(any_database, owner):
    backup = taken(owner, schemas=OWN)
    execute(
        owner,
        "CREATE VIEW extra.late AS SELECT * FROM public.people;"
        "CREATE TRIGGER late AFTER DELETE ON auth.users FOR EACH ROW EXECUTE FUNCTION public.handle_new_user()",
    )
    before = fingerprint(any_database)
    with pytest.raises(TargetError) as refused:
        put_back(Target(owner), backup)
    assert "view extra.late" in refused.value.message
    assert "trigger late on auth.users" in refused.value.message
    assert "on_user" not in refused.value.message
    assert refused.value.option == "lose"
    assert changes(before, fingerprint(any_database)) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("CREATE TABLE extra.typed (m public.people)", "table column extra.typed.m"),
        ("CREATE TABLE extra.child () INHERITS (public.private)", "table extra.child"),
        ("CREATE MATERIALIZED VIEW extra.kept AS SELECT * FROM public.notes", "materialized view extra.kept"),
        ("CREATE FUNCTION extra.f(public.people) RETURNS int LANGUAGE sql AS 'SELECT 1'", None),
    ],
)
def test_rows_outside_are_never_dropped(any_database, owner, statement, named):
    backup = taken(owner, schemas=OWN)
    execute(owner, statement)
    before = fingerprint(any_database)
    if named is None:
        assert put_back(Target(owner), backup, PutBackRequest(lose=True)).lost == ("function extra.f(public.people)",)
        return
    with pytest.raises(TargetError, match="could not be created again") as refused:
        put_back(Target(owner), backup, PutBackRequest(lose=True))
    assert f"- {named}" in refused.value.message
    assert changes(before, fingerprint(any_database)) == []


@pytest.mark.slow
def test_what_no_backup_can_hold_is_noted_and_refused(any_database, owner):
    execute(owner, "CREATE FUNCTION extra.f(public.people) RETURNS int LANGUAGE sql AS 'SELECT 1'")
    backup = taken(owner, schemas=OWN)
    assert backup.inventory.unrecorded == ("function extra.f(public.people)",)
    with pytest.raises(TargetError, match="could not be created again"):
        put_back(Target(owner), backup, PutBackRequest(lose=True))
    execute(owner, "DROP FUNCTION extra.f")
    put_back(Target(owner), backup)


def test_forced_row_security_refuses_a_backup_that_would_be_short(any_pg, any_database):
    owner = hosted(any_database, any_pg, bypass=False)
    with pytest.raises(TargetError, match="row-level security") as refused, dumping(Target(owner)) as dump:
        b"".join(dump.pieces())
    assert "people" in refused.value.message
    assert "BYPASSRLS" in refused.value.hint


@pytest.mark.slow
def test_a_role_that_row_security_binds_may_put_back(any_pg, any_database):
    owner = hosted(any_database, any_pg)
    before = fingerprint(any_database)
    backup = taken(owner, schemas=OWN)
    execute(any_database, "ALTER ROLE plain NOBYPASSRLS; DROP TABLE public.private")
    put_back(Target(owner), backup)
    assert differences(before, any_database) == []


def test_a_table_that_may_not_be_read_is_named(any_pg, any_database):
    owner = hosted(any_database, any_pg)
    execute(any_database, "CREATE TABLE public.secret (id int)")
    with pytest.raises(TargetError, match="secret"), dumping(Target(owner)) as dump:
        b"".join(dump.pieces())


@pytest.mark.slow
def test_what_belongs_to_others_stays_theirs_or_is_said(any_pg, any_database):
    owner = hosted(any_database, any_pg)
    execute(any_database, "CREATE TABLE public.theirs (id int); GRANT SELECT ON public.theirs TO plain, reader")
    backup = taken(any_database, schemas=OWN, trust_code=True)
    put_back(Target(any_database), backup, PutBackRequest(trust_code=True))
    assert execute(
        any_database, "SELECT tableowner FROM pg_tables WHERE tablename IN ('theirs', 'people') ORDER BY 1"
    ) == [
        ("plain",),
        ("postgres",),
    ]
    execute(any_database, "GRANT ALL ON SCHEMA public TO plain; ALTER SCHEMA public OWNER TO plain")
    said = Recorded()
    put_back(Target(owner), taken(any_database, schemas=OWN, trust_code=True), progress=said)
    assert "objects that belonged to postgres now belong to the role that restored them" in said.warnings
    assert execute(any_database, "SELECT tableowner FROM pg_tables WHERE tablename = 'theirs'") == [("plain",)]
    assert execute(any_database, "SELECT has_table_privilege('reader', 'public.theirs', 'SELECT')") == [(True,)]


@pytest.mark.slow
def test_default_privileges_are_as_they_were(any_database, owner):
    backup = taken(owner, schemas=OWN)
    query = "SELECT defaclobjtype::text, defaclacl::text FROM pg_default_acl ORDER BY 1"
    before = execute(any_database, query)
    execute(
        owner,
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE SELECT ON TABLES FROM reader;"
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TYPES TO reader",
    )
    assert execute(any_database, query) != before
    put_back(Target(owner), backup)
    assert execute(any_database, query) == before


@pytest.mark.slow
def test_a_proof_that_fails_undoes_all(any_database, owner):
    from dataclasses import replace

    backup = taken(owner, schemas=OWN)
    execute(owner, "DROP TABLE public.private")
    before = fingerprint(any_database)
    for changed, message in (
        (
            {"rows": {**backup.inventory.rows, "people": (51, "1", "2")}},
            "people holds 50 rows instead of 51",
        ),
        ({"rows": {**backup.inventory.rows, "people": (50, "1", "2")}}, "rows of people differ"),
        ({"objects": {**backup.inventory.objects, "public": ("table public.ghost",)}}, "table public.ghost is missing"),
    ):
        wrong = Held(replace(backup.inventory, **changed), backup.client, backup.data)
        with pytest.raises(CheckError, match="the restored objects or rows differ from the backup") as failed:
            put_back(Target(owner), wrong)
        assert message in failed.value.message
        assert changes(before, fingerprint(any_database)) == []


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.2, 0.6, 0.97])
def test_an_archive_that_is_cut_off_changes_nothing(any_database, owner, share):
    backup = taken(owner, schemas=OWN)
    before = fingerprint(any_database)
    with pytest.raises(SnapError) as failed:
        put_back(Target(owner), Held(backup.inventory, backup.client, backup.data[: int(len(backup.data) * share)]))
    assert failed.value.code in {3, 4, 6}
    assert changes(before, fingerprint(any_database)) == []


@pytest.mark.slow
def test_what_others_own_and_we_could_not_make_again_is_noted(any_database, owner):
    execute(
        any_database,
        "CREATE POLICY theirs ON auth.users USING (id > public.one());"
        "CREATE PUBLICATION theirs FOR TABLE public.notes;"
        "CREATE FUNCTION public.seen() RETURNS event_trigger LANGUAGE plpgsql AS 'begin end';"
        "CREATE EVENT TRIGGER theirs ON ddl_command_start EXECUTE FUNCTION public.seen()",
    )
    before, granted = fingerprint(any_database), rights(any_database)
    backup = taken(owner, schemas=OWN)
    named = (
        "policy theirs on auth.users",
        "publication relation public.notes in publication theirs",
        "event trigger theirs",
    )
    assert set(backup.inventory.unrecorded) == {*named}
    with pytest.raises(TargetError, match="could not be created again") as refused:
        put_back(Target(owner), backup, PutBackRequest(lose=True))
    assert all(name in refused.value.message for name in named)
    # Who may, can: the definitions are in the backup.
    execute(
        any_database, "DROP EVENT TRIGGER theirs; DROP POLICY theirs ON auth.users; DROP TABLE public.notes CASCADE"
    )
    put_back(Target(any_database), backup, PutBackRequest(lose=True, trust_code=True))
    assert differences(before, any_database) == []
    assert rights(any_database) == granted


@pytest.mark.slow
def test_casts_operators_and_text_search_come_back(any_database):
    execute(
        any_database,
        """CREATE SCHEMA app; CREATE TYPE app.pair AS (a int, b int); CREATE DOMAIN app.word AS text;
        CREATE FUNCTION app.sum(app.pair) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT ($1).a + ($1).b';
        CREATE CAST (app.pair AS int) WITH FUNCTION app.sum(app.pair) AS ASSIGNMENT;
        CREATE FUNCTION app.less(app.pair, app.pair) RETURNS boolean IMMUTABLE LANGUAGE sql AS 'SELECT ($1).a < ($2).a';
        CREATE OPERATOR app.<<< (FUNCTION = app.less, LEFTARG = app.pair, RIGHTARG = app.pair);
        CREATE FUNCTION app.order(app.pair, app.pair) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 0';
        CREATE OPERATOR CLASS app.pairs FOR TYPE app.pair USING btree AS OPERATOR 1 app.<<<,
            FUNCTION 1 app.order(app.pair, app.pair);
        CREATE TEXT SEARCH DICTIONARY app.plain (TEMPLATE = simple, STOPWORDS = english);
        CREATE TEXT SEARCH CONFIGURATION app.config (COPY = simple);
        CREATE AGGREGATE app.total (int) (SFUNC = int4pl, STYPE = int);
        CREATE PROCEDURE app.p() LANGUAGE sql AS 'SELECT 1';
        CREATE TABLE app.t (id int, p app.pair, c text); CREATE STATISTICS app.s ON id, c FROM app.t;
        CREATE VIEW app.v AS SELECT * FROM app.t; CREATE RULE r AS ON INSERT TO app.v DO INSTEAD NOTHING;""",
    )
    before = fingerprint(any_database)
    backup = taken(any_database)
    assert backup.inventory.unrecorded == ()
    execute(any_database, "DROP SCHEMA app CASCADE")
    put_back(Target(any_database), backup)
    assert differences(before, any_database) == []
    put_back(Target(any_database), backup)
    assert differences(before, any_database) == []


@pytest.mark.slow
def test_a_pooler_is_refused_for_a_dump_and_good_for_putting_back(pg, database, bouncer_port):
    execute(database, "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 100)")
    ((name,),) = execute(database, "SELECT current_database()")
    pooled = f"host=127.0.0.1 port={bouncer_port} user=postgres dbname='{name}'"
    with pytest.raises(TargetError, match="is a connection pooler in transaction mode"), dumping(Target(pooled)):
        pass
    backup = taken(database)
    execute(database, "DROP TABLE t")
    put_back(Target(pooled), backup)
    assert execute(pooled, "SELECT count(*) FROM t") == [(100,)]
    assert execute(pooled, "SHOW search_path") == [('"$user", public',)]


@pytest.mark.slow
def test_a_pooler_in_session_mode_is_good_for_both(pg, database, session_port):
    hosted(database, pg)
    ((name,),) = execute(database, "SELECT current_database()")
    pooled = f"host=127.0.0.1 port={session_port} user=plain dbname='{name}'"
    before = fingerprint(database)
    backup = taken(pooled, schemas=OWN)
    ruin(pooled)
    put_back(Target(pooled), backup, PutBackRequest(lose=True))
    execute(database, "DELETE FROM snap.night WHERE id = 2")
    assert differences(before, database) == []


@pytest.mark.slow
def test_a_lock_of_others_is_waited_for_and_then_refused(any_database, owner):
    backup = taken(owner, schemas=OWN)
    before = fingerprint(any_database)
    with psycopg.connect(any_database) as other:
        other.execute("SELECT * FROM public.notes")
        with pytest.raises(TargetError, match="lock held"):
            put_back(Target(owner), backup, PutBackRequest(lock_timeout_s=0.3))
        other.execute("LOCK TABLE public.notes IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(TargetError, match="lock"), dumping(Target(owner), DumpRequest(lock_timeout_s=0.3)) as dump:
            b"".join(dump.pieces())
    assert changes(before, fingerprint(any_database)) == []


@pytest.mark.slow
def test_stop_ends_a_dump_and_a_put_back_that_wait(any_database, owner):
    backup = taken(owner, schemas=OWN)
    before = fingerprint(any_database)
    with psycopg.connect(any_database) as other:
        other.execute("LOCK TABLE public.notes IN ACCESS EXCLUSIVE MODE")
        for work in (
            lambda stop: put_back(Target(owner), backup, PutBackRequest(lock_timeout_s=60), stop=stop),
            lambda stop: taken(owner, lock_timeout_s=60, stop=stop),
        ):
            stop = threading.Event()
            threading.Timer(0.5, stop.set).start()
            began = time.monotonic()
            with pytest.raises(Interrupted):
                work(stop)
            assert time.monotonic() - began < 30
    assert changes(before, fingerprint(any_database)) == []


@pytest.mark.slow
def test_a_protected_database_is_never_put_back(any_database, owner):
    backup = taken(owner, schemas=OWN)
    with pytest.raises(TargetError, match="is protected"):
        put_back(Target(owner), backup, PutBackRequest(guard=Guard(yes=True, protected=("*/*",))))
    with pytest.raises(TargetError, match="not among the databases"):
        put_back(Target(owner), backup, PutBackRequest(guard=Guard(allowed=("elsewhere/*",))))
    put_back(Target(owner), backup, PutBackRequest(guard=Guard(allowed=("local/*",))))
