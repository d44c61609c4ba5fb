"""Test that a manifest with a valid seal is checked by each field's type and bounds, and that errors name the field."""

import hashlib
import json
import re
from dataclasses import replace
from functools import reduce
from operator import getitem

import pytest

from snap.errors import SnapshotError
from snap.manifest import MOST_EMPTY_ROWS, TableData
from snap.manifest_json import from_json, to_json
from snap.schema import Table
from snap.store import Store
from tests.cases import toy

SOURCE = "manifests/v1.json"


def sealed(body):
    """Return the text of a manifest with a valid seal, as anybody who can write one can make it."""
    text = json.dumps(body, indent=2, ensure_ascii=False)[: -len("\n}")]
    return f'{text},\n  "sha256": "{hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()}"\n}}\n'


@pytest.fixture(scope="module")
def manifest(tmp_path_factory):
    return toy.publish(Store(tmp_path_factory.mktemp("toy")), "v1").manifest


@pytest.fixture
def body(manifest):
    body = json.loads(to_json(manifest))
    del body["sha256"]
    body |= {"dataset": "toy", "profile": "small", "scale": "1", "set": {"crew": 10}, "seed": 1, "as_of": "2026-11-01"}
    body["format"], schema_sql = 2, body.pop("schema_sql")
    body |= {
        "sequences": [{"schema": "public", "name": "s", "last_value": 1, "is_called": True}],
        "revision": "1",
        "statistics": {"crew": {"rows": [1, None, 0.5, "x"]}},
        "edge_cases": {},
        "schema_sql": schema_sql,
    }
    body["checks"].append({"name": "a", "ok": True, "value": 1, "limit": 0.5, "detail": ""})
    assert from_json(sealed(body), source=SOURCE).version == "v1"
    return body


def place(path):
    return re.sub(r"\.(\d+)", r"[\1]", ".".join(map(str, path)))


CREW = ("tables", 0)
COLUMN = (*CREW, "columns", 0)
FILE = (*CREW, "files", 0)
LOG = ("tables", 1)
POSITION = ("sequences", 0)
REFERENCE = (*LOG, "foreign_keys", 0)
DEEP = reduce(lambda value, _: [value], range(500), 1)
NO_TEXT = (5, 1.5, True, None, [], {}, DEEP)
NO_NAME = (*NO_TEXT, "", "a\0b", "\x1b[8m", "\rsafe", "\ud800", "a" * 200_000)
NO_DIGEST = (*NO_NAME, "zz", "A" * 64, "0" * 63)
NO_COUNT = ("1", 1.0, -1, True, None, [], 2**63, 10**30)
NO_FLAG = (0, 1, None, "x", [])
NO_PATH = (*NO_NAME, "a/" * 3_000 + "x", "b" * 300, "a\nb", "a\tb", "/a", "../a", "a/./b", "a\\b")

