"""Test that rules about single rows give the same result for all rows at once and for any division of the rows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snap import checks
from snap.checks import Rule, RuleSet, Statement, each, engine
from snap.duck import with_distinct_names
from snap.manifest import Finding, Manifest, TableData
from snap.writer import TableWriter, table_data
from tests.cases.toy import CREW, LOG, crew, log, manifest

ROWS = 12
OF_LOG = 'SELECT line FROM ship."Log book"'
UNHAPPY = Rule(name="unhappy", sql="SELECT name FROM moods WHERE mood = 'sad'", each=("crew",))
PRELUDE = (
    Statement("faces", "CREATE TEMP VIEW faces AS SELECT label AS mood FROM enum_labels"),
    Statement("moods", "CREATE TEMP TABLE moods AS SELECT name, mood FROM crew JOIN faces USING (mood)"),
    Statement("counted", "CREATE TEMP TABLE counted AS SELECT mood, count(*) AS n FROM moods GROUP BY mood", "crew"),
)


def cut(folder: Path, *cuts: int) -> Manifest:
    """Write twelve rows of crew in files that begin at row 0 and at the rows `cuts`, and a log in one file."""
    edges = [0, *sorted({at for at in cuts if 0 < at < ROWS}), ROWS]
    rows, writer = crew(ROWS), TableWriter(root=folder, folder="crew", table=CREW)
    parts = [
        writer.part(number, [rows.slice(start, stop - start)])
        for number, (start, stop) in enumerate(zip(edges, edges[1:], strict=False))
    ]
    logged = TableWriter(root=folder, folder="log", table=LOG).part(0, [log(2 * ROWS, ROWS)])
    return manifest("v1", (table_data(CREW, parts), table_data(LOG, [logged])))


def found(made: Manifest, folder: Path, *rules: Rule, prelude: tuple[Statement, ...] = PRELUDE) -> dict[str, Finding]:
    findings = checks.check_files(made, folder, RuleSet(rules=rules, prelude=prelude))
    return {finding.name: finding for finding in findings}


@pytest.mark.slow
@settings(max_examples=10, deadline=None)
@given(cuts=st.sets(st.integers(1, ROWS - 1)), together=st.integers(1, ROWS + 1))
def test_cuts_of_the_rows_give_the_same_findings(
    tmp_path_factory: pytest.TempPathFactory, cuts: set[int], together: int
) -> None:
    folder = tmp_path_factory.mktemp("cut")
    rules = (
        UNHAPPY,
        Rule(name="many", sql="SELECT mood, sum(n) FROM counted GROUP BY mood HAVING sum(n) > 1"),
        Rule(
            name="both",
            sql=f"SELECT name FROM crew UNION ALL {OF_LOG}",
            each=("crew", "ship.Log book"),
        ),
    )
    whole = found(cut(folder / "whole"), folder / "whole", *rules)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(each, "_ROWS", together)
        parts = found(cut(folder / "parts", *cuts), folder / "parts", *rules)
    assert parts.pop("snapshot_bytes") != whole.pop("snapshot_bytes") or not cuts
    assert parts == whole
    assert parts["unhappy"].value == 4
    assert parts["both"].value == 3 * ROWS
    assert parts["many"].value == 2


def test_all_other_tables_are_empty_and_the_rest_is_as_before(tmp_path: Path) -> None:
    sql = f"SELECT name FROM crew WHERE EXISTS ({OF_LOG})"
    findings = found(cut(tmp_path, 3), tmp_path, Rule(name="alone", sql=sql, each=("crew",)), Rule(name="all", sql=sql))
    assert (findings["alone"].value, findings["all"].value) == (0, ROWS)


def test_an_extract_of_a_table_without_rows_has_its_columns(tmp_path: Path) -> None:
    empty = TableData(table=CREW, rows=0, digest=table_data(CREW, []).digest, files=())
    findings = found(manifest("v1", (empty,)), tmp_path, Rule(name="none", sql="SELECT mood, n FROM counted"))
    assert (findings["none"].ok, findings["none"].value) == (True, 0)


@pytest.mark.slow
@pytest.mark.parametrize("at", ["moods", "counted"])
def test_what_fails_on_some_rows_is_a_finding_and_no_rows_are_kept(tmp_path: Path, at: str) -> None:
    seven = "CASE WHEN name LIKE '%7' THEN error('no 7') END"
    sql = f"CREATE TEMP TABLE {at} AS SELECT mood, 1 AS n, name, {seven} AS e FROM crew"
    prelude = tuple(Statement(s.name, sql, s.extract) if s.name == at else s for s in PRELUDE)
    rules = (UNHAPPY, Rule(name="kept", sql="SELECT * FROM counted"), Rule(name="good", sql="SELECT 1 WHERE false"))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(each, "_ROWS", 1)
        findings = found(cut(tmp_path, 5, 7, 8), tmp_path, *rules, prelude=prelude)
    assert "no 7" in findings[f"prelude.{at}"].detail
    assert findings["kept"].value == "failed"
    assert findings["unhappy"].value == ("failed" if at == "moods" else 4)
    assert findings["good"].ok


def test_a_rule_that_fails_on_some_rows_fails_and_others_do_not(tmp_path: Path) -> None:
    sql = "SELECT name::INTEGER FROM crew WHERE name LIKE '%5'"
    findings = found(cut(tmp_path, 4), tmp_path, Rule(name="bad", sql=sql, each=("crew",)), UNHAPPY)
    assert findings["bad"].value == "failed"
    assert "Could not convert" in findings["bad"].detail
    assert findings["unhappy"].value == 4


def test_a_rule_of_rows_of_a_table_that_is_not_there_fails(tmp_path: Path) -> None:
    lost = Rule(name="lost", sql="SELECT 1 WHERE false", each=("crew", "boats"))
    finding = found(cut(tmp_path), tmp_path, lost)["lost"]
    assert (finding.ok, finding.detail) == (False, "there is no table boats")


def test_tables_whose_names_differ_in_case_only_are_both_read(tmp_path: Path) -> None:
    parts = [
        TableWriter(root=tmp_path, folder=name, table=replace(CREW, name=name)) for name in ("crew", "Crew", "main")
    ]
    tables = tuple(table_data(writer.table, [writer.part(0, [crew(ROWS)])]) for writer in parts)
    findings = found(manifest("v1", tuple(tables)), tmp_path, prelude=())
    assert all(findings[name].ok for name in ("not_null", "enum_labels", "lengths", "json")), findings
    assert [data.table.label for data in with_distinct_names(tables)] != [data.table.label for data in tables]


@pytest.mark.slow
def test_what_needs_more_memory_than_the_limit_runs_without_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "MEMORY", 24 << 20)
    sql = "SELECT name FROM crew WHERE (SELECT median(range) FROM range(5_000_001)) < 1"
    finding = found(cut(tmp_path, 6), tmp_path, Rule(name="heavy", sql=sql, each=("crew",)))["heavy"]
    assert (finding.ok, finding.value) == (True, 0)


@pytest.mark.slow
def test_a_statement_that_needs_more_memory_than_the_limit_runs_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "MEMORY", 24 << 20)
    middle = Statement("middle", "CREATE TABLE middle AS SELECT median(range)::BIGINT AS n FROM range(5_000_001)")
    rule = Rule(name="heavy", sql="SELECT name FROM crew, middle WHERE n <> 2_500_000", each=("crew",))
    findings = found(cut(tmp_path, 6), tmp_path, rule, prelude=(middle,))
    assert (findings["heavy"].ok, findings["heavy"].value) == (True, 0)
    assert not [name for name in findings if name.startswith("prelude.")]


def test_files_are_read_together_until_they_have_enough_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    answer = each._answer

    def counted(views, plan, files, *rest):  # type: ignore[no-untyped-def]
        read.extend([sum(file.rows for file in files)] if plan.data.table.label == "crew" else [])
        return answer(views, plan, files, *rest)

    monkeypatch.setattr(each, "_answer", counted)
    monkeypatch.setattr(each, "_ROWS", 5)
    found(cut(tmp_path, 2, 4, 6, 11), tmp_path, UNHAPPY)
    assert sorted(read) == [1, 5, 6]


def test_tables_that_most_rules_read_come_first(tmp_path: Path) -> None:
    made = cut(tmp_path)
    for extra, first in (
        ((), "crew"),
        ([Rule(name=f"r{n}", sql="SELECT 1", each=("ship.Log book",)) for n in range(9)], "ship.Log book"),
    ):
        facts = checks.Facts(rules=RuleSet(rules=tuple(extra)), folder=tmp_path, enums=made.enums, as_of=None)
        with checks.reading_each(facts, made.tables, ()) as rows:
            assert min((data.table.label for data in made.tables), key=rows.place) == first


def test_nothing_is_left_of_what_was_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", None)
    found(cut(tmp_path, 3), tmp_path, Rule(name="kept", sql="SELECT * FROM counted"))
    assert list((tmp_path / "tmp").iterdir()) == []


def early_and_rest(folder: Path, rules: RuleSet, made: Manifest) -> tuple[checks.Answers, list[str]]:
    """Return the answers for files that get the column pay later, and the names of what ran on the early files."""
    facts = checks.Facts(rules=rules, folder=folder, enums=made.enums, as_of=None)
    late = {"crew": frozenset({"pay"})}
    early = CREW.without({"pay"})
    columns = [column.name for column in early.stored]
    with checks.reading_each(facts, made.tables, ["early/part-0000.parquet"], late, lacking=True) as rows:
        if made.tables[0].rows:
            to = TableWriter(root=folder, folder="early", table=early)
            rows.add("crew", to.part(0, [crew(ROWS).select(columns)]).file)
        first = rows.answers()
        with checks.reading_each(facts, made.tables, [file.path for file in made.files], late) as later:
            later.include(first)
            for file in made.tables[0].files:
                later.add("crew", file, rest=True)
            return later.answers(), sorted(first.counted)


@pytest.mark.slow
@pytest.mark.parametrize("rows", [ROWS, 0])
def test_rules_that_read_late_columns_run_when_files_have_them(tmp_path: Path, rows: int) -> None:
    paid = Rule(name="paid", sql="SELECT name FROM crew WHERE pay IS NULL OR pay > -1", each=("crew",))
    rules = RuleSet(rules=(UNHAPPY, paid), prelude=PRELUDE)
    writer = TableWriter(root=tmp_path, folder="crew", table=CREW)
    parts = [writer.part(0, [crew(rows)])] if rows else []
    logged = TableWriter(root=tmp_path, folder="log", table=LOG).part(0, [log(2 * ROWS, ROWS)])
    made = manifest("v1", (table_data(CREW, parts), table_data(LOG, [logged])))
    answers, early = early_and_rest(tmp_path, rules, made)
    assert "unhappy" in early
    assert "paid" not in early
    expected = {finding.name: finding.value for finding in checks.check_files(made, tmp_path, rules)}
    assert {name: answers.of(name).count for name in ("unhappy", "paid")} == {
        name: expected[name] for name in ("unhappy", "paid")
    }
    assert (expected["paid"] > 0) is (rows > 0)


@pytest.mark.slow
@pytest.mark.parametrize(
    "condition",
    ["COLUMNS('^p.y$') IS NULL", "COLUMNS('^(name|pay)$') IS NULL", "to_json(crew)::VARCHAR LIKE '%\"pay\":null%'"],
)
def test_a_rule_that_reads_a_late_column_without_naming_it_runs_when_files_have_it(
    tmp_path: Path, condition: str
) -> None:
    hidden = Rule(name="hidden", sql=f"SELECT name FROM crew WHERE {condition}", each=("crew",))
    made = cut(tmp_path)
    answers, early = early_and_rest(tmp_path, RuleSet(rules=(hidden,)), made)
    assert "hidden" not in early
    assert answers.of("hidden").count == found(made, tmp_path, hidden, prelude=())["hidden"].value


def test_an_extract_of_all_columns_is_made_when_files_have_them(tmp_path: Path) -> None:
    whole = Statement("whole", "CREATE TEMP TABLE whole AS SELECT * EXCLUDE (watch) FROM crew", "crew")
    rules = RuleSet(rules=(Rule(name="all", sql="SELECT name FROM whole WHERE pay < 0"),), prelude=(whole,))
    answers, _ = early_and_rest(tmp_path, rules, cut(tmp_path))
    assert not answers.failed
    assert [path.name.rpartition("-")[2] for path in answers.saved["whole"]] == ["whole.parquet"]
