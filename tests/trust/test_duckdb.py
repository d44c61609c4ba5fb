"""Test that a snapshot's folder name changes no row, and that rules' SQL reads only the snapshot's files."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow as pa
import pytest

from snap import checks, compare, duck
from snap.checks import Rule, RuleSet, Statement
from snap.compare import snapshot_side
from snap.errors import SnapshotError
from snap.manifest import Manifest, TableData
from snap.schema import Column, Table
from snap.store import Snapshot
from snap.types import parse
from snap.types.arrow import schema_of
from tests.cases.toy import manifest, write_table

ROLES = Table(
    name="roles",
    columns=tuple(
        Column(name=name, type=parse(kind, set()), nullable=False)
        for name, kind in (("id", "integer"), ("role", "text"), ("Role", "text"))
    ),
    primary_key=("id",),
)


def roles(folder: Path, *names: str) -> Manifest:
    rows = pa.RecordBatch.from_arrays(
        [pa.array(range(len(names)), pa.int32()), pa.array(names), pa.array([name.upper() for name in names])],
        schema=schema_of(ROLES),
    )
    return manifest("v1", (write_table(folder, ROLES, [rows], "roles"),))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder from whose name DuckDB would read columns `role` and `id`."""
    return tmp_path / "role=admin" / "id=7"


def test_folders_named_like_columns_change_no_row_that_checks_see(folder: Path) -> None:
    tables = duck.with_distinct_names(roles(folder, "user", "guest").tables)
    with duck.open_views(tables, folder) as views:
        rows = views.query(f"SELECT * FROM {duck.relation(tables[0])} ORDER BY id").rows
    assert rows == ((0, "user", "USER"), (1, "guest", "GUEST"))


def test_folders_named_like_columns_change_no_row_of_a_comparison(folder: Path) -> None:
    before = Snapshot(manifest=roles(folder / "a", "user", "guest"), folder=folder / "a")
    after = Snapshot(manifest=roles(folder / "b", "user", "host"), folder=folder / "b")
    (changes,) = compare.compare(snapshot_side(before), snapshot_side(after), rows=5).tables
    assert (changes.added, changes.removed, changes.changed, changes.unchanged) == (0, 0, 1, 1)


STATEMENTS = (
    "COPY (SELECT 1) TO '{outside}'",
    "COPY (SELECT 0 AS id, 'root' AS role, 'ROOT' AS Role) TO '{file}' (FORMAT parquet, USE_TMP_FILE false)",
    "COPY (PIVOT (SELECT 1 AS a) ON a USING sum(a)) TO '{outside}'",
    "CREATE TABLE taken AS SELECT * FROM read_csv('{secret}')",
    "CREATE VIEW taken AS SELECT * FROM read_text('{secret}')",
    "ATTACH '{outside}' AS other",
    "INSTALL httpfs",
    "LOAD httpfs",
    "EXPORT DATABASE '{outside}'",
    "SET enable_external_access = true",
    "SET TimeZone = 'Asia/Tokyo'",
    "CREATE TABLE t AS SELECT 1; COPY t TO '{outside}'",
)


@pytest.mark.parametrize("statement", STATEMENTS)
def test_a_statement_that_rules_share_writes_nothing_and_reads_no_other_file(
    tmp_path: Path, folder: Path, statement: str
) -> None:
    """DuckDB is asked behind the door too: what the door lets pass, the lock refuses."""
    data, secret = roles(folder, "user"), tmp_path / "secret.csv"
    secret.write_text("a,b\n1,2\n")
    path = folder / data.tables[0].files[0].path
    before = path.read_bytes()
    text = statement.format(outside=tmp_path / "outside", file=path, secret=secret)
    findings = checks.check_files(data, folder, _shared(text))
    (finding,) = [finding for finding in findings if finding.name == "prelude.p"]
    assert not finding.ok, finding
    assert path.read_bytes() == before
    assert not (tmp_path / "outside").exists()


def _shared(text: str) -> RuleSet:
    return RuleSet(
        rules=(Rule(name="r", sql="SELECT 1 AS p, 2 AS t, 3 AS taken WHERE false"),), prelude=(Statement("p", text),)
    )


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('{secret}')",
        "SELECT * FROM '{secret}'",
        "SELECT * FROM glob('/etc/*')",
        "SELECT 1 WHERE false) LIMIT 0; COPY (SELECT 1) TO '{outside}'; SELECT 1 FROM (SELECT 1 WHERE false",
    ],
)
def test_a_rule_is_one_select_over_the_snapshot(tmp_path: Path, folder: Path, sql: str) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a,b\n1,2\n")
    rule = Rule(name="r", sql=sql.format(secret=secret, outside=tmp_path / "outside"), limit=10**9)
    findings = checks.check_files(roles(folder, "user"), folder, RuleSet(rules=(rule,)))
    (finding,) = [finding for finding in findings if finding.name == "r"]
    assert (finding.ok, finding.value) == (False, "failed")
    assert not (tmp_path / "outside").exists()


def test_a_rule_may_still_pivot(folder: Path) -> None:
    rule = Rule(name="r", sql="SELECT * FROM (PIVOT roles ON role USING count(*))", limit=2)
    findings = checks.check_files(roles(folder, "user", "guest"), folder, RuleSet(rules=(rule,)))
    assert [finding.ok for finding in findings if finding.name == "r"] == [True]


def test_the_door_takes_one_select(folder: Path) -> None:
    data = roles(folder, "user")
    with duck.open_views(duck.with_distinct_names(data.tables), folder) as views:
        for sql in ("CREATE TABLE t (n int)", "SELECT 1; SELECT 2", "", f"COPY (SELECT 1) TO '{folder / 'x'}'"):
            for door in (views.query, lambda text: list(views.batches(text))):
                with pytest.raises(duck.QueryError, match="one SELECT"):
                    door(sql)


def _linked(folder: Path, outside: Path) -> TableData:
    """Move the table's file out of the snapshot's folder and leave a link."""
    (data,) = roles(folder, "user").tables
    path = folder / data.files[0].path
    shutil.move(path, outside)
    path.symlink_to(outside)
    return data


def test_a_data_file_that_leads_outside_is_read_by_no_door(tmp_path: Path, folder: Path) -> None:
    data = _linked(folder, tmp_path / "outside.parquet")
    with pytest.raises(SnapshotError, match="leads outside"), duck.open_views((data,), folder):
        pass
    findings = checks.check_files(manifest("v1", (data,)), folder)
    assert any("leads outside" in finding.detail for finding in findings if not finding.ok), findings
    other = Snapshot(manifest=roles(folder / "b", "guest"), folder=folder / "b")
    linked = Snapshot(manifest=manifest("v1", (data,)), folder=folder)
    with pytest.raises(SnapshotError, match="leads outside"):
        compare.compare(snapshot_side(linked), snapshot_side(other))