WRONG = [
    *((("version",), value) for value in NO_NAME),
    *((("dataset",), value) for value in NO_NAME if value is not None),
    *((("profile",), value) for value in NO_NAME),
    *((("scale",), value) for value in (*NO_TEXT, "0.5")),
    *((("set", "crew"), value) for value in NO_COUNT),
    *((("seed",), value) for value in (True, 1.5, "1", None, 2**64)),
    *((("as_of",), value) for value in (*NO_TEXT, "today")),
    *((("created",), value) for value in (*NO_TEXT, "yesterday")),
    *((("digest",), value) for value in NO_DIGEST),
    *(((name,), value) for value in NO_COUNT for name in ("rows_total", "bytes", "estimated_db_bytes")),
    *((("rows_total",), 1), (("bytes",), 1)),
    *((("written_by", "snap"), value) for value in NO_NAME),
    *((("enums",), value) for value in ({}, "x", None)),
    *((("enums", 0, "name"), value) for value in NO_NAME),
    *((("enums", 0, "labels"), value) for value in ("abc", None, {}, ["a", "a"])),
    *((("enums", 0, "labels", 1), value) for value in NO_NAME if value != ""),
    *(((*CREW, field), value) for value in NO_NAME for field in ("name", "schema")),
    *(((*CREW, "digest"), value) for value in NO_DIGEST),
    *(((*CREW, "rows"), value) for value in (*NO_COUNT, 9)),
    *(((*COLUMN, "name"), value) for value in NO_NAME),
    *(((*COLUMN, field), value) for value in NO_FLAG for field in ("nullable", "derived", "generated")),
    *(((*COLUMN, "type"), value) for value in (*NO_NAME, "int4" + "[]" * 50_000)),
    *(((*COLUMN, "logical"), value) for value in (*NO_TEXT, "int64")),
    *(((*CREW, "primary_key"), value) for value in ("id", 5, None, ["id", "id"])),
    *(((*CREW, "primary_key", 0), value) for value in (5, "nope", [])),
    *(((*CREW, "unique", 0), value) for value in ("name", 5, ["name", "name"])),
    *(((*CREW, "unique", 0, 0), value) for value in (5, "nope")),
    *(((*REFERENCE, "columns", 0), value) for value in (5, "nope")),
    *(((*REFERENCE, "to"), value) for value in ("id", [], ["id", "name"], ["nope"])),
    *(((*REFERENCE, "references"), value) for value in (*NO_NAME, "a.b.c", '"')),
    *(((*FILE, "path"), value) for value in NO_PATH),
    *(((*FILE, "sha256"), value) for value in NO_DIGEST),
    *(((*FILE, field), value) for value in NO_COUNT for field in ("rows", "bytes")),
    *(((*FILE, "key_min"), value) for value in ("abc", 5, None, [], ["a", "b"])),
    *(((*FILE, "key_max", 0), value) for value in (5, None, "\0", "a" * (2 << 20) + "a")),
    *((("checks", 0, "name"), value) for value in NO_TEXT),
    *((("checks", 0, "ok"), value) for value in NO_FLAG),
    *((("checks", 0, field), value) for value in (True, None, [], 10**30, 1e999) for field in ("value", "limit")),
    *((("checks", 0, "detail"), value) for value in (*NO_TEXT, "\ud800", "a" * 2_000_000)),
    *((("sequences",), value) for value in ("x", None, {}, 5)),
    *(((*POSITION, field), value) for value in NO_NAME for field in ("schema", "name")),
    *(((*POSITION, "last_value"), value) for value in ("1", 1.0, True, None, [], 2**63, -(2**63) - 1)),
    *(((*POSITION, "is_called"), value) for value in NO_FLAG),
    *((("revision",), value) for value in NO_NAME),
    *(((field,), value) for value in (None, [], "x", 5) for field in ("statistics", "edge_cases")),
    *((("statistics", "crew", "rows"), value) for value in (2**63, 1e999, "\x1b[8m", "\ud800", {"\0": 1})),
    *((("schema_sql",), value) for value in (*NO_TEXT, "\x1b[8m", "\ud800")),
]


@pytest.mark.parametrize(("path", "value"), WRONG)
def test_a_field_of_another_type_or_out_of_bounds_is_refused_by_its_name(body, path, value):
    reduce(getitem, path[:-1], body)[path[-1]] = value
    with pytest.raises(SnapshotError) as raised:
        from_json(sealed(body), source=SOURCE)
    message = str(raised.value)
    assert len(message) < 400
    assert message.isprintable()
    if value == float("inf"):
        assert message == f"{SOURCE} is not JSON (Infinity is no number of JSON)"
    else:
        named = re.match(rf"{SOURCE} lacks or misstates a field: (\S+): ", message)
        assert named, message
        assert place(path).startswith(named[1])


def test_a_label_of_an_enum_may_be_empty(body):
    body["enums"][0]["labels"][1] = ""
    assert from_json(sealed(body), source=SOURCE).enums[0].labels[1] == ""


def test_a_media_file_may_have_any_name_that_a_terminal_shows(body):
    file = {"path": "media/crème\u00a0brûlée.jpg", "bytes": 0, "sha256": "0" * 64, "role": "media"}
    body["files"].append(file)
    assert from_json(sealed(body), source=SOURCE).media[0].path == file["path"]


