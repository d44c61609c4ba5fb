"""Test the differences between two schemas."""

import pytest

from snap.compare import SchemaChange, common_key, schema_changes
from snap.schema import Enum, ForeignKey
from tests.cases.diffs import table

PARENT = ForeignKey(columns=("p",), references="parents", to=("id",))
BASE = {"id": "integer", "p": "integer", "v": "text"}


def changes(a, b, **enums):
    return [
        (change.kind.value, change.what, change.name, change.before, change.after)
        for change in schema_changes([a], [b], **enums)
    ]


@pytest.mark.parametrize(
    ("a", "b", "found"),
    [
        ({}, {}, []),
        ({}, {"columns": {**BASE, "id": "bigint"}}, [("changed", "type", "id", "integer", "bigint")]),
        ({}, {"required": ["v"]}, [("changed", "nullable", "v", "NULL", "NOT NULL")]),
        ({}, {"generated": ["v"]}, [("changed", "generated", "v", "stored", "generated")]),
        ({}, {"key": ["id"]}, [("changed", "nullable", "id", "NULL", "NOT NULL"),
                               ("added", "primary_key", "", None, "(id)")]),
        ({"key": ["id", "p"]}, {"key": ["p", "id"]}, [("changed", "primary_key", "", "(id, p)", "(p, id)")]),
        ({"unique": [["v"], ["p"]]}, {"unique": [["p"], ["v", "p"]]},
         [("removed", "unique", "", "(v)", None), ("added", "unique", "", None, "(v, p)")]),
        ({}, {"references": [PARENT]}, [("added", "foreign_key", "", None, "(p) references parents (id)")]),
        ({}, {"columns": {"id": "integer", "p": "integer", "w": "text"}},
         [("removed", "column", "v", "text", None), ("added", "column", "w", None, "text")]),
        ({}, {"columns": dict(reversed(BASE.items()))}, []),
        ({}, {"derived": ["v"]}, []),
    ],
)  # fmt: skip
def test_each_part_of_a_table_is_told(a, b, found):
    assert changes(table("t", **{"columns": BASE, **a}), table("t", **{"columns": BASE, **b})) == found
    mirrored = {"added": "removed", "removed": "added", "changed": "changed"}
    back = changes(table("t", **{"columns": BASE, **b}), table("t", **{"columns": BASE, **a}))
    assert sorted(map(str, back)) == sorted(
        str((mirrored[kind], what, name, after, before)) for kind, what, name, before, after in found
    )


def test_tables_and_enums_are_told():
    old, new = table("old", {"id": "integer"}), table("new", {"id": "integer"})
    moods = (
        [Enum(name="mood", labels=("sad", "ok"))],
        [Enum(name="mood", labels=("sad", "o'k")), Enum(name="e", labels=())],
    )
    assert schema_changes([old], [new], *moods) == (
        SchemaChange(kind="removed", what="table", table="old", before="old"),
        SchemaChange(kind="added", what="table", table="new", after="new"),
        SchemaChange(kind="changed", what="enum", table=None, name="mood", before="'sad', 'ok'", after="'sad', 'o''k'"),
        SchemaChange(kind="added", what="enum", table=None, name="e", after=""),
    )


@pytest.mark.parametrize(
    ("a", "b", "key"),
    [
        ({"key": ["id"]}, {"key": ["id"]}, ("id",)),
        ({"key": ["id", "p"]}, {"key": ["p", "id"]}, ("id", "p")),
        ({"key": ["id"], "unique": [["p"]], "required": ["p"]}, {"key": ["p"]}, ("p",)),
        ({"unique": [["v"]]}, {"unique": [["v"]]}, ()),
        ({"unique": [["v"], ["p"]], "required": ["p"]}, {"unique": [["p"]], "required": ["p"]}, ("p",)),
        ({"key": ["id"]}, {}, ()),
        ({"key": ["id"], "generated": ["id"]}, {"key": ["id"], "generated": ["id"]}, ()),
    ],
)
def test_the_key_is_one_that_both_sides_have(a, b, key):
    assert common_key(table("t", **{"columns": BASE, **a}), table("t", **{"columns": BASE, **b})) == key
