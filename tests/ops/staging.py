"""Provide a team's staging database with its surroundings: a pooler, a bucket, Slack, an Edge Function and an app.

Migrations build the dataset's schema, under a plain owner and with forced row-level security. Schemas like Supabase's,
which another role owns, contain tables and a trigger of their own.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from snap.config import Origin, Settings
from snap.progress import Silent
from snap.store import Store
from snap_builder import bundled
from snap_cli.datasets import DATASETS
from snap_ops.backup.retention import list_backups
from snap_ops.backup.sealed import Backup
from snap_ops.night.afterwards import FinishedNight, finish_night
from snap_ops.night.configure import Project, configure
from snap_ops.night.pipeline import StagingDatabase
from snap_ops.night.run import run_night
from snap_restorer import Target
from snap_restorer.local.embedded import Server
from snap_restorer.pg.guard import Guard
from tests.fingerprint import Fingerprint, changes, fingerprint
from tests.ops.buckets import KEY, S3, SECRET
from tests.ops.servers import TOKEN, Web, served, serving
from tests.ops.servers import Server as Hook
from tests.paths import ROOT
from tests.postgres import execute, name_of

_TABLES = tuple(table.name for table in bundled("worldchef").tables)

# What an administrator has created: the platform's schemas, and the application's role with its rights.
PLATFORM = """
CREATE ROLE plain LOGIN BYPASSRLS; CREATE ROLE authenticated; GRANT authenticated TO plain;
ALTER SCHEMA public OWNER TO plain; GRANT USAGE ON SCHEMA public TO authenticated;
CREATE SCHEMA auth; CREATE TABLE auth.users (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), email text);
INSERT INTO auth.users (email) SELECT i || '@app.example' FROM generate_series(1, 20) i;
GRANT USAGE ON SCHEMA auth TO plain; GRANT SELECT, REFERENCES, TRIGGER ON auth.users TO plain;
CREATE SCHEMA storage; CREATE TABLE storage.objects (id serial PRIMARY KEY, name text);
INSERT INTO storage.objects (name) VALUES ('kept');
CREATE SCHEMA realtime; CREATE TABLE realtime.messages (id int); CREATE SCHEMA extensions;
CREATE EXTENSION citext SCHEMA extensions;
CREATE PUBLICATION supabase_realtime;
ALTER DEFAULT PRIVILEGES FOR ROLE plain IN SCHEMA public GRANT SELECT ON TABLES TO authenticated;
"""
MIGRATIONS = {
    "20260101000000_schema": bundled("worldchef").sql,
    "20260201000000_security": "".join(f"ALTER TABLE public.{name} FORCE ROW LEVEL SECURITY;\n" for name in _TABLES),
    "20260301000000_signup": """
        CREATE FUNCTION public.on_signup() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
        CREATE TRIGGER on_signup AFTER INSERT ON auth.users FOR EACH ROW EXECUTE FUNCTION public.on_signup();
        CREATE TABLE public.notes (id serial PRIMARY KEY, author uuid REFERENCES public.users, text text);
        """,
}
# The history of migrations, and a condition that Postgres prints differently after reading its own output.
PRINTED = re.compile(r".*supabase_migrations|triggers: touch public\.touch_updated_at\(\) on public\.recipes: ")
# What people do during a day.
DAY = """
UPDATE public.users SET bio = 'somebody was here' WHERE id IN (SELECT id FROM public.users ORDER BY id LIMIT 3);
DELETE FROM public.recipe_likes WHERE ctid IN (SELECT ctid FROM public.recipe_likes LIMIT 5);
INSERT INTO public.notes (author, text) SELECT id, 'a note' FROM public.users LIMIT 2;
CREATE TABLE public.scratch (v int); INSERT INTO public.scratch VALUES (1);
"""


@dataclass
class Staging:
    """A staging database. `url` is for an administrator.

    `direct` and `pooled` are for the owner, `pooled` through a pooler.
    """

    root: Path
    url: str
    pooled: str
    direct: str
    s3: S3
    bucket: str
    slack: Hook
    web: Web
    changed: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("SNAP_", "PG", "AWS_"))}
        return kept | {
            "PYTHONPATH": str(ROOT),
            "STAGING_DB_URL": self.pooled,
            "STAGING_DIRECT_URL": self.direct,
            "S3_KEY": KEY,
            "S3_SECRET": SECRET,
            "TOKEN": TOKEN,
            "SLACK_URL": self.slack.url,
        }

    def sections(self) -> dict[str, dict[str, Any]]:
        s3 = {"endpoint": self.s3.url, "access_key": "env:S3_KEY", "secret_key": "env:S3_SECRET"}
        made: dict[str, dict[str, Any]] = {
            "target": {"db": "env:STAGING_DB_URL", "direct_db": "env:STAGING_DIRECT_URL", "allowed": ["*/*"]},
            "nightly": {"version": "v3", "lease": "3 s"},
            "backup": {"to": f"s3://{self.bucket}/backups", **s3},
            "reset": {"schemas": ["public"], "allow_cascade": ["trigger on_signup on auth.users"]},
            "migrations": {"folder": "migrations"},
            "storage": {"bucket": self.bucket, "prefix": "images", **s3},
            "health": {
                "role": "authenticated",
                "settings": {"request.jwt.claims": '{"role": "authenticated"}'},
                "endpoints": [{"url": f"{self.web.url}/health"}],
                "nutrition_url": f"{self.web.url}/functions/v1/nutrition_enrichment",
                "nutrition_token": "env:TOKEN",
            },
            "notify": {"slack": "env:SLACK_URL", "timeout": "3 s"},
        }
        for name, values in self.changed.items():
            made[name] = made.get(name, {}) | values
        return made

    def change(self, **sections: Mapping[str, Any]) -> None:
        """Change some settings for all later nights."""
        for name, values in sections.items():
            self.changed[name] = self.changed.get(name, {}) | dict(values)

    def migration(self, name: str, sql: str) -> None:
        (self.root / "migrations" / f"{name}.sql").write_text(sql)

    def day(self) -> None:
        """Simulate a day: people work in the database."""
        execute(self.direct, DAY)

    def night(self, now: datetime, **options: Any) -> FinishedNight:
        """Run a night in this process, at the time `now`."""
        store = Store(self.root)
        database = StagingDatabase(
            target=Target(self.pooled), direct=Target(self.direct), guard=Guard(allowed=("*/*",))
        )
        project = Project(root=self.root, store=store, database=database, datasets=DATASETS)
        origin = Origin(file="snap.toml", folder=self.root, environment=self.environment)
        config = configure(Settings(origin=origin, sections=self.sections()), project, **options)
        return finish_night(config, run_night(config.pipeline, now=now, progress=Silent()), root=self.root, now=now)

    def process(self, *words: str) -> subprocess.Popen[str]:
        """Start `snap nightly` as a separate process."""
        (self.root / "snap.toml").write_text(toml(self.sections()))
        return subprocess.Popen(
            [sys.executable, "-m", "snap", "nightly", "--json", *words],
            cwd=self.root,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def command(self, *words: str) -> tuple[int, Any, str]:
        """Run `snap nightly`. Return its exit code, its JSON and its stderr."""
        process = self.process(*words)
        out, err = process.communicate()
        return process.returncode, json.loads(out), err

    def prints(self) -> Fingerprint:
        """Return the fingerprint of the database without the objects in snap's own schema."""
        return fingerprint(self.url, ledger=False)

    def changes(self, before: Fingerprint) -> list[str]:
        return [one for one in changes(before, self.prints()) if not PRINTED.match(one)]

    def backups(self) -> tuple[tuple[Backup, ...], tuple[str, ...]]:
        """Return the backups in the bucket, and the names of unreadable records."""
        return list_backups(self.s3.repository(self.bucket, "backups/"))

    def images(self) -> set[str]:
        return {key.removeprefix("images/") for key in self.s3.keys(self.bucket) if key.startswith("images/")}


