"""Test that references to several tables are recognised only where a CHECK or an enum lists the tables."""

from __future__ import annotations

from dataclasses import replace

import pytest

from snap.schema import Check, Details, Enum, Schema, Table
from snap_builder.compiled.compile import understand
from snap_builder.declare import Dataset
from snap_builder.infer.polymorphic import infer_polymorphic
from tests.builder.compiled.declarations import built
from tests.builder.compiled.tenants import columns

POSTS = Table(name="posts", columns=columns("id bigint"), primary_key=("id",))
CATEGORIES = Table(name="photo_categories", columns=columns("id bigint"), primary_key=("id",))
UIDS = Table(name="files", columns=columns("uid uuid"), primary_key=("uid",))
VALUES = "CHECK (({} = ANY (ARRAY[{}])))"


def _schema(*named: str, values: tuple[str, ...] = (), kind: str = "subject_type") -> Schema:
    table = Table(name="likes", columns=columns("id bigint", *named), primary_key=("id",))
    listed = ", ".join(f"'{value}'::text" for value in values)
    checks = (Check(columns=(kind,), sql=VALUES.format(f'"{kind}"', listed)),) if values else ()
    return Schema(
        tables=(table, POSTS, CATEGORIES, UIDS),
        enums=(Enum(name="kind", labels=("Post", "PhotoCategory")),),
        sql="",
        details=(Details(table="likes", checks=checks),),
    )


@pytest.mark.parametrize(
    ("schema", "tables"),
    [
        (
            _schema("subject_type text", "subject_id bigint", values=("post", "photo_category")),
            ["posts", CATEGORIES.name],
        ),
        (_schema("subject_type text", "subject_id text", values=("App::Post", "files")), ["posts", "files"]),
        (_schema("subject_type kind", "subject_id bigint"), ["posts", "photo_categories"]),
        (_schema("subjectType text", "subjectId bigint", values=("posts",), kind="subjectType"), ["posts"]),
        (_schema("subject_type text", "subject_id bigint"), None),
        (_schema("subject_type text", "subject_id bigint", values=("post", "video")), None),
        (_schema("subject_type text", "subject_id bigint", values=("post", "file")), None),
        (_schema("subject_type text", "subject bigint", values=("post",)), None),
    ],
)
def test_columns_that_name_rows_of_several_tables_are_recognised(schema, tables):
    words = infer_polymorphic(schema.tables[0], schema)
    assert [[target.table for target in word.targets] for word in words.values()] == ([tables] if tables else [])


def test_what_is_recognised_names_rows_that_are_there():
    schema = _schema("subject_type text", "subject_id text", values=("Post", "File"))
    made = built(Dataset(), 1, schema)
    keys = {str(key) for table, key in (("posts", "id"), ("files", "uid")) for key in made[table][key].to_pylist()}
    assert set(made["likes"]["subject_id"].to_pylist()) <= keys
    assert set(made["likes"]["subject_type"].to_pylist()) == {"Post", "File"}
    how = understand("app", Dataset(), schema).inferred["likes"].how
    assert how["subject_type"] == how["subject_id"] == "constraint"


def test_columns_of_a_key_have_values_that_differ_instead():
    schema = _schema("subject_type kind", "subject_id bigint", "user_id bigint")
    likes = replace(schema.tables[0], unique=(("user_id", "subject_type", "subject_id"),))
    made = built(Dataset(), 1, replace(schema, tables=(likes, *schema.tables[1:])))["likes"].to_pylist()
    assert len({(row["user_id"], row["subject_type"], row["subject_id"]) for row in made}) == len(made)
