"""Test builds: published files stay, a build that breaks a rule is not published, a corrupt one can be replaced."""

from dataclasses import replace

import pyarrow as pa
import pytest

from snap.checks import Rule, engine
from snap.errors import CheckError, SnapshotError, UsageError
from snap.manifest import STATISTICS, Parameters
from snap.progress import Silent
from snap.schema import Column, Table
from snap.store import Store
from snap.types import parse
from snap.types.arrow import schema_of
from snap.verify import require_intact
from snap_builder import BuildRequest, Proved, build, bundled, parse_scale
from tests.cli import toys

WORLDCHEF = bundled("worldchef")
SMALL = Parameters(
    dataset="worldchef", profile="staging", scale="1/3", sets=(), seed=WORLDCHEF.seed, as_of=WORLDCHEF.as_of
)
TOY = replace(SMALL, scale="1")


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path)


def make(store, version="t", *, using=WORLDCHEF, parameters=SMALL, force=False, jobs=1, prove=None):
    request = BuildRequest(
        version=version,
        dataset=using,
        parameters=parameters,
        created="2026-11-22T00:00:00Z",
        jobs=jobs,
        force=force,
        prove=prove,
    )
    return build(store, request, Silent())


@pytest.mark.slow
def test_building_again_reproduces_and_leaves_the_published_files_alone(store, tmp_path):
    assert make(store).reproduced is None
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    again = make(store, jobs=2)
    assert again.reproduced is True
    assert again.differs == ()
    after = {path: path.stat().st_mtime_ns for path in before}
    assert {p: t for p, t in before.items() if ".lock" not in p.name} == {
        p: t for p, t in after.items() if ".lock" not in p.name
    }


def test_a_dataset_that_moved_is_told_by_table(store):
    make(store, using=toys.TOY, parameters=TOY)
    moved = replace(toys.TOY, plan=lambda inputs: toys.Sailors(inputs, author=lambda i, crew: 0))
    built = make(store, using=moved, parameters=TOY)
    assert built.reproduced is False
    assert built.differs == ("ship.Log book",)
    assert store.resolve("t").manifest.digest != built.manifest.digest


def _knows(text):
    """Return a function for `prove=` that finds no fault and returns `text` as the planner's statistics."""
    return lambda whole, few: Proved(findings=(), statistics=text)


@pytest.mark.slow
def test_statistics_are_published_with_a_version_and_change_no_digest(store):
    plain = make(store, "plain", using=toys.TOY, parameters=TOY).manifest
    built = make(store, using=toys.TOY, parameters=TOY, prove=_knows("first"))
    snapshot = store.resolve("t")
    assert (built.reproduced, built.statistics) == (None, True)
    assert (snapshot.folder / STATISTICS).read_text() == "first"
    assert built.manifest == snapshot.manifest
    assert snapshot.manifest.digest == plain.digest
    checks = {finding.name: finding.value for finding in snapshot.manifest.checks}
    assert checks["snapshot_bytes"] == snapshot.manifest.bytes
    assert snapshot.manifest.extra_files[1:] == (snapshot.manifest.planner_statistics,)
    require_intact(snapshot)


@pytest.mark.slow
def test_statistics_are_added_to_a_published_version_once(store, tmp_path):
    make(store, using=toys.TOY, parameters=TOY)
    before = store.resolve("t").manifest
    assert make(store, using=toys.TOY, parameters=TOY).statistics is False
    built = make(store, using=toys.TOY, parameters=TOY, prove=_knows("first"))
    assert (built.reproduced, built.statistics) == (True, True)
    snapshot = store.resolve("t")
    assert replace(snapshot.manifest, extra_files=before.extra_files) == before
    require_intact(snapshot)
    again = make(store, using=toys.TOY, parameters=TOY, prove=_knows("other"))
    assert (again.reproduced, again.statistics) == (True, False)
    assert (snapshot.folder / STATISTICS).read_text() == "first"
    assert store.resolve("t").manifest == snapshot.manifest
    (snapshot.folder / STATISTICS).write_text("altered")
    with pytest.raises(SnapshotError, match=r"snapshot t is corrupt: statistics\.json has 7 bytes, not 5"):
        make(store, using=toys.TOY, parameters=TOY)


@pytest.mark.slow
def test_a_version_that_was_not_reproduced_gets_no_statistics(store):
    make(store, using=toys.TOY, parameters=TOY)
    moved = replace(toys.TOY, plan=lambda inputs: toys.Sailors(inputs, author=lambda i, crew: 0))
    built = make(store, using=moved, parameters=TOY, prove=_knows("first"))
    assert (built.reproduced, built.statistics) == (False, False)
    assert store.resolve("t").manifest.planner_statistics is None


