"""Provide a backup in memory, and a database like a hosted one: a plain owner, others' schemas, and dependents."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from snap_restorer.dump.dump import DumpRequest, dumping
from snap_restorer.dump.inventory import Inventory
from snap_restorer.local.embedded import Server
from snap_restorer.pg.target import Target
from tests.fingerprint import Fingerprint, changes, fingerprint
from tests.postgres import execute


@dataclass
class Held:
    """A backup in memory: the bytes that pg_dump wrote, and the facts recorded with them."""

    inventory: Inventory
    client: int
    data: bytes

    def pieces(self) -> Iterator[bytes]:
        for place in range(0, len(self.data), 999):
            yield self.data[place : place + 999]


def taken(url: str, *, stop: threading.Event | None = None, **options: Any) -> Held:
    with dumping(Target(url), DumpRequest(**options), stop=stop) as dump:
        data = b"".join(dump.pieces())
    return Held(dump.inventory, dump.client, data)


def differences(before: Fingerprint, url: str) -> list[str]:
    """Return the differences that people can notice: not the order of privileges, nor explicit default privileges."""
    return [
        line for line in changes(_settled(before), _settled(fingerprint(url))) if not line.startswith("positions: snap")
    ]


def _settled(found: Fingerprint) -> Fingerprint:
    """Return a fingerprint without privileges, which `rights` compares by their meaning."""
    import json

    def bare(what: str) -> str:
        try:
            values = json.loads(what)
        except ValueError:
            return what
        if isinstance(values, dict):
            values.pop("acl", None)
        return json.dumps(values, sort_keys=True)

    return {aspect: {thing: bare(what) for thing, what in things.items()} for aspect, things in found.items()}


def rights(url: str) -> Any:
    import psycopg

    from snap_restorer.pg import grants

    with psycopg.connect(url) as connection:
        return {right.key: right for right in grants.rights(connection)}


# Everything that a plain owner may create in its own schemas and, where granted, on tables of others.
HOSTED = """
CREATE TABLE public.people (id int PRIMARY KEY REFERENCES auth.users, name text NOT NULL, mood varchar(4));
CREATE TABLE public.notes (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n serial, who int REFERENCES public.people,
    line text DEFAULT 'x');
INSERT INTO public.people SELECT i, 'p' || i, 'ok' FROM generate_series(1, 50) i;
INSERT INTO public.notes (who) SELECT i % 50 + 1 FROM generate_series(1, 200) i;
DELETE FROM public.notes WHERE id > 190;
CREATE FUNCTION public.handle_new_user() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
    AS 'begin insert into public.people values (new.id, new.email); return new; end';
CREATE FUNCTION public.one() RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 1';
REVOKE EXECUTE ON FUNCTION public.one() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.one() TO reader;
CREATE TRIGGER on_user AFTER INSERT ON auth.users FOR EACH ROW EXECUTE FUNCTION public.handle_new_user();
ALTER TABLE public.people ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.people FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON public.people FOR SELECT TO reader USING (id > 3);
GRANT SELECT ON public.people TO reader WITH GRANT OPTION;
GRANT UPDATE (name) ON public.people TO reader;
CREATE MATERIALIZED VIEW public.counted AS SELECT who, count(*) FROM public.notes GROUP BY who;
CREATE UNIQUE INDEX ON public.counted (who);
CREATE MATERIALIZED VIEW public.empty AS SELECT 1 AS a WITH NO DATA;
CREATE SCHEMA extra;
CREATE VIEW extra.seen WITH (security_barrier = true) AS SELECT id, name FROM public.people;
CREATE TABLE extra.after (id int REFERENCES public.notes, v int DEFAULT public.one(),
    CHECK (v > 0 OR v > public.one()));
CREATE INDEX after_v ON extra.after ((v + public.one()));
ALTER TABLE extra.after ENABLE ROW LEVEL SECURITY;
CREATE POLICY part ON extra.after AS RESTRICTIVE FOR UPDATE TO reader, plain USING (v = public.one()) WITH CHECK (true);
INSERT INTO extra.after VALUES (1, 5);
GRANT SELECT ON extra.seen TO reader;
COMMENT ON VIEW extra.seen IS 'seen';
CREATE PUBLICATION live FOR TABLE public.notes (id, who) WHERE (id > 0);
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO reader;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT EXECUTE ON FUNCTIONS TO reader;
CREATE TABLE public.private (id int);
REVOKE ALL ON public.private FROM reader;
CREATE TABLE public.money (m money);
INSERT INTO public.money VALUES ('-12.34');
COMMENT ON SCHEMA public IS 'ours';
GRANT USAGE ON SCHEMA public TO reader;
CREATE TABLE public.files (o oid);
INSERT INTO public.files VALUES (lo_from_bytea(0, 'hello'));
CREATE SCHEMA snap;
CREATE TABLE snap.ledger (id int PRIMARY KEY);
INSERT INTO snap.ledger VALUES (1);
CREATE TABLE snap.night (id int PRIMARY KEY);
INSERT INTO snap.night VALUES (1);
"""
OWN = ("public", "snap")


def hosted(url: str, pg: Server, *, bypass: bool = True) -> str:
    """Fill a database as its plain owner, beside a schema of another role. Return the owner's URL."""
    ((name,),) = execute(url, "SELECT current_database()")
    for role, options in (("plain", "LOGIN"), ("reader", "NOLOGIN")):
        execute(url, f"CREATE ROLE {role} {options}")
    execute(url, f"ALTER ROLE plain {'BYPASSRLS' if bypass else 'NOBYPASSRLS'}")
    execute(
        url,
        f"""ALTER DATABASE "{name}" OWNER TO plain;
        CREATE SCHEMA auth; CREATE TABLE auth.users (id int PRIMARY KEY, email text);
        INSERT INTO auth.users SELECT i, 'u' || i FROM generate_series(1, 60) i;
        GRANT USAGE ON SCHEMA auth TO plain; GRANT SELECT, TRIGGER, REFERENCES ON auth.users TO plain;""",
    )
    owner = f"host={pg.socket} port={pg.port} user=plain dbname='{name}'"
    execute(owner, HOSTED)
    return owner
