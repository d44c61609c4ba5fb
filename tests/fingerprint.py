"""Return everything that a user can notice in a database as comparable values: all rows, catalog objects and settings.

    before = fingerprint(url)
    ...
    assert changes(before, fingerprint(url)) == []

Connect as a superuser, because row-level security would hide rows from the fingerprint. Postgres 15 to 18. Left out is
what differs between two servers or two copies without anybody noticing: OIDs, file nodes, statistics, dropped columns,
and the stamp pg_attver that Postgres 15.20 gives each new column.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

import psycopg
from psycopg import sql

Fingerprint = Mapping[str, Mapping[str, str]]  # aspect → thing → what it is

_SESSION = """
SELECT set_config('search_path', '', false), set_config('row_security', 'off', false),
       set_config('TimeZone', 'UTC', false), set_config('DateStyle', 'ISO, MDY', false),
       set_config('IntervalStyle', 'postgres', false), set_config('bytea_output', 'hex', false),
       set_config('extra_float_digits', '1', false), set_config('statement_timeout', '0', false),
       set_config('lock_timeout', '60s', false), set_config('default_transaction_isolation', 'repeatable read', false),
       set_config('xmlbinary', 'base64', false), set_config('lc_monetary', 'C', false)
"""
# User-defined schemas. TOAST tables and other sessions' temporary tables are not compared.
_OURS = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
_USER = 16384  # the first OID that initdb did not use

# Each gives (thing, what it is) pairs of one database. A catalog row goes in whole but for what is an OID or a hint,
# so that an attribute which a later Postgres adds is seen too.
_CATALOG = {
    "schemas": f"""
        SELECT quote_ident(n.nspname), jsonb_build_object('owner', n.nspowner::regrole, 'acl', n.nspacl::text[])
        FROM pg_namespace n WHERE {_OURS}""",
    "relations": f"""
        SELECT c.oid::regclass, to_jsonb(c) - '{{oid,relname,relnamespace,reltype,reloftype,relowner,relam,relfilenode,
                reltablespace,relpages,reltuples,relallvisible,relallfrozen,reltoastrelid,relhasindex,relhasrules,
                relhastriggers,relhassubclass,relrewrite,relfrozenxid,relminmxid,relacl,relpartbound,relnatts}}'::text[]
            || jsonb_build_object(
                'owner', c.relowner::regrole, 'acl', c.relacl::text[], 'method', m.amname, 'space', s.spcname,
                'of', c.reloftype::regtype, 'bound', pg_get_expr(c.relpartbound, c.oid),
                'key', CASE c.relkind WHEN 'p' THEN pg_get_partkeydef(c.oid) END,
                'toast', t.reloptions, 'toast space', ts.spcname,
                'view', CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END,
                'index', CASE WHEN c.relkind IN ('i', 'I') THEN pg_get_indexdef(c.oid) END,
                'parents', ARRAY(SELECT i.inhparent::regclass::text || CASE WHEN i.inhdetachpending THEN ' pending'
                ELSE '' END
                                 FROM pg_inherits i WHERE i.inhrelid = c.oid ORDER BY i.inhseqno))
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_am m ON m.oid = c.relam
        LEFT JOIN pg_tablespace s ON s.oid = c.reltablespace
        LEFT JOIN pg_class t ON t.oid = c.reltoastrelid
        LEFT JOIN pg_tablespace ts ON ts.oid = t.reltablespace
        WHERE {_OURS}""",
    "columns": f"""
        SELECT c.oid::regclass || ' ' || row_number() OVER (PARTITION BY c.oid ORDER BY a.attnum),

                        to_jsonb(a) - '{{attrelid,atttypid,attnum,attcacheoff,attcollation,atthasmissing,
                attmissingval,attacl,attoptions}}'::text[]
            || jsonb_build_object(
                'options', ARRAY(SELECT o FROM unnest(a.attoptions) o WHERE o !~ '^pg_attver='),
                'type', format_type(a.atttypid, a.atttypmod), 'acl', a.attacl::text[],
                'default', pg_get_expr(d.adbin, d.adrelid), 'collation', a.attcollation::regcollation)
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE {_OURS} AND a.attnum > 0 AND NOT a.attisdropped""",
    "constraints": f"""
        SELECT quote_ident(k.conname) || ' on ' || CASE k.conrelid WHEN 0 THEN k.contypid::regtype::text
                ELSE k.conrelid::regclass::text END,
            to_jsonb(k) - '{{oid,conname,connamespace,conrelid,contypid,conindid,
                conparentid,confrelid,conkey,
                confkey,conpfeqop,
                conppeqop,conffeqop,conexclop,conbin,confdelsetcols}}'::text[]
            || jsonb_build_object('definition', pg_get_constraintdef(k.oid), 'index', k.conindid::regclass,
                'parent', (SELECT p.conrelid::regclass || ' ' || p.conname FROM pg_constraint p WHERE p.oid =
                k.conparentid))
        FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace WHERE {_OURS}""",
    "indexes": f"""
        SELECT i.indexrelid::regclass,
            to_jsonb(i) - '{{indexrelid,indrelid,indkey,indcollation,indclass,indexprs,indpred,indcheckxmin}}'::text[]
            || jsonb_build_object('on', i.indrelid::regclass)
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE {_OURS}""",
    # A foreign key's own triggers have names with OIDs; whether they are enabled decides whether it is checked.
    "triggers": f"""

                SELECT regexp_replace(t.tgname,
                '^(RI_ConstraintTrigger_.|PK_ConstraintTrigger|Unique_ConstraintTrigger)_\\d+$', '\\1')
                || ' ' || t.tgfoid::regprocedure || ' on ' || t.tgrelid::regclass
                || COALESCE(' for ' || k.conname || ' of ' || k.conrelid::regclass, ''),

                        to_jsonb(t) - '{{oid,tgname,tgrelid,tgparentid,tgfoid,tgconstrrelid,tgconstrindid,
                tgconstraint,tgqual}}'::text[]
            || jsonb_build_object('definition', CASE WHEN NOT t.tgisinternal THEN pg_get_triggerdef(t.oid) END,
                'from', t.tgconstrrelid::regclass, 'index', t.tgconstrindid::regclass,
                'parent', (SELECT p.tgrelid::regclass || ' ' || p.tgname FROM pg_trigger p
                           WHERE p.oid = t.tgparentid AND NOT p.tgisinternal))
        FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_constraint k ON k.oid = t.tgconstraint
        WHERE {_OURS}""",
    "policies": """
        SELECT quote_ident(p.polname) || ' on ' || p.polrelid::regclass,
            jsonb_build_object('command', p.polcmd, 'permissive', p.polpermissive, 'roles',
                (SELECT array_agg(name ORDER BY name) FROM unnest(p.polroles::regrole[]::text[]) name),
                'using', pg_get_expr(p.polqual, p.polrelid), 'check', pg_get_expr(p.polwithcheck, p.polrelid))
        FROM pg_policy p""",
    "rules": f"""
        SELECT quote_ident(r.rulename) || ' on ' || r.ev_class::regclass,
            jsonb_build_object('definition', pg_get_ruledef(r.oid), 'enabled', r.ev_enabled)
        FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE {_OURS}""",
    "sequences": f"""
        SELECT q.seqrelid::regclass, to_jsonb(q) - '{{seqrelid,seqtypid}}'::text[] || jsonb_build_object(
                'type', q.seqtypid::regtype,
                'of', (SELECT d.refobjid::regclass || '.' || a.attname || ' ' || d.deptype::text FROM pg_depend d
                       JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
                       WHERE d.classid = 'pg_class'::regclass AND d.objid = q.seqrelid AND d.deptype IN ('a', 'i')))
        FROM pg_sequence q JOIN pg_class c ON c.oid = q.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE {_OURS}""",
    "functions": f"""
        SELECT p.oid::regprocedure, jsonb_build_object('owner', p.proowner::regrole, 'acl', p.proacl::text[],
                'definition', CASE p.prokind WHEN 'a' THEN (
                    SELECT a.aggtransfn || ' ' || a.aggfinalfn || ' ' || COALESCE(a.agginitval, '') FROM pg_aggregate a
                    WHERE a.aggfnoid = p.oid) ELSE pg_get_functiondef(p.oid) END)
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE {_OURS}""",
    "types": f"""
        SELECT t.oid::regtype, jsonb_build_object('kind', t.typtype, 'owner', t.typowner::regrole, 'acl',
        t.typacl::text[],
                'base', format_type(t.typbasetype, t.typtypmod), 'not null', t.typnotnull, 'default', t.typdefault,
                'labels', ARRAY(SELECT e.enumlabel::text FROM pg_enum e WHERE e.enumtypid = t.oid ORDER BY
                e.enumsortorder),
                'subtype', (SELECT r.rngsubtype::regtype FROM pg_range r WHERE r.rngtypid = t.oid))
        FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE {_OURS}""",
    "statistics": """
        SELECT quote_ident(s.stxname), to_jsonb(s) - '{oid,stxrelid,stxnamespace,stxowner,stxexprs,stxkeys}'::text[]
            || jsonb_build_object('owner', s.stxowner::regrole, 'definition', pg_get_statisticsobjdef(s.oid))
        FROM pg_statistic_ext s""",
    "publications": """
        SELECT quote_ident(p.pubname), to_jsonb(p) - '{oid,pubowner}'::text[]
            || jsonb_build_object('owner', p.pubowner::regrole,
                'tables', ARRAY(SELECT jsonb_build_array(r.prrelid::regclass, r.prattrs::text,
                pg_get_expr(r.prqual, r.prrelid))
                                FROM pg_publication_rel r WHERE r.prpubid = p.oid ORDER BY r.prrelid::regclass::text),
                'schemas', ARRAY(SELECT s.pnnspid::regnamespace::text FROM pg_publication_namespace s
                                 WHERE s.pnpubid = p.oid ORDER BY 1))
        FROM pg_publication p""",
    "extensions": """
        SELECT e.extname, jsonb_build_object('owner', e.extowner::regrole, 'in', e.extnamespace::regnamespace,
            'version', e.extversion, 'tables', e.extconfig::regclass[]::text[], 'where',
            e.extcondition) FROM pg_extension e""",
    "event triggers": """
        SELECT quote_ident(e.evtname), to_jsonb(e) - '{oid,evtowner,evtfoid}'::text[]
            || jsonb_build_object('owner', e.evtowner::regrole, 'runs', e.evtfoid::regprocedure)
        FROM pg_event_trigger e""",
    "default privileges": """
        SELECT d.defaclrole::regrole || ' ' || d.defaclnamespace::regnamespace || ' ' || d.defaclobjtype::text,
            to_jsonb(d.defaclacl::text[]) FROM pg_default_acl d""",
    "comments": f"""
        SELECT o.type || ' ' || o.identity, to_jsonb(d.description)
        FROM pg_description d, pg_identify_object(d.classoid, d.objoid, d.objsubid) o
        WHERE d.objoid >= {_USER} OR (d.classoid = 'pg_namespace'::regclass AND d.objoid = 'public'::regnamespace)""",
    "security labels": """
        SELECT o.type || ' ' || o.identity || ' ' || l.provider, to_jsonb(l.label)
        FROM pg_seclabel l, pg_identify_object(l.classoid, l.objoid, l.objsubid) o""",
    # Whatever no query above knows (operators, casts, text search, foreign servers) is at least there, and what hangs
    # on what; with it an index that an extension owns, or that depends on one.
    "dependencies": f"""
        SELECT regexp_replace(edge, '(onstraintTrigger(_.)?_)\\d+', '\\1', 'g'), to_jsonb(count(*))
        FROM (SELECT o.type || ' ' || o.identity || ' ' || d.deptype::text || '> ' || r.type || ' ' || r.identity
        AS edge
              FROM pg_depend d, pg_identify_object(d.classid, d.objid, d.objsubid) o,
                   pg_identify_object(d.refclassid, d.refobjid, d.refobjsubid) r
              WHERE (d.objid >= {_USER} OR d.refobjid >= {_USER})
                AND o.identity NOT LIKE '%pg_toast.%' AND r.identity NOT LIKE '%pg_toast.%') _
        GROUP BY 1""",
    "large objects": "SELECT l.loid, jsonb_build_array(l.pageno, md5(l.data)) FROM pg_largeobject l",
}

# What a whole cluster holds outside its databases.
_CLUSTER = {
    "roles": "SELECT quote_ident(r.rolname), to_jsonb(r) - 'oid' FROM pg_authid r",
    "members": """
        SELECT m.member::regrole || ' of ' || m.roleid::regrole || ' by ' || m.grantor::regrole,
            to_jsonb(m) - '{oid,roleid,member,grantor}'::text[] FROM pg_auth_members m""",
    "settings": """
        SELECT COALESCE(quote_ident(r.rolname), 'everyone') || ' in ' || COALESCE(quote_ident(d.datname), 'all'),
        to_jsonb(s.setconfig)
        FROM pg_db_role_setting s LEFT JOIN pg_roles r ON r.oid = s.setrole LEFT JOIN pg_database d ON d.oid =
        s.setdatabase""",
    "databases": """

                SELECT quote_ident(d.datname), to_jsonb(d) - '{oid,datdba,dattablespace,datfrozenxid,datminmxid,
                datlastsysoid,datacl}'::text[]
            || jsonb_build_object('owner', d.datdba::regrole, 'space', s.spcname, 'acl', d.datacl::text[],
                'comment', shobj_description(d.oid, 'pg_database'))
        FROM pg_database d JOIN pg_tablespace s ON s.oid = d.dattablespace""",
    "tablespaces": """
        SELECT quote_ident(s.spcname), jsonb_build_object('owner', s.spcowner::regrole, 'acl', s.spcacl::text[],
            'options', s.spcoptions) FROM pg_tablespace s""",
}

# What no restore may leave behind in its database. Autovacuum is ignored.
_LEFT = """
SELECT 'session ' || a.pid || ' (' || a.application_name || ', ' || COALESCE(a.state, '') || ')'
FROM pg_stat_activity a
WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.backend_type = 'client backend'
UNION ALL
SELECT 'advisory lock ' || l.classid || ', ' || l.objid FROM pg_locks l
WHERE l.locktype = 'advisory' AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
UNION ALL
SELECT 'temporary relation ' || c.relname FROM pg_class c WHERE c.relpersistence = 't'
UNION ALL
SELECT 'prepared transaction ' || p.gid FROM pg_prepared_xacts p WHERE p.database = current_database()
UNION ALL
SELECT 'replication slot ' || s.slot_name FROM pg_replication_slots s
"""


def fingerprint(url: str, *, ledger: bool = True) -> Fingerprint:
    """Return what the database at `url` holds; without `ledger`, leave out snap's own schema.

    The ledger says when and how often restores ran. The position of its own sequence is never included, because a
    rollback does not undo it.
    """
    with _session(url) as connection:
        found = {aspect: _pairs(connection, query) for aspect, query in _CATALOG.items()}
        found["rows"] = dict(_rows(connection))
        found["positions"] = dict(_positions(connection))
    if not ledger:
        return {
            aspect: {thing: what for thing, what in things.items() if not _of_ledger(thing)}
            for aspect, things in found.items()
        }
    return found


def cluster(url: str) -> Fingerprint:
    """Return what the server at `url` holds outside its databases: roles, settings, and the list of databases."""
    with _session(url) as connection:
        return {aspect: _pairs(connection, query) for aspect, query in _CLUSTER.items()}


def changes(before: Fingerprint, after: Fingerprint) -> list[str]:
    """Return the differences, one a line; an empty list if nobody could tell the two apart."""
    return [
        f"{aspect}: {thing}: {was} -> {now}"
        for aspect in sorted({*before, *after})
        for thing in sorted({*before.get(aspect, {}), *after.get(aspect, {})})
        for was, now in [[held.get(aspect, {}).get(thing, "absent") for held in (before, after)]]
        if was != now
    ]


def only(found: Fingerprint, *aspects: str) -> Fingerprint:
    """Return only these aspects of a fingerprint."""
    return {aspect: found[aspect] for aspect in aspects}


def without(found: Fingerprint, *aspects: str) -> Fingerprint:
    """Return a fingerprint without these aspects."""
    return {aspect: things for aspect, things in found.items() if aspect not in aspects}


def leftovers(url: str, *, seconds: float = 20) -> list[str]:
    """Return the sessions, locks and temporary objects in the database that remain after up to `seconds`."""
    deadline = time.monotonic() + seconds
    with _session(url) as connection:
        while True:
            left = [row[0] for row in connection.execute(_LEFT)]
            connection.rollback()
            if not left or time.monotonic() > deadline:
                return left
            time.sleep(0.02)


def _session(url: str) -> psycopg.Connection[Any]:
    connection = psycopg.connect(url, application_name="fingerprint", autocommit=True)
    connection.execute(_SESSION)
    connection.autocommit = False
    return connection


def _pairs(connection: psycopg.Connection[Any], query: str) -> dict[str, str]:
    made: dict[str, str] = {}
    for thing, what in connection.execute(
        f"SELECT thing::text, what::text FROM ({query}) _ (thing, what) ORDER BY 1, 2".encode()
    ):
        made[thing] = f"{made[thing]}; {what}" if thing in made else what
    return made


def _rows(connection: psycopg.Connection[Any]) -> Iterator[tuple[str, str]]:
    """Yield each table's row count and the sums of two hashes of the rows' text, independent of order and collation."""
    for name, text in _relations(connection, "'r', 'm'"):
        if text.startswith("snap.ledger"):
            rows = connection.execute(sql.SQL("SELECT q::text FROM {} q ORDER BY id").format(name)).fetchall()
            yield text, str(rows)
            continue
        populated = connection.execute(
            "SELECT relispopulated FROM pg_class WHERE oid = %s::regclass", [text]
        ).fetchone()
        if populated == (True,):
            query = sql.SQL(
                "SELECT count(*), sum(hashtextextended(ROW(q.*)::text, 1)), sum(hashtextextended(ROW(q.*)::text, 2)) "
                "FROM ONLY {} q"
            )
            yield text, str(connection.execute(query.format(name)).fetchone())


def _positions(connection: psycopg.Connection[Any]) -> Iterator[tuple[str, str]]:
    for name, text in _relations(connection, "'S'"):
        if not text.startswith("snap."):
            yield text, str(connection.execute(sql.SQL("SELECT last_value, is_called FROM {}").format(name)).fetchone())


def _relations(connection: psycopg.Connection[Any], kinds: str) -> list[tuple[sql.Identifier, str]]:
    query = f"""SELECT n.nspname, c.relname, c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid =
    c.relnamespace
        WHERE {_OURS} AND c.relkind IN ({kinds}) ORDER BY 1, 2"""
    return [(sql.Identifier(schema, name), text) for schema, name, text in connection.execute(query.encode())]


def _of_ledger(thing: str) -> bool:
    return (
        thing == "snap"
        or thing.startswith("snap.")
        or " snap." in thing
        or "schema snap" in thing
        or "snap.ledger" in thing
    )
