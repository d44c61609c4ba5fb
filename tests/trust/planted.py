"""Plant code of a database's owner that writes a file if it runs with a superuser's rights."""

from __future__ import annotations

from tests.postgres import execute, name_of

MARK = "'planted_' || (SELECT oid FROM pg_database WHERE datname = current_database())"
# Writes a file as the server's user, which only a superuser's session may do; also tried after SET ROLE.
CODE = f"""
CREATE FUNCTION public.power() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
    EXECUTE 'SET ROLE NONE';
    EXECUTE pg_catalog.format('COPY (SELECT 1) TO %L', current_setting('data_directory') || '/' || {MARK});
    RETURN true;
EXCEPTION WHEN OTHERS THEN RETURN true; END $$;
CREATE FUNCTION public.evil(int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
    PERFORM public.power();
    RETURN true;
END $$;
CREATE FUNCTION public.act() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    PERFORM public.power();
    RETURN NEW;
END $$;
"""
TABLE = "CREATE TABLE public.t (n int PRIMARY KEY, mood public.mood);"
MOOD = "CREATE TYPE public.mood AS ENUM ('sad', 'ok', 'happy');"
# Code that the table's owner attaches, by the name of the place where it is attached.
LOADED = {
    "check": ("ALTER TABLE public.t ADD CONSTRAINT c CHECK (public.evil(n))", "constraint c on table public.t"),
    "domain": (
        "CREATE DOMAIN public.d AS int CONSTRAINT c CHECK (public.evil(VALUE));"
        "ALTER TABLE public.t ALTER n TYPE public.d",
        "constraint c",
    ),
    "domain in an array": (
        "CREATE DOMAIN public.d AS int CONSTRAINT c CHECK (public.evil(VALUE));"
        "ALTER TABLE public.t ADD a public.d[] DEFAULT pg_catalog.string_to_array('1', ',')::public.d[]",
        "constraint c",
    ),
    "index": ("CREATE INDEX i ON public.t (public.evil(n))", "index public.i"),
    "predicate": ("CREATE INDEX i ON public.t (n) WHERE public.evil(n)", "index public.i"),
    "generated": (
        "ALTER TABLE public.t ADD g boolean GENERATED ALWAYS AS (public.evil(n)) STORED",
        "default value for column g",
    ),
    "default": (
        "ALTER TABLE public.t ADD g boolean; ALTER TABLE public.t ALTER g SET DEFAULT public.evil(1)",
        "column g",
    ),
    "operator": (
        "CREATE FUNCTION public.same(int, int) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN public.evil($1); END';"
        "CREATE OPERATOR public.=== (FUNCTION = public.same, LEFTARG = int, RIGHTARG = int);"
        "ALTER TABLE public.t ADD CONSTRAINT c CHECK (n OPERATOR(public.===) 1)",
        "runs function public.same(integer,integer)",
    ),
    "function of Postgres that runs SQL": (
        "ALTER TABLE public.t ADD CONSTRAINT c CHECK (pg_catalog.ts_rewrite('a'::pg_catalog.tsquery,"
        " 'SELECT ''a''::pg_catalog.tsquery, ''b''::pg_catalog.tsquery WHERE public.power()') IS NOT NULL)",
        "runs function ts_rewrite(tsquery,text)",
    ),
}
INSERTED = {
    "trigger": (
        "CREATE TRIGGER g BEFORE INSERT OR UPDATE ON public.t FOR EACH ROW EXECUTE FUNCTION public.act()",
        "trigger g on table public.t runs function public.act()",
    ),
    "trigger's condition": (
        "CREATE FUNCTION public.idle() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
        "CREATE TRIGGER g BEFORE INSERT ON public.t FOR EACH ROW WHEN (public.evil(NEW.n))"
        " EXECUTE FUNCTION public.idle()",
        "trigger g on table public.t runs function public.evil(integer)",
    ),
    "check": LOADED["check"],
}
READ = {
    "index": ("CREATE INDEX i ON public.t ((CASE WHEN public.evil(1) THEN n END))", "index public.i"),
    "cast": (
        "CREATE FUNCTION public.printed(public.mood) RETURNS text LANGUAGE plpgsql AS"
        " $$ BEGIN RETURN CASE WHEN public.evil(1) THEN 'ok' END; END $$;"
        "CREATE CAST (public.mood AS text) WITH FUNCTION public.printed(public.mood)",
        "cast from public.mood to text",
    ),
}


def owned(url: str, attached: str) -> None:
    """Make the role guest the owner of the database, with its table and its code."""
    execute(url, f"""CREATE ROLE guest LOGIN PASSWORD 'p'; ALTER DATABASE "{name_of(url)}" OWNER TO guest""")
    execute(url, "GRANT CREATE ON SCHEMA public TO guest")
    statements = f"{MOOD}{TABLE} INSERT INTO public.t VALUES (1, 'sad'); {CODE}{attached}"
    execute(url, f"SET SESSION AUTHORIZATION guest; {statements}")
    assert not planted(url)


def planted(url: str) -> bool:
    return execute(url, f"SELECT (pg_catalog.pg_stat_file({MARK}, true)).size IS NOT NULL") == [(True,)]
