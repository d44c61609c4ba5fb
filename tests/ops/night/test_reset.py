"""Test the step "reset": its plan only reads, its result names the dropped objects, and a backup restores them."""

from __future__ import annotations

from typing import Any

import pytest

from snap.config import Origin, section
from snap.errors import TargetError, UsageError
from snap_ops.backup.step import BackupSettings, BackupStep
from snap_ops.migrations.step import MigrateStep, MigrationSettings
from snap_ops.night.reset import ResetSettings, ResetStep
from snap_ops.step import Step
from snap_restorer.pg.guard import Guard
from tests.fingerprint import changes, fingerprint
from tests.ops.steps import night
from tests.postgres import execute
from tests.restorer.backing import differences, hosted

ALLOW = ("auth.users", "extra.*", "live")


def step(*, migrates: bool = False, **given: Any) -> ResetStep:
    return ResetStep(settings=ResetSettings(**given), migrates=migrates)


def test_settings_are_read(tmp_path):
    origin = Origin(file="snap.toml", folder=tmp_path, environment={})
    found = section(
        ResetSettings,
        {"schemas": ["public", "app"], "drop": ["old"], "allow_cascade": ["auth.users"], "lock_timeout": "3 s"},
        "reset",
        origin,
    )
    assert found.schemas == ("public", "app")
    assert found.lock_timeout.total_seconds() == 3
    assert section(ResetSettings, {}, "reset", origin).schemas == ("public",)


def test_a_plan_says_what_would_go_and_changes_nothing(any_database, any_pg):
    owner = hosted(any_database, any_pg)
    before = fingerprint(any_database)
    reset: Step = step(allow_cascade=ALLOW, drop=("extra",), schemas=("public", "nowhere"))
    lines = reset.plan(night(owner))
    assert lines[0].startswith("empty public, extra of postgresql://")
    assert lines[0].endswith("6 tables, 1 view")
    assert lines[1] == "drop extra themselves"
    assert "this drops trigger on_user on auth.users too" in lines
    assert lines[-1] == "schema nowhere is not there"
    assert changes(before, fingerprint(any_database)) == []


@pytest.mark.slow
def test_a_plan_refuses_what_a_run_would(any_database, any_pg):
    owner = hosted(any_database, any_pg)
    for do in (step().plan, step().run):
        with pytest.raises(TargetError, match=r"trigger on_user on auth\.users"):
            do(night(owner))
    for do in (step(schemas=("auth",)).plan, step(schemas=("auth",)).run):
        with pytest.raises(TargetError, match=r"belong to other roles:\n- table auth\.users, of postgres"):
            do(night(owner))
    execute(any_database, "CREATE ROLE supabase_admin; ALTER SCHEMA auth OWNER TO supabase_admin")
    for do in (step(schemas=("auth",)).plan, step(schemas=("auth",)).run):
        with pytest.raises(UsageError, match="schema auth belongs to Supabase"):
            do(night(owner))


def test_a_run_says_what_went(any_database, any_pg):
    owner = hosted(any_database, any_pg)
    done = step(allow_cascade=ALLOW).run(night(owner))
    assert done.detail.startswith("public: dropped ")
    assert "view extra.seen was outside the schemas, and was dropped with them" in done.warnings
    assert done.facts["dropped"]["table"] == 5
    assert "view extra.seen" in done.facts["lost"]


def test_each_kind_has_its_own_plural(any_database):
    for name in ("a", "b"):
        execute(any_database, f"CREATE TEXT SEARCH DICTIONARY {name} (TEMPLATE = simple)")
        execute(any_database, f"CREATE OPERATOR CLASS {name} FOR TYPE int4 USING hash AS OPERATOR 1 =")
        execute(any_database, f"CREATE MATERIALIZED VIEW m{name} AS SELECT 1 AS n")
        execute(any_database, f"CREATE INDEX ON m{name} (n)")
    execute(any_database, "CREATE DOMAIN d AS int")
    done = step().run(night(any_database))
    assert done.detail == (
        "public: dropped 2 materialized views, 2 operator families, 2 text search dictionaries, 1 type"
    )


def test_a_protected_database_is_not_reset(any_database):
    guarded = ResetStep(settings=ResetSettings(), migrates=False, guard=Guard(protected=("*/*",)))
    with pytest.raises(TargetError, match="is protected"):
        guarded.run(night(any_database))
    listed = ResetStep(settings=ResetSettings(), migrates=False, guard=Guard(allowed=("elsewhere/*",)))
    with pytest.raises(TargetError, match="not among the databases"):
        listed.run(night(any_database))


@pytest.mark.slow
def test_a_backup_undoes_a_reset_and_migrations_with_their_history(any_database, any_pg, tmp_path):
    owner = hosted(any_database, any_pg)
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "1_a.sql").write_text("CREATE TABLE public.a (id int)")
    migrating = MigrateStep(settings=MigrationSettings(folder=folder), root=tmp_path, environment={})
    migrating.run(night(owner))
    before = fingerprint(any_database)
    one = night(owner)
    backup = BackupStep(settings=BackupSettings(to="backups"), root=tmp_path, environment={})
    made = backup.run(one)
    resetting = step(migrates=True, allow_cascade=ALLOW)
    assert set(resetting.touched) == {"public", "supabase_migrations"}
    assert resetting.run(one).facts["migrations_forgotten"] == 1
    (folder / "2_b.sql").write_text("CREATE TABLE public.b (id int)")
    assert migrating.run(one).facts["applied"] == ["1_a.sql", "2_b.sql"]
    backup.put_back(one, made.facts["id"])
    assert differences(before, any_database) == []
    assert execute(any_database, "SELECT version FROM supabase_migrations.schema_migrations") == [("1",)]


