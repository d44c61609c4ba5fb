"""Test a project's own datasets: where they are, what they import, and the errors if they cannot be read."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from snap.errors import UsageError
from snap.schema import Schema
from snap_builder import Dataset, load, locate, names
from snap_builder.declare.maker import Maker
from tests.builder.compiled.declarations import SCHEMA

DATASET = """
from snap.dataset import Dataset, Table, text

dataset = Dataset(seed=3, tables=[Table("people", 30, {"name": text("{first} {last}", unique=True)})])
other = Dataset(seed=4, tables=[Table("people", 40)])
"""


def _write(project: Path, text: str = DATASET, *, name: str = "app", **others: str) -> Path:
    folder = project / "datasets" / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "schema.sql").write_text("CREATE TABLE people ();")
    (folder / "dataset.py").write_text(textwrap.dedent(text))
    for file, content in others.items():
        (folder / f"{file}.py").write_text(textwrap.dedent(content))
    return folder


def _schema(_path: Path, _script: bytes) -> Schema:
    return SCHEMA


def _load(project: Path, name: str = "app") -> Dataset:
    source = locate(project, name)
    assert source is not None
    return load(source, _schema)


def _refusal(project: Path, name: str = "app") -> str:
    with pytest.raises(UsageError) as refusal:
        _load(project, name)
    return f"{refusal.value} ({refusal.value.hint})"


def test_a_dataset_is_found_by_its_folder(tmp_path: Path) -> None:
    _write(tmp_path)
    _write(tmp_path, name="shop")
    assert names(tmp_path) == ("app", "shop")
    assert (_load(tmp_path).name, _load(tmp_path).seed) == ("app", 3)
    assert locate(tmp_path, "nothing") is None
    assert locate(tmp_path, "../app") is None


def test_a_folder_with_a_schema_and_no_declaration_is_refused(tmp_path: Path) -> None:
    _write(tmp_path)
    folder = _write(tmp_path, name="typo")
    (folder / "dataset.py").unlink()
    for found in (lambda: names(tmp_path), lambda: locate(tmp_path, "typo")):
        with pytest.raises(UsageError, match=r"^datasets/typo has no dataset\.py$") as refusal:
            found()
        assert refusal.value.hint == "restore the file from git, or remove the folder and run snap init again"
    assert locate(tmp_path, "app") is not None
    (folder / "schema.sql").rename(folder / "schema.json")  # any program may call a file so
    assert (names(tmp_path), locate(tmp_path, "typo")) == (("app",), None)


def test_a_dataset_is_found_by_its_file_and_variable(tmp_path: Path) -> None:
    _write(tmp_path)
    assert _load(tmp_path, "datasets/app/dataset.py").name == "app"
    assert (
        _load(tmp_path, "datasets/app/dataset.py:other").name,
        _load(tmp_path, "datasets/app/dataset.py:other").seed,
    ) == (
        "other",
        4,
    )


def test_a_dataset_imports_what_lies_beside_it_and_nothing_of_another(tmp_path: Path) -> None:
    text = "from snap.dataset import Dataset, Table\nfrom words import ROWS\n"
    text += 'dataset = Dataset(tables=[Table("people", ROWS)])\n'
    for name, rows in (("app", 3), ("shop", 4)):
        _write(tmp_path, text, name=name, words=f"ROWS = {rows}\n")
    assert [_load(tmp_path, name).profiles["dev"]["people"] for name in ("app", "shop", "app")] == [3, 4, 3]


@pytest.mark.slow
def test_an_error_of_the_file_names_its_own_line(tmp_path: Path) -> None:
    folder = _write(tmp_path, "\nfrom snap.dataset import Dataset, choice\nkind = choice(free=1.5)\n")
    assert f"{folder}/dataset.py, line 3: choice(): free is 1.5, not a whole number" in _refusal(tmp_path)
    _write(tmp_path, "import snap.dataset\n\ndef rows():\n    return 1 / 0\n\nrows()\n")
    assert f"{folder}/dataset.py, line 4: ZeroDivisionError: division by zero" in _refusal(tmp_path)
    _write(tmp_path, "x = 1\ndataset = (\n")
    assert f"{folder}/dataset.py, line 2: SyntaxError: '(' was never closed" in _refusal(tmp_path)
    _write(tmp_path, "from snap.dataset import Dataste\n")
    assert "dataset.py, line 1: ImportError: cannot import name 'Dataste'" in _refusal(tmp_path)
    assert _refusal(tmp_path).endswith("(did you mean Dataset?)")
    _write(tmp_path, "from snap.dataset import Dataset\nkind = choise(a=1)\n")
    assert _refusal(tmp_path).endswith("(did you mean choice?)")


def test_an_error_shows_the_way_to_its_line_through_the_datasets_own_files(tmp_path: Path) -> None:
    text = "import json\nfrom lib.rows import rows\n\nclass Own(Exception):\n    pass\n\ncount = rows('x')\n"
    folder = _write(tmp_path, text)
    (folder / "lib").mkdir()
    (folder / "lib/rows.py").write_text("import json\n\ndef rows(text):\n    return json.loads(text)\n")
    assert _refusal(tmp_path).startswith(
        f"{folder}/lib/rows.py, line 4: JSONDecodeError: Expecting value: line 1 column 1 (char 0)\n"
        "- dataset.py, line 7: count = rows('x')\n"
        "- lib/rows.py, line 4, in rows: return json.loads(text) ("
    )
    (folder / "lib/rows.py").write_text("def rows(text):\n    return rows(text)\n")
    said = _refusal(tmp_path)
    assert "lib/rows.py, line 2: RecursionError: maximum recursion depth exceeded" in said
    assert len(said.splitlines()) < 10


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        ("import sys; sys.exit(0)", "line 1: SystemExit: 0"),
        (
            "class Own(Exception):\n    def __str__(self): return 1 / 0\nraise Own",
            "line 3: Own: its message cannot be read",
        ),
        ("raise Exception", "line 1: Exception: no message"),
        ("raise KeyError('a')", "line 1: KeyError: 'a'"),
        ("import nothing_of_that_name", "line 1: ModuleNotFoundError: No module named 'nothing_of_that_name'"),
        ("x = 1\0", "SyntaxError: source code"),
        ("raise ExceptionGroup('several', [ValueError('a')])", "line 1: ExceptionGroup: several (1 sub-exception)"),
    ],
)
def test_whatever_a_file_raises_is_one_error(tmp_path: Path, raised: str, said: str) -> None:
    _write(tmp_path, raised)
    assert said in _refusal(tmp_path)


def test_what_the_compilation_refuses_names_the_file(tmp_path: Path) -> None:
    folder = _write(
        tmp_path, 'from snap.dataset import Dataset, Table\ndataset = Dataset(tables=[Table("poeple", 3)])\n'
    )
    assert f"{folder}/dataset.py, line 2: the schema of app has no table 'poeple' (did you mean 'people'?)" in _refusal(
        tmp_path
    )


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no file nope\.py"):
        locate(tmp_path, "nope.py")
    folder = _write(tmp_path, "dataset = 3\n")
    assert "has no Dataset called 'dataset'" in _refusal(tmp_path)
    (folder / "schema.sql").unlink()
    assert "has no schema.sql beside it" in _refusal(tmp_path)
    _write(tmp_path, 'from snap.dataset import Dataset\ndataset = Dataset(checks="rules")\n')
    assert "for checks, but there is no such folder" in _refusal(tmp_path)


def test_rules_of_the_dataset_are_read_and_a_malformed_one_is_refused(tmp_path: Path) -> None:
    folder = _write(tmp_path, 'from snap.dataset import Dataset\ndataset = Dataset(checks="rules")\n')
    (folder / "rules").mkdir()
    (folder / "rules" / "people.sql").write_text("-- rule: named\n-- limit: 0\nSELECT 1 FROM people WHERE name = ''\n")
    assert [rule.name for rule in _load(tmp_path).rules().rules] == ["named"]
    (folder / "rules" / "people.sql").write_text("-- rule: named\n-- nonsense: 0\nSELECT 1\n")
    assert "rule named needs SQL" in _refusal(tmp_path)


@pytest.mark.slow
def test_the_revision_follows_what_fixes_values_and_nothing_else(tmp_path: Path) -> None:
    folder = _write(tmp_path)
    before = _load(tmp_path).revision
    assert before is not None
    (folder / "dataset.py").write_text(f"# a remark\n{DATASET}\n\n")
    assert _load(tmp_path).revision == before
    for text in (DATASET.replace("seed=3", "seed=5"), DATASET.replace("unique=True", "unique=True, stream='x'")):
        _write(tmp_path, text)
        assert _load(tmp_path).revision != before
    _write(tmp_path, words="WORDS = ()\n")
    assert _load(tmp_path).revision != before
    (folder / "words.py").unlink()
    assert _load(tmp_path).revision == before
    (folder / "schema.sql").write_text("CREATE TABLE people (name text);")
    assert _load(tmp_path).revision != before


def test_the_revision_does_not_follow_words_that_other_code_derives(tmp_path: Path) -> None:
    _write(tmp_path)
    before = _load(tmp_path).revision

    class Own(Maker):
        """A word that is registered in this process only."""

    assert _load(tmp_path).revision == before
    assert Own.number == Maker.number


def test_the_revision_follows_a_file_that_a_trait_is_read_from(tmp_path: Path) -> None:
    word = 'joint(["town", "state"], "places.csv")'
    folder = _write(
        tmp_path,
        f"""
        from snap.dataset import Dataset, Table, joint

        dataset = Dataset(tables=[Table("people", 30, traits={{"town": {word}}})])
        """,
    )
    (folder / "places.csv").write_text("town,state,weight\nAustin,TX,3\n")
    before = _load(tmp_path).revision
    (folder / "places.csv").write_text("town,state,weight\nAustin,TX,3\nBoston,MA,1\n")
    assert _load(tmp_path).revision != before
