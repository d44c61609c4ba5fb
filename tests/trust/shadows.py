"""Plant operators and functions in schema public that would be called in place of pg_catalog's.

Each one writes a file when a superuser's session calls it, so the test notices the call even if the transaction is
read-only or is rolled back.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.postgres import execute

# Under this path planted names come before pg_catalog's; under other paths a closer match of types wins.
FIRST, LAST = "public, pg_catalog", "public, pg_temp"

_PLANT = """
DO $plant$
DECLARE
    item record;
    kinds oid[] := ARRAY['name', 'oid', 'text', '"char"', 'int2', 'int4', 'int8', 'bool', 'bytea', 'tid', 'jsonb',
        'timestamptz', 'oidvector', 'int2vector', 'anyarray', 'anycompatiblearray', 'anyelement', 'anycompatible',
        'regclass', 'interval', 'text[]']::regtype[]::oid[];
    body text := $body$BEGIN
        IF current_setting('is_superuser') = 'on' THEN
            EXECUTE format('COPY (SELECT %L) TO %L', <called>, <trace> || md5(<called>));
        END IF;
        <return>;
    END$body$;
    called text;
BEGIN
    FOR item IN
        SELECT o.oprname AS name, l.t AS left, r.t AS right, o.oprresult::regtype AS result
        FROM pg_operator o,
             LATERAL (SELECT o.oprleft::regtype t UNION SELECT 'regclass' WHERE o.oprleft = 'oid'::regtype
                                     UNION SELECT 'varchar' WHERE o.oprleft = 'text'::regtype) l,
             LATERAL (SELECT o.oprright::regtype t UNION SELECT 'regclass' WHERE o.oprright = 'oid'::regtype
                      UNION SELECT 'varchar' WHERE o.oprright = 'text'::regtype) r
        WHERE o.oprnamespace = 'pg_catalog'::regnamespace AND o.oprkind = 'b' AND o.oprleft = ANY (kinds)
          AND o.oprright = ANY (kinds) AND o.oprcode <> 0
    LOOP
        called := quote_literal(format('%s %s %s', item.left, item.name, item.right));
        EXECUTE format('CREATE FUNCTION public.%I(%s, %s) RETURNS %s LANGUAGE plpgsql SET search_path = pg_catalog'
            ' AS %L',
            'op_' || item.name, item.left, item.right, item.result, replace(replace(body, '<called>', called),
                '<return>', format('RETURN $1 OPERATOR(pg_catalog.%s) $2', item.name)));
        EXECUTE format('CREATE OPERATOR public.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = public.%I)',
            item.name, item.left, item.right, 'op_' || item.name);
    END LOOP;
    FOR item IN
        SELECT p.proname AS name, p.oid::regprocedure AS signature, pg_get_function_result(p.oid) AS result,
               pg_get_function_identity_arguments(p.oid) AS arguments,
               (SELECT string_agg('$' || n, ', ') FROM generate_series(1, p.pronargs) n) AS passed, p.proretset AS rows
        FROM pg_proc p
        WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prokind = 'f' AND p.provariadic = 0
          AND p.proargtypes::oid[] <@ kinds AND p.proallargtypes IS NULL
          AND (p.prorettype = ANY (kinds) OR p.proname IN ('format_type', 'pg_get_expr'))
    LOOP
        called := quote_literal(item.signature);
        EXECUTE format('CREATE FUNCTION public.%I(%s) RETURNS %s LANGUAGE plpgsql SET search_path = pg_catalog'
            ' AS %L',
            item.name, item.arguments, item.result, replace(replace(body, '<called>', called), '<return>',
                format(CASE WHEN item.rows THEN 'RETURN QUERY SELECT pg_catalog.%I(%s)'
                            ELSE 'RETURN pg_catalog.%I(%s)' END,
                    item.name, item.passed)));
    END LOOP;
END $plant$
"""


@contextmanager
def planted(url: str, path: str) -> Iterator[Path]:
    """Give the database to a plain role, which plants its code and sets the search path; yield the files' folder."""
    trace = Path(tempfile.mkdtemp(prefix="snap-trace-", dir="/tmp"))
    trace.chmod(0o777)
    try:
        ((name, exists),) = execute(
            url, "SELECT current_database(), EXISTS (SELECT FROM pg_roles WHERE rolname = 'tenant')"
        )
        if not exists:
            execute(url, "CREATE ROLE tenant LOGIN")
        execute(url, f'ALTER DATABASE "{name}" OWNER TO tenant; GRANT ALL ON SCHEMA public TO tenant')
        tables = execute(url, "SELECT relid::regclass::text FROM pg_stat_user_tables WHERE schemaname = 'public'")
        execute(url, ";".join(f"ALTER TABLE {table} OWNER TO tenant" for (table,) in tables) or "SELECT")
        plant = _PLANT.replace("<trace>", f"'{trace}/'")
        execute(url, f'SET ROLE tenant; {plant}; ALTER DATABASE "{name}" SET search_path = {path}')
        yield trace
    finally:
        shutil.rmtree(trace, ignore_errors=True)


def called(trace: Path) -> list[str]:
    """Return the planted operators and functions that a superuser's session called."""
    return sorted(path.read_text().strip() for path in trace.iterdir())
