"""Test that each statement of schema SQL runs before or after the rows, and never before what it needs."""

from __future__ import annotations

import pytest

from snap_restorer.pg.scanner import statements
from snap_restorer.pg.schema_sections import evaluated, sections

AFTER = [
    "CREATE INDEX ON t (i)",
    'create /* x */ unique index "Group" ON t (i)',
    "ALTER INDEX a ATTACH PARTITION b",
    "ALTER TABLE t ADD PRIMARY KEY (i)",
    "ALTER TABLE ONLY s.t ADD CONSTRAINT a UNIQUE (i, j), ADD EXCLUDE (i WITH =)",
    'ALTER TABLE IF EXISTS ONLY "s,"."ADD" * ADD CONSTRAINT "check" CHECK (i > 0) NOT VALID',
    "ALTER TABLE t ADD CONSTRAINT a FOREIGN KEY (i) REFERENCES t (i)",
    "ALTER TABLE t ADD CONSTRAINT a NOT NULL i NOT VALID",
    "ALTER TABLE t ADD EXCLUDE USING gist (i WITH =)",
    "ALTER TABLE t CLUSTER ON a",
    "ALTER TABLE t REPLICA IDENTITY USING INDEX a",
    "ALTER TABLE t ENABLE ALWAYS TRIGGER a, DISABLE RULE b",
    "ALTER DOMAIN d ADD CONSTRAINT a CHECK (VALUE > 0)",
    "CREATE CONSTRAINT TRIGGER a AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()",
    "CREATE RULE a AS ON INSERT TO t DO INSTEAD NOTHING",
    "CREATE POLICY a ON t",
    "CREATE STATISTICS a ON i, j FROM t",
    "COMMENT ON INDEX a IS 'x'",
    "COMMENT ON CONSTRAINT a ON t IS 'x'",
    "REFRESH MATERIALIZED VIEW v",
]
BEFORE = [
    "CREATE TABLE t (i int PRIMARY KEY, j int CHECK (j > 0))",
    "ALTER TABLE t ADD i int",
    "ALTER TABLE t ADD exclude int",
    "ALTER TABLE t ADD PRIMARY KEY (i), ADD j int",
    "ALTER TABLE t ALTER i SET DEFAULT 1",
    "ALTER TABLE t ATTACH PARTITION u DEFAULT",
    "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE t REPLICA IDENTITY FULL",
    "ALTER TABLE",
    "ALTER DOMAIN d SET DEFAULT 1",
    "CREATE VIEW v AS SELECT i FROM t GROUP BY i",
    "COMMENT ON TABLE t IS 'x'",
    "INSERT INTO t VALUES (1)",
    "DO 'BEGIN END'",
]


def split(text: str, *, indexes: bool = True) -> tuple[list[str], list[str]]:
    chosen = sections(statements(text), indexes=indexes)
    return [s.text for s in chosen.pre], [s.text for s in chosen.post]


@pytest.mark.parametrize("statement", AFTER)
def test_what_binds_or_finds_rows_waits_for_them(statement: str) -> None:
    assert split(f"CREATE TABLE t (i int); {statement}") == (["CREATE TABLE t (i int)"], [statement])


@pytest.mark.parametrize("statement", BEFORE)
def test_what_rows_are_loaded_into_does_not_wait(statement: str) -> None:
    assert split(statement) == ([statement], [])


def test_indexes_and_keys_do_not_wait_where_they_are_built_side_by_side() -> None:
    index, key = "CREATE INDEX a ON t (i)", "ALTER TABLE t ADD PRIMARY KEY (i)"
    check, mixed = "ALTER TABLE t ADD CHECK (i > 0)", "ALTER TABLE t ADD CHECK (i > 0), ADD UNIQUE (i)"
    text = f"{index}; {key}; ALTER TABLE t CLUSTER ON a; {check}; {mixed}"
    assert split(text, indexes=False) == ([index, key, "ALTER TABLE t CLUSTER ON a", mixed], [check])


@pytest.mark.parametrize(
    "later",
    [
        "CREATE TABLE u (i int)",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1 GROUP BY 1'",
        "CREATE VIEW v AS SELECT i FROM t",
        "CREATE TYPE e AS ENUM ('a')",
        "ALTER TABLE t FORCE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY",
        "ALTER TABLE t OWNER TO o",
        "REVOKE ALL ON FUNCTION f FROM PUBLIC",
        "CREATE TABLE u (i text CHECK (i LIKE 'x'), j text GENERATED ALWAYS AS (i) STORED)",
    ],
)
def test_what_needs_no_index_goes_before_it(later: str) -> None:
    index = "CREATE UNIQUE INDEX ON t (i)"
    assert split(f"{index}; {later}") == ([later], [index])


@pytest.mark.parametrize(
    "later",
    [
        "CREATE TABLE u (i int REFERENCES t (i))",
        "CREATE TABLE u (LIKE t INCLUDING ALL)",
        "CREATE TABLE u (j int, LIKE t INCLUDING ALL)",
        "CREATE TABLE u AS SELECT 1",
        "CREATE TABLE u PARTITION OF t DEFAULT",
        "ALTER TABLE t RENAME i TO j",
        "DROP INDEX a",
        "INSERT INTO t VALUES (1) ON CONFLICT (i) DO NOTHING",
    ],
)
def test_what_may_need_an_index_comes_after_it(later: str) -> None:
    index = "CREATE UNIQUE INDEX a ON t (i)"
    assert split(f"{index}; {later}; {index}") == ([index, later], [index])


@pytest.mark.parametrize(
    "later",
    [
        "CREATE OR REPLACE VIEW v AS SELECT 1",
        "CREATE MATERIALIZED VIEW v AS SELECT i, j FROM t GROUP BY i WITH NO DATA",
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT i, j FROM t GROUP BY i; END",
    ],
)
def test_a_view_that_may_need_a_key_waits_with_it_until_a_table_may_need_the_view(later: str) -> None:
    key, comment, table = "ALTER TABLE t ADD PRIMARY KEY (i)", "COMMENT ON VIEW v IS 'x'", "CREATE TABLE u (i int)"
    assert split(f"{key}; {later}; {comment}") == ([], [key, later, comment])
    assert split(f"{key}; {later}; {comment}; {table}") == ([key, later, comment, table], [])


def test_both_sections_run_under_the_settings_of_the_text() -> None:
    text = "SET search_path = a; CREATE INDEX ON t (i); SELECT pg_catalog.set_config('search_path', '', false)"
    first, index, second = (s.text for s in statements(text))
    assert split(text) == ([first, second], [first, index, second])
    assert split(f"{first}; CREATE TABLE t ()") == ([first, "CREATE TABLE t ()"], [])


def test_what_evaluates_nothing_over_rows_is_known() -> None:
    index, check = "CREATE INDEX ON t (i) WHERE i > 0", "ALTER TABLE t ADD CHECK (i > 0), DISABLE TRIGGER g"
    resting = "SET a = b; CREATE TRIGGER g; ALTER TABLE t ENABLE RULE r; COMMENT ON INDEX i IS ''; CREATE POLICY p ON t"
    assert evaluated(statements(resting)) == ()
    assert [s.text for s in evaluated(statements(f"{resting}; {index}; {check}"))] == ["SET a = b", index, check]
