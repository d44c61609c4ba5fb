"""Test that rules are read from SQL files and run, and become findings, also if their SQL fails."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pytest

from snap import checks
from snap.checks import Rule, RuleSet, Statement, engine, load_rules, parse_rules, whole
from snap.checks.answers import Failure
from snap.checks.facts import make
from snap.duck import QueryError, Views, open_views
from snap.errors import Interrupted
from snap.manifest import Finding
from tests.snap.checks.faulty import ROWS, snapshot


def run(tmp_path: Path, *rules: Rule, prelude: tuple[Statement, ...] = ()) -> list[Finding]:
    """Run rules on a snapshot of ten crew; return only their own findings and those of the prelude."""
    names = {rule.name for rule in rules}
    findings = checks.check_files(snapshot(tmp_path), tmp_path, RuleSet(rules=rules, prelude=prelude))
    return [finding for finding in findings if finding.name in names or finding.name.startswith("prelude.")]


class TestReading:
    def test_a_file_holds_several_rules(self) -> None:
        text = """-- Anything before the first rule is for people.

-- rule: first
-- about: what it says
-- limit: 0
-- needs: crew 10, log 5
-- implies: second, third
-- each: crew, log
SELECT 1
-- a comment inside
WHERE false;

-- About the second, which measures.
-- rule: second
-- between: 0.35 0.65
SELECT 0.5;
"""
        first, second = parse_rules(text, source="x.sql")
        assert first == Rule(
            name="first",
            about="what it says",
            sql="SELECT 1\n-- a comment inside\nWHERE false",
            needs=(("crew", 10), ("log", 5)),
            implies=("second", "third"),
            each=("crew", "log"),
        )
        assert (second.name, second.between, second.sql) == ("second", (0.35, 0.65), "SELECT 0.5")

    @pytest.mark.parametrize(
        "text",
        [
            "SELECT 1;\n-- rule: late\n-- limit: 0\nSELECT 1",
            "-- rule: no_limit\nSELECT 1",
            "-- rule: both\n-- limit: 0\n-- between: 0 1\nSELECT 1",
            "-- rule: empty\n-- limit: 0\n",
            "-- rule: few\n-- between: 1\nSELECT 1",
            "-- rule: measures\n-- between: 0 1\n-- each: crew\nSELECT 1",
            "-- rule: kept\n-- limit: 0\n-- extract: crew\nSELECT 1",
        ],
    )
    def test_a_malformed_rule_is_an_error(self, text: str) -> None:
        with pytest.raises(ValueError, match=r"x\.sql|unpack"):
            parse_rules(text, source="x.sql")

    def test_a_folder_is_read_in_order_with_its_prelude(self, tmp_path: Path) -> None:
        (tmp_path / "02_b.sql").write_text("-- rule: b\n-- limit: 0\nSELECT 1")
        (tmp_path / "01_a.sql").write_text("-- rule: a\n-- limit: 0\nSELECT 1")
        (tmp_path / "prelude.sql").write_text(
            "-- make: t\nCREATE TABLE t (i int);\n-- of u\n-- make: u\n-- extract: crew\nSELECT 1;"
        )
        rules = load_rules(tmp_path, {})
        assert [rule.name for rule in rules.rules] == ["a", "b"]
        assert rules.prelude == (Statement("t", "CREATE TABLE t (i int)"), Statement("u", "SELECT 1", "crew"))


class TestRunning:
    def test_a_limit_counts_rows_and_shows_three(self, tmp_path: Path) -> None:
        (finding,) = run(tmp_path, Rule(name="r", sql="SELECT name, pay FROM crew ORDER BY name"))
        assert finding == Finding(
            name="r",
            ok=False,
            value=ROWS,
            limit=0,
            detail="name=Zoë 0, pay=NULL; name=Zoë 1, pay=0.25; name=Zoë 2, pay=0.50",
        )

    def test_no_rows_are_no_violation(self, tmp_path: Path) -> None:
        (finding,) = run(tmp_path, Rule(name="r", sql="SELECT name FROM crew WHERE false"))
        assert finding == Finding(name="r", ok=True, value=0, limit=0)

    @pytest.mark.parametrize(("value", "ok"), [("0.35", True), ("0.3499", False), ("0.65", True), ("0.6501", False)])
    def test_a_measure_lies_between_its_limits(self, tmp_path: Path, value: str, ok: bool) -> None:
        (finding,) = run(tmp_path, Rule(name="r", sql=f"SELECT {value} AS share, 7 AS n", between=(0.35, 0.65)))
        assert finding == Finding(name="r", ok=ok, value=float(value), limit="0.35 to 0.65", detail="n=7")

    @pytest.mark.parametrize("sql", ["SELECT NULL", "SELECT 0.5 WHERE false", "SELECT 0.5 UNION ALL SELECT 0.5"])
    def test_nothing_to_measure_is_a_failure(self, tmp_path: Path, sql: str) -> None:
        (finding,) = run(tmp_path, Rule(name="r", sql=sql, between=(0, 1)))
        assert not finding.ok

    def test_a_rule_is_skipped_below_the_rows_it_needs(self, tmp_path: Path) -> None:
        (finding,) = run(tmp_path, Rule(name="r", sql="SELECT 1", needs=(("crew", ROWS + 1), ("none", 3))))
        assert (finding.ok, finding.value) == (True, "skipped")
        assert finding.detail == "needs 11 crew (there are 10) and 3 none (there are 0)"
        (finding,) = run(tmp_path, Rule(name="r", sql="SELECT 1", needs=(("crew", ROWS),)))
        assert not finding.ok

    @pytest.mark.parametrize(
        ("sql", "reason"),
        [
            ("SELECT name::INTEGER FROM crew", "Could not convert"),
            ("SELECT 1 FROM nowhere", "nowhere"),
            ("SELECT FROM FROM", "syntax error"),
        ],
    )
    def test_sql_that_fails_over_the_data_is_a_finding(self, tmp_path: Path, sql: str, reason: str) -> None:
        bad, good = run(tmp_path, Rule(name="bad", sql=sql), Rule(name="good", sql="SELECT 1 WHERE false"))
        assert (bad.ok, bad.value, good.ok) == (False, "failed", True)
        assert reason in bad.detail

    def test_a_prelude_that_fails_is_a_finding_and_fails_what_needs_it(self, tmp_path: Path) -> None:
        prelude = (
            Statement("n", "CREATE TEMP TABLE n AS SELECT name::INTEGER AS i FROM crew"),
            Statement("m", "CREATE TABLE m (i int)"),
        )
        rules = (Rule(name="on_n", sql="SELECT * FROM n"), Rule(name="on_m", sql="SELECT * FROM m"))
        assert [(f.name, f.ok) for f in run(tmp_path, *rules, prelude=prelude)] == [
            ("prelude.n", False),
            ("on_n", False),
            ("on_m", True),
        ]

    def test_references_and_labels_are_tables(self, tmp_path: Path) -> None:
        sql = "SELECT word FROM words EXCEPT SELECT label FROM enum_labels"
        rules = RuleSet(rules=(Rule(name="r", sql=sql),), references={"words": pa.table({"word": ["sad", "glad"]})})
        finding = checks.check_files(snapshot(tmp_path), tmp_path, rules)[-1]
        assert (finding.value, finding.detail) == (1, "word=glad")

    def test_an_interruption_is_no_finding(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def interrupted(*_: object) -> int:
            raise Interrupted(2)

        monkeypatch.setattr("snap.checks.engine._count", interrupted)
        with pytest.raises(Interrupted):
            checks.check_files(snapshot(tmp_path), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(("rows", "times"), [(2_000_000, 1), (30_000_000, 2)])
def test_a_rule_that_is_short_of_memory_runs_again_with_more_and_with_what_it_names_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int, times: int
) -> None:
    limit, sql = 24 << 20, "SELECT median(n) + (SELECT count(*) FROM named) FROM big"
    prelude = (
        Statement("big", f"CREATE VIEW big AS SELECT range AS n FROM range({rows})"),
        Statement("named", "CREATE VIEW named AS SELECT label FROM enum_labels WHERE false"),
        Statement("other", "CREATE TABLE other AS SELECT 1 AS n"),
    )
    with open_views(snapshot(tmp_path).tables, tmp_path, memory=limit * 4 ** (times - 1)) as views:
        views.execute(prelude[0].sql)
        with pytest.raises(QueryError, match="OutOfMemoryException"):
            views.query("SELECT median(n) FROM big")
    made: list[list[str]] = []

    def recorded(views: Views, statements: Sequence[Statement]) -> dict[str, Failure]:
        made.append([statement.name for statement in statements])
        return make(views, statements)

    monkeypatch.setattr(engine, "MEMORY", limit)
    monkeypatch.setattr(whole, "make", recorded)
    middle = Rule(name="middle", sql=sql, between=(0, rows))
    others = Rule(name="others", sql="SELECT n FROM other", between=(1, 1))
    finding, other = run(tmp_path, middle, others, prelude=prelude)
    assert finding.ok, finding
    assert other.ok, other
    assert finding.value == (rows - 1) / 2
    assert made == [["big", "named", "other"], *[["big", "named"]] * times]


def test_a_prelude_that_needs_more_memory_than_the_limit_runs_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit, sql = 24 << 20, "SELECT median(range)::BIGINT AS n FROM range(5_000_001)"
    with (
        open_views(snapshot(tmp_path).tables, tmp_path, memory=limit) as views,
        pytest.raises(QueryError, match="OutOfMemoryException"),
    ):
        views.execute(f"CREATE TABLE middle AS {sql}")
    monkeypatch.setattr(engine, "MEMORY", limit)
    middle = Rule(name="middle", sql="SELECT n FROM middle", between=(2_500_000, 2_500_000))
    (finding,) = run(tmp_path, middle, prelude=(Statement("middle", f"CREATE TABLE middle AS {sql}"),))
    assert finding.ok, finding
