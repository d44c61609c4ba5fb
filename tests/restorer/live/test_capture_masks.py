"""Test captures with masks: values that become NULL or a pseudonym, and masks that are refused."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from snap.errors import TargetError, UsageError
from snap.store import Store
from snap_restorer import Target, restore
from tests.cases.captures import Capture
from tests.postgres import execute

PEOPLE = """
    CREATE TABLE people (id text PRIMARY KEY, key uuid NOT NULL, mail varchar(40) NOT NULL UNIQUE CHECK (mail <> ''),
        phone text, born date, pin varchar(4) NOT NULL, age int NOT NULL, short varchar(8) NOT NULL UNIQUE,
        shout text GENERATED ALWAYS AS (upper(mail)) STORED,
        CONSTRAINT reachable CHECK (phone IS NOT NULL OR born IS NULL));
    CREATE TABLE posts (id int PRIMARY KEY, author text NOT NULL REFERENCES people, editor text REFERENCES people);
    INSERT INTO people SELECT 'p' || i, gen_random_uuid(), i || '@x', '555', NULL, '1234', i, i
        FROM generate_series(1, 50) i;
    INSERT INTO posts SELECT i, 'p' || i, 'p' || (51 - i) FROM generate_series(1, 50) i;
"""


@pytest.mark.slow
def test_masks_null_what_may_be_null_and_give_pseudonyms_to_the_rest(
    databases: Callable[[], str], take: Capture, store: Store
) -> None:
    source, target = databases(), databases()
    execute(source, PEOPLE)
    masks = ["people.phone", "people.key", '"people"."mail"', "public.people.pin"]
    manifest = take(source, masks=masks)
    assert take(source, masks=masks).digest == manifest.digest
    assert take(source, masks=masks, mask_key=b"other").digest != manifest.digest
    restore(store.resolve(manifest.version), Target(target))
    real = dict(execute(source, "SELECT id, mail FROM people"))
    kept = execute(target, "SELECT id, key, mail, phone, pin, shout FROM people")
    keys = {key for (key,) in execute(source, "SELECT key FROM people")}
    assert {row[0] for row in kept} == set(real)
    assert not keys & {row[1] for row in kept}
    assert len({row[2] for row in kept}) == 50
    assert all(re.fullmatch("[0-9a-f]{25}@masked.invalid", row[2]) and row[5] == row[2].upper() for row in kept)
    assert {row[3] for row in kept} == {None}
    assert len({row[4] for row in kept}) == 1
    assert {len(row[4]) for row in kept} == {4}


@pytest.mark.slow
def test_a_key_and_what_refers_to_it_are_masked_alike(
    databases: Callable[[], str], take: Capture, store: Store
) -> None:
    source, target = databases(), databases()
    execute(source, PEOPLE)
    with pytest.raises(
        UsageError, match=r"^mask people\.id: a foreign key connects the column with posts\.author"
    ) as refused:
        take(
            source,
            masks=(
                "people.id",
                "posts.editor",
            ),
        )
    assert refused.value.hint == "mask both, or neither: posts.author"
    with pytest.raises(UsageError, match=r"^mask posts\.author: a foreign key connects the column with people\.id"):
        take(source, masks=("posts.author",))
    manifest = take(
        source,
        masks=(
            "people.id",
            "posts.author",
            "posts.editor",
        ),
    )
    restore(store.resolve(manifest.version), Target(target))
    joined = "SELECT p.id, mail, a.id, editor FROM people a JOIN posts p ON author = a.id ORDER BY 1"
    there, here = execute(target, joined), execute(source, joined)
    assert [row[:2] for row in there] == [row[:2] for row in here]
    assert {row[3] for row in there} == {None}
    assert not {row[2] for row in there} & {row[2] for row in here}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("people", "mask 'people' is not TABLE.COLUMN"),
        ("nobody.x", "mask nobody.x: no table nobody is captured"),
        ("people.x", "mask people.x: table people has no column 'x'"),
        ("people.shout", "mask people.shout: the column is generated, so no snapshot holds it"),
        ("people.age", "mask people.age: the column is integer NOT NULL, and only text and uuid have pseudonyms"),
        ("people.short", "mask people.short: character varying(8) is too short for pseudonyms that are unique"),
    ],
)
def test_masks_that_cannot_be_are_refused_by_name(text: str, message: str, database: str, take: Capture) -> None:
    execute(database, PEOPLE)
    with pytest.raises(UsageError, match=f"^{re.escape(message)}$"):
        take(database, masks=(text,))


@pytest.mark.slow
def test_all_masks_that_cannot_be_are_named_at_once(database: str, take: Capture) -> None:
    execute(database, PEOPLE)
    with pytest.raises(UsageError) as refused:
        take(database, masks=("people.shout", "people.phone", "nobody.x", "people.age"))
    assert refused.value.heading == "3 masks are refused:"
    assert refused.value.reasons == (
        "people.shout: the column is generated, so no snapshot holds it "
        "(mask the columns from which it is computed: mail)",
        "nobody.x: no table nobody is captured (a table outside schema public needs the name of its schema)",
        "people.age: the column is integer NOT NULL, and only text and uuid have pseudonyms (allow NULL in the column)",
    )
    execute(database, "ALTER TABLE posts ADD also text REFERENCES people")
    with pytest.raises(UsageError, match=r"^2 masks are refused") as tied:
        take(database, masks=("people.id", "posts.editor"))
    assert [reason[: reason.index(",")] for reason in tied.value.reasons] == [
        "people.id: a foreign key connects the column with posts.also",
        "people.id: a foreign key connects the column with posts.author",
    ]


def test_a_primary_key_that_has_no_pseudonyms_is_not_to_allow_null(database: str, take: Capture) -> None:
    execute(database, "CREATE TABLE patients (id int PRIMARY KEY, ward int NOT NULL, name text)")
    for column, hint in (
        ("id", "a primary key is never NULL: mask other columns of the table"),
        ("ward", "allow NULL in the column"),
    ):
        with pytest.raises(UsageError, match=rf"^mask patients\.{column}: the column is integer NOT NULL") as refused:
            take(database, masks=(f"patients.{column}",))
        assert (refused.value.hint, refused.value.option) == (hint, "exclude")


def test_a_mask_that_breaks_a_constraint_is_refused(database: str, take: Capture) -> None:
    execute(database, PEOPLE + "UPDATE people SET born = '2000-01-01' WHERE id = 'p1'")
    with pytest.raises(TargetError, match=r"^masked values of people would violate its constraint reachable$"):
        take(database, masks=("people.phone",))
