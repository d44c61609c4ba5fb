"""Test the committed snapshots with other readers: nested, intact, described correctly, the same in every reader."""

import hashlib
import json

import duckdb
import polars
import pyarrow.parquet as pq
import pytest

from snap import parquet
from snap.digest import TableDigest, snapshot_digest
from snap.store import Store
from snap.verify import require_intact
from tests.paths import ROOT

STORE = Store(ROOT)
VERSIONS = ("v1", "v2", "v3")
LABELS = (
    *("users", "recipes", "nutrition", "recipe_likes", "recipe_ratings", "user_follows", "recipe_collections"),
    "recipe_collection_items",
)
ROWS = {
    "v1": (100, 200, 667, 833, 333, 233, 33, 233),
    "v2": (250, 500, 1667, 2083, 833, 583, 83, 583),
    "v3": (300, 600, 2000, 2500, 1000, 700, 100, 700),
}


@pytest.fixture(params=VERSIONS)
def snapshot(request):
    return STORE.resolve(request.param)


def test_it_is_intact_and_of_the_promised_volumes(snapshot):
    require_intact(snapshot)
    rows = {data.table.label: data.rows for data in snapshot.manifest.tables}
    assert rows == dict(zip(LABELS, ROWS[snapshot.manifest.version], strict=True))
    assert all(finding.ok for finding in snapshot.manifest.checks)
    statistics = snapshot.manifest.planner_statistics
    others = {*snapshot.manifest.media, *([statistics] if statistics else [])}
    assert sum(file.bytes for file in set(snapshot.manifest.files) - others) < 1_000_000
    assert statistics is None or statistics.bytes < 500_000


def test_its_digests_are_those_of_its_files_read_in_any_row_grouping(snapshot):
    tables = []
    for data in snapshot.manifest.tables:
        digest = TableDigest(data.table)
        for file in data.files:
            for batch in parquet.read(snapshot.path(file), data.table):
                for start in range(0, batch.num_rows, 97):
                    digest.update(batch.slice(start, 97))
        assert digest.hexdigest() == data.digest
        tables.append((data.table, digest.rows, digest.hexdigest()))
    assert snapshot_digest(reversed(tables)) == snapshot.manifest.digest


def test_each_version_holds_the_one_before_row_for_row():
    """In DuckDB, on the files alone; derived columns, which sum up a life, are excepted."""
    for small, large in zip(VERSIONS, VERSIONS[1:], strict=False):
        one, other = STORE.resolve(small), STORE.resolve(large)
        for before, after in zip(one.manifest.tables, other.manifest.tables, strict=True):
            kept = ", ".join(f'"{column.name}"' for column in before.table.stored if not column.derived)
            files = [[str(s.path(f)) for f in data.files] for s, data in ((one, before), (other, after))]
            read = f"SELECT {kept} FROM read_parquet(?)"
            query = f"SELECT count(*) FROM ({read} EXCEPT ALL {read})"
            assert duckdb.execute(query, files).fetchone() == (0,), (large, before.table.name)
            assert duckdb.execute(query, files[::-1]).fetchone() == (after.rows - before.rows,)


@pytest.mark.slow
def test_its_data_package_is_true_of_its_files(snapshot):
    """A second reader that knows datapackage.org and pyarrow, and nothing of snap."""
    package = json.loads((snapshot.folder / "datapackage.json").read_text())
    assert package["$schema"].startswith("https://datapackage.org/profiles/2.")
    held, kinds = {}, {"string": ("string", "extension<arrow.uuid>"), "integer": ("int16", "int32", "int64")}
    kinds |= {"datetime": ("timestamp[us, tz=UTC]",), "boolean": ("bool",), "any": ("extension<arrow.json>",)}
    kinds |= {"number": ("decimal128(3, 2)",), "array": ("list<element: string>",)}
    for resource in package["resources"]:
        assert resource["format"] == "parquet"
        paths = [resource["path"]] if isinstance(resource["path"], str) else resource["path"]
        if len(paths) == 1:
            data = (snapshot.folder / paths[0]).read_bytes()
            assert resource["hash"] == "sha256:" + hashlib.sha256(data).hexdigest()
            assert resource["bytes"] == len(data)
        table = pq.read_table([snapshot.folder / path for path in paths])
        held[resource["name"]] = table.to_pylist()
        fields = {field["name"]: field for field in resource["schema"]["fields"]}
        assert list(fields) == table.column_names
        for name, field in fields.items():
            kind = str(table.schema.field(name).type)
            assert kind in kinds.get(field["type"], ()) or (field["type"] == "object" and kind.startswith("struct"))
            values, rules = table.column(name).to_pylist(), field.get("constraints", {})
            assert not (rules.get("required") and None in values)
            assert "enum" not in rules or set(values) <= {*rules["enum"], None}
            assert "maxLength" not in rules or max(len(v or "") for v in values) <= rules["maxLength"]
        for columns in [resource["schema"]["primaryKey"], *resource["schema"].get("uniqueKeys", [])]:
            keys = [tuple(row[column] for column in columns) for row in held[resource["name"]]]
            assert len(set(keys)) == len(keys)
    for resource in package["resources"]:
        for key in resource["schema"].get("foreignKeys", []):
            parents = held[key["reference"].get("resource", resource["name"])]
            known = {tuple(row[column] for column in key["reference"]["fields"]) for row in parents}
            assert {tuple(row[column] for column in key["fields"]) for row in held[resource["name"]]} <= known


def test_other_tools_read_its_columns_as_what_they_are(snapshot):
    recipes = str(snapshot.folder / "recipes" / "*.parquet")
    described = {row[0]: row[1] for row in duckdb.execute(f"DESCRIBE SELECT * FROM '{recipes}'").fetchall()}
    assert described["id"] == "UUID"
    assert described["ingredients"] == "JSON"
    assert described["rating_average"] == "DECIMAL(3,2)"
    assert described["dietary_tags"] == "VARCHAR[]"
    assert described["published_at"] == "TIMESTAMP WITH TIME ZONE"
    frame = polars.read_parquet(snapshot.folder / "recipes")
    assert frame.schema["rating_average"] == polars.Decimal(3, 2)
    assert frame.schema["dietary_tags"] == polars.List(polars.String)
    assert frame.schema["published_at"] == polars.Datetime("us", "UTC")
    assert len(frame) == ROWS[snapshot.manifest.version][1]


def test_the_changelog_names_its_digest(snapshot):
    assert snapshot.manifest.digest in (ROOT / "CHANGELOG.md").read_text("utf-8")