_HOST = """
CREATE SCHEMA auth; CREATE TABLE auth.users (id int PRIMARY KEY);
CREATE SCHEMA storage; CREATE TABLE storage.objects (name text, owner int);
ALTER TABLE storage.objects ENABLE ROW LEVEL SECURITY;
CREATE SCHEMA extensions;
CREATE PUBLICATION supabase_realtime;
ALTER TABLE storage.objects OWNER TO plain; GRANT USAGE, CREATE ON SCHEMA storage TO plain;
GRANT USAGE ON SCHEMA auth TO plain; GRANT SELECT, REFERENCES, TRIGGER ON auth.users TO plain;
ALTER PUBLICATION supabase_realtime OWNER TO plain;
GRANT ALL ON SCHEMA public TO plain; GRANT USAGE ON SCHEMA public TO anon, authenticated;
INSERT INTO auth.users VALUES (1);
"""
_RIGHTS = """
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO anon;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO authenticated;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO authenticated;
"""
_MIGRATIONS = {
    "20250101000000_users": """
        CREATE TABLE public.users (id int PRIMARY KEY REFERENCES auth.users ON DELETE CASCADE, name text);
        ALTER TABLE public.users ENABLE ROW LEVEL SECURITY;
        CREATE POLICY all_see ON public.users FOR SELECT TO anon, authenticated USING (true);
        CREATE POLICY all_add ON public.users FOR INSERT TO authenticated WITH CHECK (true);
        CREATE FUNCTION public.handle_new_user() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
        AS $$ begin insert into public.users values (new.id, 'new'); return new; end; $$;
        CREATE TRIGGER on_auth_user_created AFTER INSERT ON auth.users
            FOR EACH ROW EXECUTE FUNCTION public.handle_new_user();
    """,
    "20250102000000_storage": """
        CREATE FUNCTION public.mine(who int) RETURNS boolean LANGUAGE sql STABLE AS 'SELECT who = 1';
        CREATE POLICY mine ON storage.objects FOR SELECT USING (public.mine(owner));
        CREATE TABLE storage.marks (who int REFERENCES public.users);
        ALTER PUBLICATION supabase_realtime ADD TABLE public.users;
    """,
}


@pytest.fixture
def supabase(any_database, any_pg):
    """Yield the conninfo of role `plain` in a database like a hosted one, which other roles own, like schema public."""
    for role in ("plain", "anon", "authenticated"):
        make = f"CREATE ROLE {role} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL"
        execute(any_database, f"DO $$ BEGIN {make}; END $$")
    ((name,),) = execute(any_database, "SELECT current_database()")
    execute(any_database, f'GRANT CREATE ON DATABASE "{name}" TO plain;' + _HOST)
    owner = f"host={any_pg.socket} port={any_pg.port} user=plain dbname='{name}'"
    execute(owner, _RIGHTS)
    yield owner
    for role in ("anon", "authenticated"):
        execute(any_database, f"DROP OWNED BY {role}; DROP ROLE {role}")


@pytest.mark.slow
def test_a_hosted_database_is_reset_and_migrated_every_night(any_database, supabase, tmp_path):
    for name, text in _MIGRATIONS.items():
        (tmp_path / f"{name}.sql").write_text(text)
    migrating = MigrateStep(settings=MigrationSettings(folder=tmp_path), root=tmp_path, environment={})
    allow = ("trigger on_auth_user_created on auth.users", "storage.*", "supabase_realtime")
    resetting = step(migrates=True, allow_cascade=allow)
    migrating.run(night(supabase))
    with pytest.raises(TargetError, match="storage"):
        step(migrates=True, allow_cascade=allow[:1]).run(night(supabase))
    lost = set(resetting.run(night(supabase)).facts["lost"])
    assert lost == {
        "trigger on_auth_user_created on auth.users",
        "policy mine on storage.objects",
        "table constraint marks_who_fkey on storage.marks",
        "publication relation public.users in publication supabase_realtime",
    }
    # A table that a migration makes outside is still there: that is told, and where.
    with pytest.raises(TargetError, match=r'20250102000000_storage\.sql:4: relation "marks" already exists'):
        migrating.run(night(supabase))
    text = _MIGRATIONS["20250102000000_storage"]
    mended = text.replace(
        "CREATE TABLE storage.marks (who int REFERENCES public.users);",
        "CREATE TABLE IF NOT EXISTS storage.marks (who int);"
        "ALTER TABLE storage.marks ADD FOREIGN KEY (who) REFERENCES public.users;",
    )
    (tmp_path / "20250102000000_storage.sql").write_text(mended)
    migrating.run(night(supabase))
    execute(any_database, "INSERT INTO auth.users VALUES (2)")
    found: list[set[str]] = []
    for _ in range(2):
        resetting.run(night(supabase))
        assert migrating.run(night(supabase)).facts["applied"] == [f"{name}.sql" for name in _MIGRATIONS]
        found.append({f"{a}: {k}: {v}" for a, things in fingerprint(any_database).items() for k, v in things.items()})
    assert found[0] == found[1]
    # Grants by default privileges hold on the tables that were made again, and the trigger fills them.
    execute(any_database, "INSERT INTO auth.users VALUES (3)")
    assert execute(any_database, "SET ROLE anon; SELECT id, name FROM public.users") == [(3, "new")]
    execute(any_database, "SET ROLE authenticated; INSERT INTO public.users VALUES (1, 'me')")
    assert execute(any_database, "SELECT tablename FROM pg_publication_tables") == [("users",)]
