"""Test that publishing adds the columns that depend on children in all shares, and runs the rules that read them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from snap.checks import RuleSet, Statement, parse_rules
from snap.errors import CheckError, SnapshotError
from snap.manifest import Finding, Manifest, Parameters
from snap.progress import Silent
from snap.store import Store
from snap_builder import BuildRequest, Dataset, Share, build, build_share, parts, publish, workers
from snap_builder.compiled import children
from tests.builder import orders
from tests.cases.shares import found, reads

RULES = """-- rule: totals_are_not_negative
-- limit: 0
-- each: orders
SELECT id FROM orders WHERE total < 0;

-- rule: orders_have_a_time_or_none
-- limit: 0
-- each: orders, customers
SELECT id FROM orders WHERE "at" > getvariable('as_of')
UNION ALL SELECT id FROM customers WHERE last_at < joined;

-- rule: payments_are_totals
-- about: paid is what the extract holds, of payments that shares made without it
-- between: 80 80
SELECT count(*) FROM paid JOIN orders ON orders.id = order_id WHERE amount = total;

-- rule: stars_are_known
-- limit: 0
-- each: orders
SELECT id FROM starred WHERE stars > 5;
"""
PRELUDE = (
    Statement("paid", "CREATE TEMP TABLE paid AS SELECT order_id, amount FROM payments", "payments"),
    Statement("starred", "CREATE TEMP VIEW starred AS SELECT id, stars FROM orders"),
)


def dataset(rules: str = RULES) -> Dataset:
    return orders.dataset(RuleSet(rules=parse_rules(rules, source="rules"), prelude=PRELUDE))


def request(version: str, made: Dataset) -> BuildRequest:
    parameters = Parameters(dataset="orders", profile="dev", scale="1", sets=(), seed=7, as_of="2026-11-01")
    return BuildRequest(
        version=version, dataset=made, parameters=parameters, created="2026-11-30T00:00:00Z", jobs=2, force=False
    )


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    for name in ("manifests", "snapshots"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(parts, "PART_ROWS", 50)  # 1, 3, 8 and 2 parts
    monkeypatch.setattr(workers, "_CUT", 7)
    return Store(tmp_path)


def share(store: Store, wanted: BuildRequest, of: int = 3) -> None:
    for number in range(of, 0, -1):
        build_share(store, wanted, Share(number=number, of=of), Silent())


def shared(store: Store, wanted: BuildRequest, of: int = 3) -> Manifest:
    share(store, wanted, of)
    return publish(store, wanted, Silent()).manifest


def without_name(manifest: Manifest) -> list[Finding]:
    return [finding for finding in found(manifest) if finding.name != "snapshot_bytes"]


@pytest.mark.slow
@pytest.mark.parametrize("of", [1, 3, 14])
def test_shares_without_late_columns_become_the_files_and_findings_of_one_build(store: Store, of: int) -> None:
    one = build(store, request("one", dataset()), Silent()).manifest
    many = shared(store, request("many", dataset()), of)
    assert [data.files for data in many.tables] == [data.files for data in one.tables]
    assert (many.digest, without_name(many)) == (one.digest, without_name(one))


@pytest.mark.slow
def test_shares_count_no_children(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(children, "_gathered")
    share(store, request("t", dataset()))
    files = store.shared("t") / "files"
    for label, late in orders.LATE.items():
        for path in (files / label).iterdir():
            assert not late & set(pq.read_schema(path).names)


def test_publishing_reads_only_tables_with_late_columns_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    share(store, request("t", dataset()))
    labels = reads(monkeypatch)
    publish(store, request("t", dataset()), Silent())
    assert set(labels) == set(orders.LATE)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rule", "broken"),
    [
        ("total < 0", "total > 0"),
        ("stars > 5", "stars > 3"),
        ("last_at < joined", "last_at >= joined"),
    ],
)
def test_a_rule_finds_in_shares_what_it_finds_in_one_build(store: Store, rule: str, broken: str) -> None:
    wrong = dataset(RULES.replace(rule, broken))
    with pytest.raises(CheckError) as one:
        build(store, request("one", wrong), Silent())
    with pytest.raises(CheckError) as many:
        shared(store, request("many", wrong))
    assert many.value.message == one.value.message
    assert store.names() == ()


@pytest.mark.slow
def test_with_other_rules_publishing_runs_all_rules_on_complete_files(store: Store) -> None:
    share(store, request("t", dataset()))
    with pytest.raises(CheckError, match="stars_are_known"):
        publish(store, request("t", dataset(RULES.replace("stars > 5", "stars > 3"))), Silent())
    other = RULES.replace("total < 0", "total < 1 - 1")
    one = build(store, request("one", dataset(other)), Silent()).manifest
    assert without_name(publish(store, request("t", dataset(other)), Silent()).manifest) == without_name(one)


@pytest.mark.slow
@pytest.mark.parametrize("harm", ["gone", "cut", "altered"])
def test_sums_that_are_not_what_their_share_wrote_are_named_and_made_again(store: Store, harm: str) -> None:
    wanted = request("t", dataset())
    share(store, wanted)
    path = store.shared("t") / "sums/lines/part-0000.parquet"
    content = path.read_bytes()
    changed = {"cut": content[:-1], "altered": content[:-1] + bytes([content[-1] ^ 1])}
    path.unlink() if harm == "gone" else path.write_bytes(changed[harm])
    with pytest.raises(SnapshotError, match=r"^sums/lines/part-0000\.parquet of share \d/3 of t "):
        publish(store, wanted, Silent())
    made = [build_share(store, wanted, Share(number=number, of=3), Silent()).made for number in (1, 2, 3)]
    assert sorted(made) == [False, False, True]
    assert path.read_bytes() == content
    publish(store, wanted, Silent())


@pytest.mark.slow
@pytest.mark.parametrize(("field", "value"), [("bytes", -1), ("bytes", "7"), ("sha256", "abc"), ("sha256", None)])
def test_a_record_of_sums_that_cannot_be_is_refused(store: Store, field: str, value: object) -> None:
    wanted = request("t", dataset())
    share(store, wanted, 1)
    record = store.shared("t") / "share-1.json"
    body = json.loads(record.read_text())
    number = next(number for number, part in enumerate(body["parts"]) if part["sums"])
    body["parts"][number]["sums"][field] = value
    record.write_text(json.dumps(body))
    with pytest.raises(SnapshotError, match=rf"lacks or misstates a field: .*parts\[{number}\]\.sums\.{field}"):
        publish(store, wanted, Silent())


@pytest.mark.slow
def test_sums_that_a_record_lacks_or_has_too_many_of_are_refused(store: Store) -> None:
    wanted = request("t", dataset())
    share(store, wanted, 1)
    record = store.shared("t") / "share-1.json"
    for table, sums, said in (("lines", None, "the record of a file"), ("payments", {"bytes": 1}, "null")):
        whole = record.read_text()
        body = json.loads(whole)
        next(part for part in body["parts"] if part["table"] == table)["sums"] = sums
        record.write_text(json.dumps(body))
        with pytest.raises(SnapshotError, match=rf"parts\[\d+\]\.sums: .* is not {said}"):
            publish(store, wanted, Silent())
        record.write_text(whole)
    publish(store, wanted, Silent())


def test_a_folder_of_sums_that_is_a_link_is_refused(store: Store, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    with store.sharing("t") as folder:
        (folder / "sums").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SnapshotError, match="sums is a link"):
        share(store, request("t", dataset()))
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.slow
def test_a_published_version_is_reproduced_by_shares(store: Store) -> None:
    build(store, request("t", dataset()), Silent())
    share(store, request("t", dataset()))
    assert publish(store, request("t", dataset()), Silent()).reproduced
    assert not store.shared("t").exists()


@pytest.mark.slow
def test_a_key_that_is_late_is_in_no_record_of_a_share(store: Store) -> None:
    """The range of a file's keys is in the manifest, and comes from the complete file."""
    made = dataset()
    tables = tuple(
        replace(table, primary_key=("total", "id")) if table.label == "orders" else table for table in made.tables
    )
    keyed = replace(made, tables=tables)
    one = build(store, request("one", keyed), Silent()).manifest
    many = shared(store, request("many", keyed))
    assert [data.files for data in many.tables] == [data.files for data in one.tables]
    assert one.tables[1].files[0].key_min is not None
