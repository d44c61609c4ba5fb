"""Provide a staging database as on Supabase: `postgres` is no superuser, and the host owns most schemas.

supabase.sql is the host's part. The team's migrations are WorldChef's schema, profiles that a sign-up trigger writes,
and accounts in their own schema. The server is a separate one, because pg_cron must be loaded at its start.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from snap_builder import bundled
from snap_restorer.local import account
from snap_restorer.local.embedded import Server
from tests.ops.buckets import S3
from tests.ops.staging import Staging, surrounded
from tests.paths import ROOT
from tests.postgres import bouncer, bouncer_program, execute, programs_of, server

_PLATFORM = (ROOT / "tests/ops/supabase.sql").read_text("utf-8")
_CRON = "shared_preload_libraries = 'pg_cron'\ncron.use_background_workers = on\nwal_level = logical\n"

MIGRATIONS = {
    "20260101000000_schema": bundled("worldchef").sql,
    "20260201000000_profiles": """
        CREATE TABLE public.profiles (id uuid PRIMARY KEY REFERENCES auth.users ON DELETE CASCADE, name text);
        ALTER TABLE public.profiles ENABLE ROW LEVEL SECURITY;
        CREATE POLICY "everyone reads" ON public.profiles FOR SELECT USING (true);
        CREATE POLICY "own profile" ON public.profiles FOR UPDATE TO authenticated USING (auth.uid() = id);
        CREATE FUNCTION public.handle_new_user() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
            AS $$ BEGIN
                INSERT INTO public.profiles VALUES (new.id, new.raw_user_meta_data ->> 'name'); RETURN new;
            END $$;
        CREATE TRIGGER on_auth_user_created AFTER INSERT ON auth.users
            FOR EACH ROW EXECUTE FUNCTION public.handle_new_user();
        CREATE TABLE public.feedback (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, author uuid REFERENCES public.profiles, text text);
        ALTER TABLE public.feedback ENABLE ROW LEVEL SECURITY;
        CREATE POLICY "own feedback" ON public.feedback TO authenticated USING (author = auth.uid());
        REVOKE ALL ON public.feedback FROM anon;
        """,
    "20260301000000_accounts": """
        CREATE SCHEMA basejump;
        GRANT USAGE ON SCHEMA basejump TO authenticated, service_role;
        CREATE TYPE basejump.account_role AS ENUM ('owner', 'member');
        CREATE TABLE basejump.accounts (
            id uuid PRIMARY KEY DEFAULT extensions.uuid_generate_v4(),
            primary_owner uuid REFERENCES auth.users NOT NULL,
            name text, personal bool NOT NULL DEFAULT false);
        CREATE TABLE basejump.account_user (
            user_id uuid REFERENCES auth.users ON DELETE CASCADE, account_id uuid REFERENCES basejump.accounts,
            account_role basejump.account_role NOT NULL, PRIMARY KEY (user_id, account_id));
        ALTER TABLE basejump.accounts ENABLE ROW LEVEL SECURITY;
        GRANT SELECT, INSERT, UPDATE, DELETE ON basejump.accounts, basejump.account_user TO authenticated, service_role;
        CREATE FUNCTION basejump.has_role(account uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
            SET search_path = '' AS $$ SELECT EXISTS (
                SELECT FROM basejump.account_user u WHERE u.account_id = account AND u.user_id = auth.uid()) $$;
        REVOKE EXECUTE ON FUNCTION basejump.has_role FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION basejump.has_role TO authenticated;
        CREATE POLICY members ON basejump.accounts FOR SELECT TO authenticated USING (basejump.has_role(id));
        CREATE POLICY "members upload" ON storage.objects FOR INSERT TO authenticated
            WITH CHECK (bucket_id = 'avatars' AND basejump.has_role(((storage.foldername(name))[1])::uuid));
        """,
    "20260401000000_realtime": """
        ALTER PUBLICATION supabase_realtime ADD TABLE public.profiles, public.recipes;
        CREATE FUNCTION public.tidy() RETURNS bigint LANGUAGE sql AS $$ SELECT count(*) FROM public.feedback $$;
        """,
}
AFTER = {
    "10_profiles.sql": """
        INSERT INTO public.profiles SELECT id, raw_user_meta_data ->> 'name' FROM auth.users ON CONFLICT DO NOTHING;
        """,
    "20_accounts.sql": """
        INSERT INTO basejump.accounts (id, primary_owner, personal) SELECT id, id, true FROM auth.users;
        INSERT INTO basejump.account_user SELECT id, id, 'owner' FROM auth.users;
        """,
}
SETTINGS = {
    "reset": {
        "schemas": ["public"],
        "drop": ["basejump"],
        "allow_cascade": [
            "auth.users",
            "policy members upload on storage.objects",
            "storage.objects",
            "supabase_realtime",
        ],
    },
    "after_restore": {"sql": "after", "command": ["sh", "-c", "echo smoke test with ${DATABASE_URL%%:*}"]},
    "health": {"database_size": "500 MB", "storage_size": "1 GB"},
}
# Somebody signs up. No night removes an account, because the host owns schema auth.
SIGN_UP = """
INSERT INTO auth.users (id, email, raw_user_meta_data) VALUES (gen_random_uuid(), 'new@app.example', '{"name": "New"}');
"""
# What people do during a day, and a night reverts.
DAY = """
INSERT INTO public.feedback (author, text) SELECT p.id, 'line ' || i
    FROM (SELECT id FROM public.profiles ORDER BY id LIMIT 1) p, generate_series(1, 500) i;
UPDATE public.profiles SET name = 'renamed' WHERE id IN (SELECT id FROM public.profiles ORDER BY id LIMIT 3);
UPDATE public.users SET bio = 'somebody was here' WHERE id IN (SELECT id FROM public.users ORDER BY id LIMIT 3);
CREATE TABLE public."QA's cases" (n int); INSERT INTO public."QA's cases" SELECT generate_series(1, 7);
"""


def missing() -> str:
    """Return a text on what this machine lacks to run such a staging database, or ""."""
    programs = programs_of("15")
    if programs is None or not (programs.parent / "lib/pg_cron.so").exists():
        return "no Postgres 15 with pg_cron on this machine (.ci/run says how to install it)"
    if bouncer_program() is None:
        return "no PgBouncer on this machine (.ci/run says how to install it)"
    return ""


@contextmanager
def host() -> Iterator[Server]:
    """Yield a server with the roles supabase_admin and postgres as on Supabase, and with pg_cron loaded."""
    programs = programs_of("15")
    assert programs is not None
    with server(programs, port=True) as running:
        with (running.data / "postgresql.conf").open("a") as settings:
            settings.write(_CRON)
        # Committed data must survive an immediate restart.
        execute(running.url("postgres"), "ALTER SYSTEM SET synchronous_commit = on")
        _restart(running.data, "fast")
        execute(running.url("postgres"), "CREATE ROLE supabase_admin SUPERUSER LOGIN REPLICATION BYPASSRLS")
        admin = conninfo(running, "supabase_admin")
        execute(admin, "ALTER ROLE postgres RENAME TO bootstrap; CREATE ROLE postgres SUPERUSER LOGIN")
        execute(admin, "ALTER DATABASE postgres OWNER TO postgres; ALTER DATABASE template1 OWNER TO supabase_admin")
        execute(admin, _PLATFORM)
        yield running


def restart(place: Staging) -> None:
    """Restart the server of a staging database immediately, as a host does: every session is cut off."""
    [(data,)] = execute(place.url, "SHOW data_directory")
    _restart(Path(data), "immediate")


def _restart(data: Path, mode: str) -> None:
    programs = programs_of("15")
    assert programs is not None
    restart = (programs / "pg_ctl", "-D", data, "-w", "-m", mode, "-l", data / "log", "restart")
    done = account.run(data, dict(os.environ), restart)
    assert done.returncode == 0, done.stdout + done.stderr


def conninfo(running: Server, user: str) -> str:
    return f"host={running.socket} port={running.port} user={user} dbname=postgres"


@contextmanager
def supabase(root: Path, s3: S3) -> Iterator[Staging]:
    """Yield a staging database on its own host, behind a PgBouncer in session mode."""
    with host() as running, bouncer(running, "postgres", mode="session", sessions=8) as port:
        pooled = f"postgresql://postgres@127.0.0.1:{port}/postgres"
        with surrounded(root, conninfo(running, "supabase_admin"), pooled, pooled, s3) as made:
            for name, text in MIGRATIONS.items():
                made.migration(name, text)
            (root / "after").mkdir()
            for name, text in AFTER.items():
                (root / "after" / name).write_text(text)
            made.change(**SETTINGS)
            execute(pooled, "SELECT cron.schedule('tidy', '* * * * *', 'SELECT public.tidy()')")
            yield made
