"""Test the decision, by its text, whether a statement of schema SQL would run a function when it is executed."""

from __future__ import annotations

import pytest

from snap_restorer.pg.scanner import statements
from snap_restorer.pg.schema_functions import defined_functions, runs_code

FUNCTIONS = frozenset({"likes", 'odd "one'})


def runs(text: str) -> bool:
    (statement,) = statements(text)
    return runs_code(statement, FUNCTIONS)


def test_functions_that_only_triggers_call_are_not_among_them() -> None:
    made = statements(
        "CREATE FUNCTION a.b() RETURNS trigger LANGUAGE plpgsql AS ''; CREATE PROCEDURE c() LANGUAGE sql AS '';"
        'CREATE OR REPLACE FUNCTION a."Odd ""one"(int) RETURNS int LANGUAGE sql AS \'\';'
        "CREATE FUNCTION d() RETURNS pg_catalog.trigger LANGUAGE plpgsql AS ''; CREATE FUNCTION Likes() RETURNS int"
    )
    assert defined_functions(made) == FUNCTIONS


@pytest.mark.parametrize(
    "text",
    [
        "CREATE TABLE likes (likes int REFERENCES public.likes (id), UNIQUE (likes))",
        "CREATE INDEX likes ON public.likes (likes)",
        "CREATE VIEW v AS SELECT likes(1)",
        "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW WHEN (likes(new.id) > 1) EXECUTE FUNCTION f()",
        "COMMENT ON FUNCTION likes() IS 'x'",
        "ALTER TABLE a ADD CONSTRAINT likes FOREIGN KEY (a) REFERENCES likes(id)",
        "ALTER TABLE a ADD j int, ADD CHECK (j > lower(1))",
        "ALTER TABLE a ALTER likes SET DEFAULT 1",
        "CREATE TABLE a PARTITION OF b FOR VALUES IN ('a', 'b''c', NULL)",
        "CREATE TABLE a PARTITION OF b FOR VALUES FROM (MINVALUE, -1) TO ('2020', MAXVALUE) PARTITION BY LIST (i)",
        "ALTER TABLE b ATTACH PARTITION a FOR VALUES WITH (modulus 4, remainder 0)",
        "ALTER TABLE b ATTACH PARTITION a DEFAULT",
    ],
)
def test_names_and_literals_are_no_calls(text: str) -> None:
    assert not runs(text)


@pytest.mark.parametrize(
    "text",
    [
        "CREATE TABLE a (i int DEFAULT likes())",
        'CREATE UNIQUE INDEX ON a (b, (public . "Odd ""one"(1)))',
        "CREATE STATISTICS s ON (likes(1)), b FROM a",
        "CREATE SCHEMA s CREATE TABLE a (i int) CREATE INDEX ON a ((likes(1)))",
        "CREATE OPERATOR @@ (RIGHTARG = int, FUNCTION = public.likes)",
        "CREATE TYPE r AS RANGE (SUBTYPE = int, SUBTYPE_DIFF = likes)",
        "ALTER TABLE a ADD COLUMN j xml DEFAULT table_to_xml('v', true, true, '')",
        "CREATE TABLE a PARTITION OF b FOR VALUES IN (lower('A'))",
        "CREATE TABLE a PARTITION OF b FOR VALUES IN (date '2020-01-01')",
        "CREATE TABLE a PARTITION OF b FOR VALUES FROM (1) TO (1 + 1)",
    ],
)
def test_what_is_called_or_computed_is_seen(text: str) -> None:
    assert runs(text)