@pytest.mark.parametrize("path", [("version",), (*CREW, "rows"), (*FILE, "sha256"), ("checks", 0, "detail")])
def test_an_absent_field_is_named(body, path):
    del reduce(getitem, path[:-1], body)[path[-1]]
    with pytest.raises(SnapshotError, match=re.escape(f"{place(path)}: it is absent")):
        from_json(sealed(body), source=SOURCE)


def test_two_tables_columns_or_files_of_one_name_are_refused(body):
    for path in (("tables",), (*CREW, "columns"), ("files",), ("enums",), ("sequences",)):
        copy = json.loads(json.dumps(body))
        several = reduce(getitem, path, copy)
        several.append(several[0])
        copy["rows_total"] = sum(table["rows"] for table in copy["tables"])
        files = [file for table in copy["tables"] for file in table["files"]] + copy["files"]
        copy["bytes"] = sum(file["bytes"] for file in files)
        with pytest.raises(SnapshotError, match=re.escape(f"a field: {place(path)}: it names") + ".* twice"):
            from_json(sealed(copy), source=SOURCE)


def empty(manifest, rows):
    table = Table(name="empty", columns=())
    return replace(manifest, tables=(*manifest.tables, TableData(table=table, rows=rows, digest="0" * 64, files=())))


def test_rows_that_no_file_bounds_have_a_bound_for_readers_and_writers(manifest):
    """10^15 rows of a table without columns wrote 33 GB into a database before somebody stopped the restore."""
    text = to_json(empty(manifest, MOST_EMPTY_ROWS))
    assert from_json(text, source=SOURCE).tables[-1].rows == MOST_EMPTY_ROWS
    with pytest.raises(SnapshotError, match="table empty has 1,000,001 rows and no column to store"):
        to_json(empty(manifest, MOST_EMPTY_ROWS + 1))
    body = json.loads(text)
    del body["sha256"]
    body["tables"][-1]["rows"] = 10**15
    body["rows_total"] += 10**15 - MOST_EMPTY_ROWS
    with pytest.raises(SnapshotError, match=r"tables\[2\].rows: 1000000000000000 is not of a table without"):
        from_json(sealed(body), source=SOURCE)


@pytest.mark.parametrize("field", ["statistics", "edge_cases"])
def test_an_object_of_any_members_has_a_bound_on_its_depth(body, field):
    body[field] = {"a": reduce(lambda value, _: [value], range(18), "x")}
    assert getattr(from_json(sealed(body), source=SOURCE), field) == body[field]
    body[field] = {"a": DEEP}
    with pytest.raises(SnapshotError, match=rf"a field: {field}\.a(\[0\])+: it is nested too deeply"):
        from_json(sealed(body), source=SOURCE)


@pytest.mark.parametrize("deep", ["[" * 100_000, '{"a": ' * 100_000])
def test_a_text_of_deep_nesting_is_refused(body, deep):
    for text in (deep, sealed(body).replace('"checks": [', f'"checks": [{deep}', 1)):
        with pytest.raises(SnapshotError, match="is nested too deeply"):
            from_json(text, source=SOURCE)


LISTED = {"table": "crew", "name": "quotes", "key": {"id": "1"}, "values": {}}


def test_edge_cases_name_columns_of_the_snapshot_each_once(body):
    column = body["tables"][0]["columns"][0]["name"]
    table = body["tables"][0]["name"]
    edge = LISTED | {"table": table, "key": {column: "1"}}
    body["edge_cases"] = {"edges": [edge]}
    assert from_json(sealed(body), source=SOURCE).edges[0].name == "quotes"
    for wrong in (edge | {"table": "nowhere"}, edge | {"values": {"nothing": "x"}}, edge | {"key": {}}):
        body["edge_cases"] = {"edges": [wrong]}
        with pytest.raises(SnapshotError, match="a list whose edge 0 names columns of a table in the snapshot"):
            from_json(sealed(body), source=SOURCE)
    body["edge_cases"] = {"edges": [edge, edge]}
    with pytest.raises(SnapshotError, match=r"edge_cases\.edges: it names 'crew: quotes' twice"):
        from_json(sealed(body), source=SOURCE)
