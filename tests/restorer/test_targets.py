"""What a real target holds: each thing is loaded right, or refused with its reason before anything is touched."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import psycopg
import pytest

from snap.errors import TargetError
from snap.schema import Column, Enum, Table
from snap.types import parse
from snap_restorer import RestoreResult, Server, Target, restore
from snap_restorer.pg.guard import Guard
from snap_restorer.request import Request
from tests.cases.snapshots import snapshot, table
from tests.postgres import execute

Load = Callable[..., RestoreResult]
T = table("t", ("id", "integer"), ("v", "text"))
ROWS = [(1, "a"), (2, None), (5, "b")]


@pytest.fixture
def load(tmp_path: Path, database: str) -> Load:
    """Migrate the target by SQL, then restore tables and their rows into it, twice."""

    def loaded(sql: str, *tables: tuple[Table, Sequence[Any]], **more: Any) -> RestoreResult:
        execute(database, sql)
        made = snapshot(tmp_path, tables or [(T, ROWS)], "", **more)
        restore(made, Target(database))
        return restore(made, Target(database))

    return loaded


@pytest.fixture
def refused(tmp_path: Path, database: str) -> Callable[..., list[str]]:
    """Migrate the target by SQL, then give the reasons why a restore into it is refused, in which nothing changed."""

    def reasons(sql: str, *tables: tuple[Table, Sequence[Any]], **more: Any) -> list[str]:
        execute(database, sql)
        made = snapshot(tmp_path, tables or [(T, ROWS)], "", **more)
        # Whoever so much as locks a table to change it waits for this reader, and fails with another message.
        with psycopg.connect(database) as reader, pytest.raises(TargetError) as error:
            for (name,) in execute(
                database, "SELECT oid::regclass::text FROM pg_class WHERE oid > 16383 AND relkind IN ('r', 'p')"
            ):
                reader.execute(f"LOCK TABLE {name} IN ACCESS SHARE MODE".encode())
            restore(made, Target(database), Request(guard=Guard(yes=True), lock_timeout_s=1))
        assert error.value.unchanged
        return error.value.message.splitlines()[1:]

    return reasons


def rows(url: str, relation: str = "t", columns: str = "id, v") -> list[Any]:
    return execute(url, f"SELECT {columns} FROM {relation} ORDER BY 1")


def test_parents_and_heirs_each_hold_their_own_rows(load: Load, database: str) -> None:
    heir = table("heir", ("id", "integer"), ("v", "text"), ("more", "text"))
    load(
        """CREATE TABLE t (id int, v text); CREATE TABLE heir (more text) INHERITS (t);
        CREATE TABLE outside () INHERITS (t); INSERT INTO outside VALUES (9, 'mine')""",
        (T, ROWS),
        (heir, [(7, "h", "m")]),
    )
    assert rows(database, "ONLY t") == ROWS
    assert rows(database, "ONLY heir", "id, v, more") == [(7, "h", "m")]
    assert rows(database, "outside") == [(9, "mine")]


def test_a_tree_of_partitions_of_other_shapes_takes_the_rows(load: Load, database: str) -> None:
    load(
        """CREATE TABLE t (gone int, id int, v text, PRIMARY KEY (id)) PARTITION BY RANGE (id);
        ALTER TABLE t DROP gone;
        CREATE TABLE low (v text, extra int, id int NOT NULL) PARTITION BY HASH (id); ALTER TABLE low DROP extra;
        CREATE TABLE low_0 PARTITION OF low FOR VALUES WITH (MODULUS 2, REMAINDER 0);
        CREATE TABLE low_1 PARTITION OF low FOR VALUES WITH (MODULUS 2, REMAINDER 1);
        ALTER TABLE t ATTACH PARTITION low FOR VALUES FROM (0) TO (5);
        CREATE TABLE high PARTITION OF t FOR VALUES FROM (5) TO (99);
        CREATE INDEX ON t (v)"""
    )
    assert rows(database) == ROWS
    assert execute(database, "SELECT id FROM high") == [(5,)]


def test_leaves_of_a_tree_that_the_snapshot_names_are_loaded_alone(load: Load, database: str) -> None:
    leaf = table("low", ("id", "integer"), ("v", "text"))
    execute(
        database,
        """CREATE TABLE t (id int, v text) PARTITION BY RANGE (id);
        CREATE TABLE low PARTITION OF t FOR VALUES FROM (0) TO (10);
        CREATE TABLE high PARTITION OF t DEFAULT; INSERT INTO high VALUES (99, 'mine')""",
    )
    load("", (leaf, ROWS))
    assert rows(database) == [*ROWS, (99, "mine")]


INDEXES = """
CREATE TABLE t (id int, v text COLLATE "C", during int4range DEFAULT 'empty', EXCLUDE USING gist (during WITH &&));
CREATE UNIQUE INDEX "part ial" ON t (id) WHERE v IS NOT NULL;
CREATE UNIQUE INDEX expression ON t (lower(v) COLLATE "POSIX" DESC NULLS LAST, (id + 1)) INCLUDE (v);
CREATE UNIQUE INDEX no_two_nulls ON t (v) NULLS NOT DISTINCT;
CREATE INDEX hashed ON t USING hash (v);
CREATE INDEX brinned ON t USING brin (id);
CREATE INDEX patterned ON t (v text_pattern_ops);
ALTER TABLE t ALTER id SET NOT NULL;
CREATE UNIQUE INDEX one ON t (id);
ALTER TABLE t ADD CONSTRAINT late UNIQUE (id) DEFERRABLE INITIALLY DEFERRED;
COMMENT ON INDEX hashed IS 'it''s'; CLUSTER t USING expression; ALTER TABLE t REPLICA IDENTITY USING INDEX one;
"""


def test_indexes_and_constraints_of_every_make_stay_as_they_were(load: Load, database: str) -> None:
    described = """SELECT c.relname, pg_get_indexdef(i.indexrelid), i.indisclustered, i.indisvalid, i.indisreplident,
            obj_description(c.oid, 'pg_class'),
            (SELECT pg_get_constraintdef(k.oid) FROM pg_constraint k WHERE k.conindid = c.oid)
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = 't'::regclass ORDER BY 1"""
    execute(database, INDEXES)
    before = execute(database, described)
    assert len(before) == 9
    load("")
    assert execute(database, described) == before
    assert rows(database) == ROWS
    assert execute(database, "SET enable_seqscan = off; SELECT id FROM t WHERE v = 'b'") == [(5,)]


def test_rows_that_an_exclusion_constraint_forbids_leave_the_old_ones(load: Load, database: str) -> None:
    held = table("t", ("id", "int4range"))
    with pytest.raises(TargetError, match="conflicting key value violates exclusion constraint"):
        load("CREATE TABLE t (id int4range, EXCLUDE USING gist (id WITH &&))", (held, [("[1,5)",), ("[4,9)",)]))
    assert execute(database, "SELECT count(*) FROM t") == [(0,)]


def test_views_and_rules_neither_hinder_nor_change_a_load(load: Load, database: str) -> None:
    load(
        """CREATE TABLE t (id int, v text); CREATE TABLE log (id int);
        CREATE VIEW seen AS SELECT * FROM t WHERE v IS NOT NULL;
        CREATE RULE noted AS ON INSERT TO t DO ALSO INSERT INTO log VALUES (NEW.id);
        CREATE RULE never AS ON INSERT TO t WHERE NEW.id = 2 DO INSTEAD NOTHING"""
    )
    assert rows(database) == ROWS
    assert rows(database, "seen") == [(1, "a"), (5, "b")]
    assert execute(database, "SELECT count(*) FROM log") == [(0,)]
    assert len(execute(database, "SELECT 1 FROM pg_rules WHERE tablename = 't'")) == 2


def test_a_table_without_columns_to_copy_takes_as_many_rows_past_its_rules(load: Load, database: str) -> None:
    bare = table("bare", ("twice", "integer"), generated=["twice"])
    load("CREATE TABLE bare (twice int GENERATED ALWAYS AS (2) STORED)", (bare, [()] * 3))
    assert execute(database, "SELECT count(*), sum(twice) FROM bare") == [(3, 6)]


NAMES = (
    "select",
    "Table",
    "user",
    "a b",
    'q"uo"te',
    "it's",
    "%s",
    "{}",
    "$1",
    "a.b",
    ";--",
    "ünï😀",
    "x" * 63,
    "\\",
    "\t\n",
)


def test_hostile_names_of_schemas_tables_columns_and_sequences(load: Load, database: str) -> None:
    def quoted(name: str) -> str:
        return '"' + name.replace('"', '""') + '"'

    tables, sql = [], ""
    for name in NAMES:
        held = table(name, *((column, "integer") for column in NAMES), schema=name)
        tables.append((held, [range(len(NAMES)), range(1, len(NAMES) + 1)]))
        columns = ", ".join(f"{quoted(column)} serial" for column in NAMES)
        q = quoted(name)
        sql += f"CREATE SCHEMA {q}; CREATE TABLE {q}.{q} ({columns}, UNIQUE ({q}));"
        sql += f"CREATE TRIGGER {q} AFTER INSERT ON {q}.{q} FOR EACH ROW EXECUTE FUNCTION no();"
        sql += f"ALTER TABLE {q}.{q} FORCE ROW LEVEL SECURITY;"
    body = "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'fired'; END $$;"
    load(body + sql, *tables)
    for name in NAMES:
        q = quoted(name)
        found = execute(database, f"SELECT * FROM {q}.{q} ORDER BY 1")
        assert found == [tuple(range(len(NAMES))), tuple(range(1, len(NAMES) + 1))]
    assert execute(database, "SELECT count(*) FROM pg_trigger WHERE tgenabled = 'O' AND NOT tgisinternal") == [
        (len(NAMES),)
    ]
    assert execute(database, 'SELECT nextval(\'"select"."select_Table_seq"\')') == [(3,)]


def test_one_name_in_several_schemas(load: Load, database: str) -> None:
    tables = [
        (table("t", ("id", "integer"), ("v", f"{schema}.mood" if schema != "public" else "mood"), schema=schema), rows)
        for schema, rows in (("public", [(1, "sad")]), ("b", [(2, "glad")]))
    ]
    made = Table(
        name="t", schema="b", columns=(tables[1][0].columns[0], Column(name="v", type=parse("b.mood", ["b.mood"])))
    )
    load(
        """CREATE SCHEMA b; CREATE TYPE mood AS ENUM ('sad'); CREATE TYPE b.mood AS ENUM ('glad');
        CREATE TABLE t (id int, v mood); CREATE TABLE b.t (id int, v b.mood)""",
        tables[0],
        (made, tables[1][1]),
        enums=[Enum(name="mood", labels=("sad",)), Enum(name="b.mood", labels=("glad",))],
    )
    assert rows(database) == [(1, "sad")]
    assert rows(database, "b.t") == [(2, "glad")]


def test_dropped_reordered_and_extra_columns(load: Load, database: str) -> None:
    load(
        """CREATE TABLE t (gone int, v text, extra int, with_default int NOT NULL DEFAULT 7, gone_too int NOT NULL,
            id int, computed int NOT NULL GENERATED ALWAYS AS (id + 1) STORED,
            numbered int GENERATED ALWAYS AS IDENTITY);
        ALTER TABLE t DROP gone; ALTER TABLE t DROP gone_too; ALTER TABLE t ADD late int DEFAULT 3"""
    )
    assert execute(database, "SELECT * FROM t ORDER BY id") == [
        ("a", None, 7, 1, 2, 4, 3),
        (None, None, 7, 2, 3, 5, 3),
        ("b", None, 7, 5, 6, 6, 3),
    ]


@pytest.mark.parametrize(
    ("column", "needs"),
    [
        ("int NOT NULL", True),
        ("int NOT NULL DEFAULT 1", False),
        ("strict", True),
        ("strict_default", False),
        ("strict_child", True),
        ("strict DEFAULT 1", False),
        ("int CHECK (extra > 0)", False),
    ],
)
def test_an_extra_column_that_takes_no_null_needs_a_default(
    load: Load, refused: Callable[..., list[str]], database: str, column: str, needs: bool
) -> None:
    sql = f"""CREATE DOMAIN strict AS int NOT NULL; CREATE DOMAIN strict_default AS int DEFAULT 4 NOT NULL;
        CREATE DOMAIN strict_child AS strict; CREATE TABLE t (id int, v text, extra {column})"""
    if needs:
        assert refused(sql) == ["- column t.extra is NOT NULL without a default, and the snapshot lacks it"]
    else:
        load(sql)
        assert rows(database) == ROWS


@pytest.mark.parametrize(
    ("column", "following"),
    [
        ("GENERATED ALWAYS AS IDENTITY", 6),
        ("GENERATED BY DEFAULT AS IDENTITY (START 100 INCREMENT 10)", 6),
        ("GENERATED ALWAYS AS IDENTITY (START -1 INCREMENT -1 MINVALUE -9 MAXVALUE 9)", 0),
        ("GENERATED ALWAYS AS IDENTITY (MAXVALUE 5)", None),
        ("DEFAULT nextval('free')", 6),
    ],
)
def test_numbers_go_on_after_those_that_were_loaded(
    load: Load, database: str, column: str, following: int | None
) -> None:
    load(f"CREATE SEQUENCE free; CREATE TABLE t (id int {column}, v text)")
    assert rows(database) == ROWS
    if following is not None:
        assert execute(database, "INSERT INTO t (v) VALUES ('next') RETURNING id") == [(following,)]


def test_a_sequence_that_two_tables_share_goes_on_after_both(load: Load, database: str) -> None:
    other = table("u", ("id", "integer"))
    load(
        """CREATE SEQUENCE shared; CREATE TABLE t (id int DEFAULT nextval('shared'), v text);
        CREATE TABLE u (id int DEFAULT nextval('shared'))""",
        (T, ROWS),
        (other, [(3,), (40,)]),
    )
    assert execute(database, "INSERT INTO t (v) VALUES ('next') RETURNING id") == [(41,)]


@pytest.mark.parametrize("kind", ["mood", "mood[]", "happy_mood"])
def test_labels_that_were_added_or_moved_do_not_hinder(load: Load, database: str, kind: str) -> None:
    value: Any = {"mood": "ok", "mood[]": ["ok", None], "happy_mood": "ok"}[kind]
    load(
        f"""CREATE TYPE mood AS ENUM ('new', 'happy', 'ok', 'sad'); CREATE DOMAIN happy_mood AS mood;
        CREATE TABLE t (id int, v {kind})""",
        (table("t", ("id", "integer"), ("v", kind)), [(1, value)]),
    )
    assert execute(database, "SELECT v::text FROM t") == [("{ok,NULL}" if kind == "mood[]" else "ok",)]


NARROWER = (
    ("bigint", "integer"),
    ("integer", "smallint"),
    ("integer", "numeric(9,0)"),
    ("double precision", "real"),
    ("numeric(8,2)", "numeric(8,3)"),
    ("numeric(8,2)", "numeric(8,1)"),
    ("numeric", "numeric(60,20)"),
    ("text", "character varying(9)"),
    ("character varying(9)", "character varying(8)"),
    ("character varying(9)", "character(9)"),
    ("character(3)", "character(2)"),
    ("text", "name"),
    ("text", "mood"),
    ("timestamp with time zone", "timestamp(3) with time zone"),
    ("timestamp with time zone", "timestamp without time zone"),
    ("timestamp(3) without time zone", "timestamp(2) without time zone"),
    ("timestamp without time zone", "date"),
    ("interval", "interval(0)"),
    ("bit varying(5)", "bit varying(4)"),
    ("bit(5)", "bit(6)"),
    ("inet", "cidr"),
    ("jsonb", "text"),
    ("uuid", "text"),
    ("boolean", "integer"),
    ("integer[]", "smallint[]"),
    ("integer", "integer[]"),
    ("text[]", "text"),
    ("text[]", "character varying(9)[]"),
    ("character varying(9)", "short"),
)


def test_every_narrower_or_foreign_type_is_named_before_anything_is_touched(refused: Callable[..., list[str]]) -> None:
    held = table("t", *((f"c{i}", ours) for i, (ours, _) in enumerate(NARROWER)))
    columns = ", ".join(f"c{i} {theirs}" for i, (_, theirs) in enumerate(NARROWER))
    sql = f"CREATE TYPE mood AS ENUM ('sad'); CREATE DOMAIN short AS varchar(8); CREATE TABLE t ({columns})"
    assert refused(sql, (held, [])) == [
        f"- column t.c{i} is {theirs}, too narrow or foreign for {ours}" for i, (ours, theirs) in enumerate(NARROWER)
    ]


@pytest.mark.parametrize("kind", ["mood", "mood[]"])
def test_renamed_labels_are_refused(refused: Callable[..., list[str]], kind: str) -> None:
    sql = f"CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy'); CREATE TABLE t (id int, v {kind});"
    sql += "ALTER TYPE mood RENAME VALUE 'ok' TO 'fine'"
    held = table("t", ("id", "integer"), ("v", kind))
    assert refused(sql, (held, [(1, None)])) == [f"- column t.v lacks the labels 'ok' of {kind}"]


@pytest.mark.parametrize("policy", ["", "CREATE POLICY none ON t USING (false) WITH CHECK (false);"])
def test_row_level_security_neither_hides_nor_bars_rows(load: Load, database: str, policy: str) -> None:
    load(f"CREATE TABLE t (id int, v text); {policy} ALTER TABLE t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
    assert rows(database) == ROWS
    assert execute(database, "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE relname = 't'") == [
        (True, True)
    ]


@pytest.mark.parametrize("how", ["", "DEFERRABLE", "DEFERRABLE INITIALLY DEFERRED", "NOT VALID", "MATCH FULL"])
def test_foreign_keys_to_the_table_itself_and_in_circles(load: Load, database: str, how: str) -> None:
    tree = table("tree", ("id", "integer"), ("up", "integer"), ("best", "integer"))
    leaf = table("leaf", ("id", "integer"), ("tree", "integer"))
    described = "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f' ORDER BY 1"
    execute(
        database,
        f"""CREATE TABLE tree (id int PRIMARY KEY, up int, best int); CREATE TABLE leaf (id int PRIMARY KEY, tree int);
        ALTER TABLE tree ADD FOREIGN KEY (up) REFERENCES tree {how};
        ALTER TABLE tree ADD FOREIGN KEY (best) REFERENCES leaf {how};
        ALTER TABLE leaf ADD FOREIGN KEY (tree) REFERENCES tree {how}""",
    )
    before = execute(database, described)
    load("", (tree, [(1, 2, 11), (2, 2, None), (3, 1, 12)]), (leaf, [(11, 1), (12, 2)]))
    assert rows(database, "tree", "id, up, best") == [(1, 2, 11), (2, 2, None), (3, 1, 12)]
    assert execute(database, described) == before
    with pytest.raises(Exception, match="foreign key"):
        execute(database, "INSERT INTO leaf VALUES (13, 99)")


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        (
            "CREATE FOREIGN DATA WRAPPER far; CREATE SERVER away FOREIGN DATA WRAPPER far;"
            "CREATE FOREIGN TABLE t (id int, v text) SERVER away",
            "- t is a foreign table, not a table",
        ),
        ("CREATE VIEW t AS SELECT 1 AS id, 'a' AS v", "- t is a view, not a table"),
        ("CREATE MATERIALIZED VIEW t AS SELECT 1 AS id, 'a' AS v", "- t is a materialised view, not a table"),
        (
            "CREATE FOREIGN DATA WRAPPER far; CREATE SERVER away FOREIGN DATA WRAPPER far;"
            "CREATE TABLE t (id int, v text) PARTITION BY LIST (id); CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1);"
            "CREATE FOREIGN TABLE t2 PARTITION OF t DEFAULT SERVER away",
            "- partitions of table t are foreign tables: t2",
        ),
    ],
)
def test_what_only_looks_like_a_table_is_refused(refused: Callable[..., list[str]], sql: str, reason: str) -> None:
    assert refused(sql) == [reason]


def test_an_index_or_a_sequence_of_a_tables_name_is_no_table(refused: Callable[..., list[str]]) -> None:
    held = table("other", ("id", "integer"))
    assert refused("CREATE SEQUENCE t; CREATE TABLE other (id int)", (T, ROWS), (held, [])) == ["- table t is missing"]


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE UNLOGGED TABLE t (id int, v text)",
        "CREATE TYPE row_of_t AS (id int, v text); CREATE TABLE t OF row_of_t (PRIMARY KEY (id))",
        "CREATE TABLE t (id int, v text) WITH (fillfactor = 10, autovacuum_enabled = false)",
        "CREATE TABLE t (id int, v text); ALTER TABLE t ALTER v SET STORAGE EXTERNAL, ALTER v SET COMPRESSION pglz",
        "CREATE TABLE t (id int, v text); ALTER TABLE t REPLICA IDENTITY FULL; CREATE PUBLICATION p FOR TABLE t",
        "CREATE TABLE t (id int, v text); CREATE STATISTICS s ON id, v FROM t; ALTER TABLE t ALTER v SET STATISTICS 7",
    ],
)
def test_tables_of_other_makes_take_the_rows_and_stay_what_they_are(load: Load, database: str, sql: str) -> None:
    execute(database, sql)
    described = """SELECT relpersistence, relreplident, reloptions, reloftype::regtype::text,
            (SELECT array_agg((attstorage, attcompression, attstattarget)::text ORDER BY attnum)
             FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0)
        FROM pg_class c WHERE oid = 't'::regclass"""
    before = execute(database, described)
    load("")
    assert rows(database) == ROWS
    assert execute(database, described) == before


def test_collations_of_columns_and_domains_take_any_text(load: Load, database: str) -> None:
    held = table("t", ("id", "integer"), ("v", "text"), ("w", "character varying(5)"), ("x", "sorted"))
    load(
        """CREATE DOMAIN sorted AS text COLLATE "C"; CREATE TABLE t (id int, v text COLLATE "POSIX" UNIQUE,
        w varchar(5) COLLATE "C", x sorted)""",
        (held, [(1, "ä", "Z", "é"), (2, "a", "z", "😀")]),
    )
    assert rows(database, "t", "id, v, w, x") == [(1, "ä", "Z", "é"), (2, "a", "z", "😀")]


def test_a_generated_column_of_the_target_computes_what_the_snapshot_held(load: Load, database: str) -> None:
    load("CREATE TABLE t (id int, v text GENERATED ALWAYS AS ('n' || id) STORED)")
    assert rows(database) == [(1, "n1"), (2, "n2"), (5, "n5")]


def test_defaults_and_triggers_do_not_replace_nulls(load: Load, database: str) -> None:
    load(
        """CREATE TABLE t (id int DEFAULT 9, v text DEFAULT 'd');
        CREATE FUNCTION filled() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.v = 'f'; RETURN NEW; END $$;
        CREATE TRIGGER filled BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION filled();
        CREATE TRIGGER emptied BEFORE TRUNCATE ON t EXECUTE FUNCTION filled()"""
    )
    assert rows(database) == ROWS


@pytest.fixture
def encoded(pg: Server) -> Iterator[Callable[[str], str]]:
    """Return a function that makes a database of an encoding and gives its URL."""
    made = []

    def database_of(encoding: str) -> str:
        made.append(f"in {encoding}")
        how = f"ENCODING '{encoding}' TEMPLATE template0 LOCALE_PROVIDER libc LOCALE 'C'"
        execute(pg.url("postgres"), f'CREATE DATABASE "in {encoding}" {how}')
        return pg.url(f"in {encoding}")

    yield database_of
    for name in made:
        execute(pg.url("postgres"), f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII", "EUC_JP"])
@pytest.mark.parametrize("kind", ["text", "jsonb", "mood", "text[]", "inet"])
def test_a_database_of_another_encoding_takes_what_it_can_write(
    tmp_path: Path, encoded: Callable[[str], str], encoding: str, kind: str
) -> None:
    url = encoded(encoding)
    word = "日本" if encoding == "EUC_JP" else "ünï"
    value: Any = {"jsonb": f'"{word}"', "text[]": [word, None], "inet": "::1"}.get(kind, word)
    held = table("t", ("id", "integer"), ("v", "text"), ("w", kind))
    sql = f"CREATE TYPE mood AS ENUM ('{word}'); CREATE TABLE t (id int, v text, w {kind})"
    made = snapshot(tmp_path, [(held, [(1, word, value)])], sql, enums=[Enum(name="mood", labels=(word,))])
    restore(made, Target(url))
    utf8 = "SELECT set_config('client_encoding', 'UTF8', false); SELECT v, position(v IN w::text) > 0 FROM t"
    assert execute(url, utf8) == [(word, kind != "inet")]
    worse = snapshot(tmp_path / "worse", [(held, [(1, "😀", None)])], sql, enums=[Enum(name="mood", labels=(word,))])
    if encoding != "SQL_ASCII":  # which takes any bytes
        with pytest.raises(TargetError, match="has no equivalent in encoding"):
            restore(worse, Target(url))
        assert execute(url, utf8) == [(word, kind != "inet")]