def test_other_parameters_for_a_published_version_are_refused(store):
    make(store, using=toys.TOY, parameters=TOY)
    with pytest.raises(UsageError, match="published with other parameters: seed"):
        make(store, using=toys.TOY, parameters=replace(TOY, seed=1))


@pytest.mark.slow
def test_a_published_file_that_was_altered_is_not_called_reproduced(store, tmp_path):
    make(store, using=toys.TOY, parameters=TOY)
    path = next((tmp_path / "snapshots/t/crew").iterdir())
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(SnapshotError, match=f"snapshot t is corrupt: crew/{path.name} was altered"):
        make(store, using=toys.TOY, parameters=TOY)
    path.unlink()
    with pytest.raises(SnapshotError, match="is missing"):
        make(store, using=toys.TOY, parameters=TOY)
    path.write_bytes(whole)
    assert make(store, using=toys.TOY, parameters=TOY).reproduced is True


@pytest.mark.slow
def test_force_replaces_also_what_is_corrupt(store, tmp_path):
    make(store, using=toys.TOY, parameters=TOY)
    (tmp_path / "manifests/t.json").write_text("{}")
    with pytest.raises(SnapshotError):
        make(store, using=toys.TOY, parameters=TOY)
    assert make(store, using=toys.TOY, parameters=replace(TOY, seed=1), force=True).reproduced is None
    require_intact(store.resolve("t"))


@pytest.mark.slow
def test_a_failed_rule_publishes_nothing_and_shows_the_rows(store, tmp_path):
    broken = replace(
        WORLDCHEF.rules(), rules=(Rule(name="no_admins", sql="SELECT email FROM users WHERE role = 'admin'"),)
    )
    with pytest.raises(CheckError, match=r"no_admins is 1, limit 0 \(email=.*\.example\)"):
        make(store, using=replace(WORLDCHEF, rules=lambda: broken))
    assert store.names() == ()
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and ".lock" not in path.name]


@pytest.mark.slow
def test_only_a_dataset_with_a_budget_has_to_stay_within_it(store, monkeypatch):
    monkeypatch.setattr(engine, "BUDGET", 1000)
    with pytest.raises(CheckError, match=r"2 of \d+ checks failed:\n- snapshot_bytes is [\d.]+ [kM]B, limit 1.0 kB"):
        make(store)
    make(store, using=replace(WORLDCHEF, budgeted=False))
    assert store.names() == ("t",)


class Keyed:
    """A plan of one table with a column `k` that has `values` in order."""

    def __init__(self, kind, values):
        self.table = Table(name="t", columns=(Column(name="k", type=parse(kind), nullable=False),), primary_key=("k",))
        self.values = values

    def require(self):
        """Accept every input."""

    def part(self, table, start, stop):
        field = schema_of(self.table).field(0)
        storage = getattr(field.type, "storage_type", field.type)
        values = pa.array(self.values[start:stop], storage).cast(field.type)
        return pa.RecordBatch.from_arrays([values], schema=schema_of(self.table))


@pytest.mark.parametrize(
    ("kind", "values", "ranges"),
    [
        ("bytea", [b"\xff" * 16, bytes(16), b"\x01" * 16], [("00" * 16, "ff" * 16), ("01" * 16, "01" * 16)]),
        (
            "uuid",
            [b"\xff" * 16, bytes(16)],
            [("0" * 8 + "-0000-0000-0000-" + "0" * 12, "f" * 8 + "-ffff-ffff-ffff-" + "f" * 12)],
        ),
        ("jsonb", ['{"a": 1}', '{"a": 2}'], [None]),
        ("text[]", [["b"], ["a"]], [None]),
        (
            "interval",
            [{"months": 1, "days": 0, "microseconds": 0}, {"months": 0, "days": 31, "microseconds": 0}],
            [None],
        ),
    ],
)
def test_files_say_their_key_range_where_the_key_has_an_order(store, kind, values, ranges):
    made = Keyed(kind, values)
    using = replace(
        toys.TOY,
        tables=(made.table,),
        profiles={"staging": {"t": len(values)}},
        part_rows={"t": 2},
        plan=lambda inputs: made,
        settle=lambda rows, at_one: rows,
    )
    files = make(store, using=using, parameters=replace(SMALL, scale="1"), jobs=2).manifest.tables[0].files
    assert [file.key_min and (*file.key_min, *file.key_max) for file in files] == ranges


@pytest.mark.parametrize(("text", "scale"), [("1/3", "1/3"), ("2/6", "1/3"), ("0.5", "1/2"), ("2", "2"), (" 3 ", "3")])
def test_scales_are_fractions(text, scale):
    assert parse_scale(text) == scale


@pytest.mark.parametrize("text", ["", "x", "1/0", "0", "-1", "nan", "inf", "1/3/4", "1e999999999", "9" * 5000])
def test_what_is_no_scale_is_refused(text):
    with pytest.raises(UsageError):
        parse_scale(text)
