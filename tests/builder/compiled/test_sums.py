"""Test that sums over parts of children add up to what a plan computes from all children at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snap.errors import SnapshotError, UsageError
from snap.schema import Check, Details, Schema, Table
from snap_builder import bundled
from snap_builder.compiled import children
from snap_builder.dataset import Dataset, Inputs, Plan, ReadSums, Sums
from snap_builder.declare import Dataset as Declared
from snap_builder.declare import Table as DeclaredTable
from snap_builder.declare import copy, count_of, first_of, formula, ref
from snap_builder.declare.maker import Maker
from snap_builder.sums_files import SUMS, read_sums, write_sums
from tests.builder import orders
from tests.builder.compiled.declarations import dataset_of, inputs_of
from tests.builder.compiled.tenants import columns, key
from tests.params import examples


def early(dataset: Dataset, label: str) -> set[str]:
    return {column.name for table in dataset.tables if table.label == label for column in table.stored} - set(
        dataset.late.get(label, ())
    )


def whole(dataset: Dataset, inputs: Inputs) -> dict[str, pa.RecordBatch]:
    plan = dataset.plan(inputs)
    return {label: plan.part(label, 0, rows) for label, rows in inputs.rows.items()}


def written(
    dataset: Dataset, inputs: Inputs, cuts: Sequence[tuple[str, int, int]], folder: Path
) -> dict[str, list[Path]]:
    """Write the sums over some cuts, each made by a plan of its own, and return the files by child table."""
    files: dict[str, list[Path]] = {}
    for number, (label, start, stop) in enumerate(cuts):
        made = dataset.plan(inputs).early_part(label, start, stop, early(dataset, label))
        path = folder / f"{label}-{number}"
        write_sums(path, made.sums, path.name)
        files.setdefault(label, []).append(path)
    return files


def reading(files: Mapping[str, Sequence[Path]]) -> ReadSums:
    return lambda child, word, rows: [read_sums(path, word, rows) for path in files.get(child, ())]


def test_columns_that_read_derived_ones_are_late() -> None:
    assert orders.dataset().late == orders.LATE
    assert bundled("worldchef").late == {
        "users": {"last_active_at"},
        "recipes": {"likes_count", "ratings_count", "rating_average", "collections_count"},
        "recipe_collections": {"items_count"},
    }


def read(*further: Table, details: tuple[Details, ...] = (), **words: Maker | None) -> Mapping[str, frozenset[str]]:
    """Return the late columns of a declaration: customers, whose `n` counts orders, with other columns and tables.

    A column without a word is left to inference.
    """
    customers = Table(
        name="customers",
        columns=columns("id bigint", "n integer", *(f"{name} integer?" for name in words if name != "n")),
        primary_key=("id",),
        unique=(("id", "n"),),
    )
    ordered = Table(
        name="orders",
        columns=columns("id bigint", "customer_id bigint"),
        primary_key=("id",),
        foreign_keys=(key("customer_id", "customers"),),
    )
    declared = Declared(
        as_of="2026-11-01",
        tables=[
            DeclaredTable("customers", 40, {"n": count_of("orders"), **{k: v for k, v in words.items() if v}}),
            DeclaredTable("orders", 80, {"customer_id": ref("customers")}),
        ],
    )
    schema = Schema(tables=(customers, ordered, *further), enums=(), sql="", details=details)
    return dataset_of(declared, schema).late


def test_late_columns_are_found_in_a_moment_however_much_they_read() -> None:
    words = {"c0": copy("n"), "c1": copy("n")}
    for number in range(2, 60):
        words[f"c{number}"] = formula(lambda a, b: a + b, a=f"c{number - 1}", b=f"c{number - 2}")
    assert read(**words) == {"customers": {"n", *words}}


def test_a_column_that_a_check_couples_with_a_derived_one_is_late() -> None:
    coupled = Check(columns=("least", "badge"), sql="CHECK (((least IS NULL) = (badge IS NULL)))")
    details = (Details(table="customers", checks=(coupled,)),)
    assert read(details=details, least=first_of("orders.id"), badge=None)["customers"] == {"n", "least", "badge"}


def test_a_foreign_key_over_a_derived_column_is_late() -> None:
    bills = Table(
        name="bills",
        columns=columns("id bigint", "customer_id bigint", "n integer"),
        primary_key=("id",),
        foreign_keys=(key("customer_id,n", "customers", "id,n"),),
    )
    assert read(bills)["bills"] >= {"n"}


def test_rows_that_share_a_derived_value_with_their_parent_are_refused() -> None:
    tables = (
        Table(
            name="shops",
            columns=columns("id bigint", "size integer"),
            primary_key=("id",),
        ),
        Table(
            name="visits",
            columns=columns("id bigint", "customer_id bigint", "shop_id bigint"),
            primary_key=("id",),
            foreign_keys=(key("customer_id", "customers"), key("shop_id", "shops")),
        ),
    )
    declared = Declared(
        as_of="2026-11-01",
        tables=[
            DeclaredTable("customers", 40, {"n": count_of("visits")}),
            DeclaredTable("visits", 80, {"shop_id": ref("shops", within={"customer.n": "size"})}),
        ],
    )
    customers = Table(name="customers", columns=columns("id bigint", "n integer"), primary_key=("id",))
    with pytest.raises(UsageError, match=r"shop_id shares customer\.n with its parent, but customers\.n is derived"):
        dataset_of(declared, Schema(tables=(customers, *tables), enums=(), sql=""))


@pytest.mark.slow
@examples(10, 60)
@given(st.data(), st.integers(0, 9).map(lambda tenths: 10 * tenths))
def test_sums_of_any_cuts_in_any_order_make_the_late_columns(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, none: int
) -> None:
    dataset = orders.dataset(customers=data.draw(st.integers(1, 30)), none=none)
    inputs = inputs_of(dataset)
    cuts = []
    for label, rows in inputs.rows.items():
        ends = sorted(data.draw(st.sets(st.integers(1, rows), max_size=3)) | {0, rows})
        cuts += [(label, start, stop) for start, stop in zip(ends, ends[1:], strict=False)]
    files = written(dataset, inputs, data.draw(st.permutations(cuts)), tmp_path_factory.mktemp("sums"))
    plan = dataset.plan(inputs)
    plan.add_up(reading(files))
    rows = whole(dataset, inputs)
    for label, late in dataset.late.items():
        made = plan.part(label, 0, inputs.rows[label], late)
        assert set(made.schema.names) == late
        assert made.equals(rows[label].select(made.schema.names)), label


def test_early_parts_count_no_children_and_have_the_values_of_whole_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = orders.dataset()
    inputs = inputs_of(dataset)
    rows = whole(dataset, inputs)
    monkeypatch.delattr(children, "_gathered")
    for label, batch in rows.items():
        made = dataset.plan(inputs).early_part(label, 3, 17, early(dataset, label))
        assert made.rows.equals(batch.slice(3, 14).select(made.rows.schema.names))


def test_only_what_reads_derived_columns_of_children_is_counted_when_sums_are_added_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = orders.dataset()
    inputs = inputs_of(dataset)
    files = written(dataset, inputs, [(label, 0, rows) for label, rows in inputs.rows.items()], tmp_path)
    counted, gathered = [], children._gathered
    monkeypatch.setattr(
        children,
        "_gathered",
        lambda plan, planned, name, word: counted.append(name) or gathered(plan, planned, name, word),
    )
    plan = dataset.plan(inputs)
    plan.add_up(reading(files))
    for label, late in dataset.late.items():
        plan.part(label, 0, inputs.rows[label], late)
    assert counted == ["spent"]


def plan_and_sums(folder: Path, table: pa.Table | bytes) -> tuple[Plan, dict[str, list[Path]]]:
    dataset = orders.dataset()
    path = folder / "lines" / "part-0000.parquet"
    path.parent.mkdir()
    path.write_bytes(table) if isinstance(table, bytes) else pq.write_table(table, path)
    return dataset.plan(inputs_of(dataset)), {"lines": [path]}


@pytest.mark.parametrize("parent", [-1, 10_000, 1 << 62])
def test_sums_of_rows_that_do_not_exist_are_refused(tmp_path: Path, parent: int) -> None:
    words = range(6)
    table = pa.table([list(words), [parent] * 6, [1] * 6, [1] * 6], schema=SUMS)
    plan, files = plan_and_sums(tmp_path, table)
    with pytest.raises(
        SnapshotError, match=r"the sums in lines/part-0000\.parquet are of rows that do not exist"
    ) as refused:
        plan.add_up(reading(files))
    assert refused.value.hint == "make the parts again"


@pytest.mark.parametrize("content", [b"", b"PAR1", pa.table({"other": [1]})], ids=["empty", "cut", "other columns"])
def test_a_file_that_holds_no_sums_is_refused(tmp_path: Path, content: pa.Table | bytes) -> None:
    plan, files = plan_and_sums(tmp_path, content)
    with pytest.raises(SnapshotError, match=r"the sums in lines/part-0000\.parquet cannot be read: "):
        plan.add_up(reading(files))


def test_a_record_of_sums_is_that_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "sums"
    record = write_sums(path, [Sums(word=0, parents=np.array([1]), numbers=np.array([2]), values=np.array([3]))], "a/b")
    assert (record.path, record.bytes) == ("a/b", path.stat().st_size)
    made = read_sums(path, 0, 2)
    assert [vector.tolist() for vector in (made.parents, made.numbers, made.values)] == [[1], [2], [3]]
    assert len(read_sums(path, 1, 2).parents) == 0