def toml(sections: Mapping[str, Mapping[str, Any]]) -> str:
    """Return sections as TOML: texts, numbers, lists and inline tables."""
    lines = []
    for name, values in sections.items():
        lines.append(f"[{name}]")
        lines.extend(f"{key} = {_toml(value)}" for key, value in values.items())
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return f"{{{', '.join(f'{json.dumps(key)} = {_toml(one)}' for key, one in value.items())}}}"
    return f"[{', '.join(map(_toml, value))}]" if isinstance(value, list) else json.dumps(value)


@contextmanager
def staging(root: Path, url: str, pg: Server, port: int | None, s3: S3) -> Iterator[Staging]:
    """Create a staging database with its surroundings in an empty database. `port` is a PgBouncer's, or None."""
    name = name_of(url)
    execute(url, f'{PLATFORM}; ALTER DATABASE "{name}" OWNER TO plain')
    direct = f"host={pg.socket} port={pg.port} user=plain dbname='{name}'"
    pooled = direct if port is None else f"host=127.0.0.1 port={port} user=plain dbname='{name}'"
    with surrounded(root, url, pooled, direct, s3) as made:
        for file, sql in MIGRATIONS.items():
            made.migration(file, sql)
        yield made


@contextmanager
def surrounded(root: Path, url: str, pooled: str, direct: str, s3: S3) -> Iterator[Staging]:
    """Create the surroundings of a staging database: a project without migrations, a bucket, Slack, an app."""
    (root / "migrations").mkdir(parents=True)
    for file in ("manifests", "snapshots"):
        if not (root / file).exists():
            (root / file).symlink_to(ROOT / file)
    with ExitStack() as stack:
        slack = stack.enter_context(serving((200, "ok", {})))
        web = stack.enter_context(served())
        web.answers["/health"] = (200, "well")
        yield Staging(root, url, pooled, direct, s3, s3.bucket(), slack, web)
