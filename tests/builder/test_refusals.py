"""Test how a build explains that Postgres refused its rows. The messages are those of a Postgres 18."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from snap.manifest import Finding
from snap.schema import Column, Table
from snap.types import parse
from snap_builder.refusals import advice, explained

SQL = """
CREATE DOMAIN public.mail AS text
\tCONSTRAINT mail_check CHECK ((POSITION(('@'::text) IN (VALUE)) > 0));

CREATE TABLE shop.people (
    id integer NOT NULL,
    email public.mail NOT NULL,
    state text,
    CONSTRAINT odd_state CHECK ((md5((email)::text) = state))
);

ALTER TABLE ONLY shop.people
    ADD CONSTRAINT people_pkey PRIMARY KEY (id);

CREATE UNIQUE INDEX one_email ON shop.people USING btree (lower((email)::text));
"""
WORDS = {"id": "RowNumber inferred by constraint", "email": "Text inferred by name", "state": "declared as Choice"}
EMAIL = "; shop.people.email is Text inferred by name"


@pytest.fixture
def dataset() -> Any:
    columns = tuple(Column(name=name, type=parse("text")) for name in WORDS)
    table = Table(name="people", schema="shop", columns=columns)
    return SimpleNamespace(sql=SQL, tables=(table,), words={"shop.people": WORDS})


def _refused(said: str) -> tuple[Finding, ...]:
    return (Finding(name="postgres", ok=False, value="refused", limit="", detail=said),)


@pytest.mark.parametrize(
    ("said", "place", "made", "todo"),
    [
        (
            'new row for relation "people" violates check constraint "odd_state" (Failing row contains (1, a, b).)',
            "table shop.people, constraint odd_state",
            f"{EMAIL}; shop.people.state is declared as Choice",
            "declare shop.people.email, shop.people.state in dataset.py as CONSTRAINT odd_state "
            "CHECK ((md5((email)::text) = state)) asks, or change the schema",
        ),
        (
            'could not create unique index "one_email" (Key (lower(email))=(abe) is duplicated.)',
            "table shop.people, constraint one_email",
            EMAIL,
            "declare shop.people.email in dataset.py as UNIQUE INDEX one_email ON shop.people USING btree "
            "(lower((email)::text)) asks, or change the schema",
        ),
        (
            'value for domain mail violates check constraint "mail_check" (COPY people, line 1, column email: "abe")',
            "table shop.people, constraint mail_check",
            EMAIL,
            "declare shop.people.email in dataset.py as CONSTRAINT mail_check "
            "CHECK ((POSITION(('@'::text) IN (VALUE)) > 0)) asks, or change the schema",
        ),
        (
            'null value in column "email" of relation "people" violates not-null constraint (Failing row …)',
            "table shop.people",
            EMAIL,
            "declare shop.people.email in dataset.py, or change the schema",
        ),
    ],
)
def test_a_refusal_says_first_table_and_constraint_then_postgres_words_then_what_made_the_columns(
    dataset: Any, said: str, place: str, made: str, todo: str
) -> None:
    assert explained(_refused(said), dataset)[0].detail == f"{place}: {said}{made}"
    assert advice(_refused(said), dataset) == todo


@pytest.mark.parametrize(
    "said", ["division by zero", 'relation "orders" does not exist', 'constraint "gone" is not met']
)
def test_a_refusal_that_names_no_table_of_the_dataset_is_said_as_it_is(dataset: Any, said: str) -> None:
    assert explained(_refused(said), dataset) == _refused(said)
    assert advice(_refused(said), dataset) == ""


def test_a_passed_finding_is_left_alone(dataset: Any) -> None:
    passed = (Finding(name="postgres", ok=True, value=1, limit=1, detail='relation "people"'),)
    assert explained(passed, dataset) == passed
    assert advice(passed, dataset) == ""


@pytest.mark.parametrize(
    ("constraint", "asked"),
    [
        ("people_email_key", "    ADD CONSTRAINT people_email_key UNIQUE (email);"),
        ("e mail", '    ADD CONSTRAINT "e mail" PRIMARY KEY (email);'),
        ("one_email", "CREATE UNIQUE INDEX one_email ON shop.people USING btree (lower(email));"),
    ],
)
def test_texts_that_repeat_are_to_be_declared_unique(dataset: Any, constraint: str, asked: str) -> None:
    dataset.sql = f"ALTER TABLE ONLY shop.people\n{asked}\n"
    dataset.words = {"shop.people": WORDS | {"email": "declared as Text"}}
    said = f'could not create unique index "{constraint}" (Key (email)=(abe) is duplicated.)'
    todo = "add unique=True to the text of shop.people.email in dataset.py, or write {n} in it"
    assert advice(_refused(said), dataset) == todo
    dataset.sql = f"CONSTRAINT {constraint} CHECK ((email <> 'UNIQUE '));"
    assert "unique=True" not in advice(_refused(said), dataset)
