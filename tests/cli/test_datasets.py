"""Test a project's own dataset on the command line: built, built again, grown, changed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from snap.schema_json import schema_json
from tests.builder.compiled.declarations import SCHEMA
from tests.cli.program import Ran

UNPROVED = ("--postgres", "none")  # the schema of these tests is no SQL
SQL = b"CREATE TABLE people (id uuid);\n"
DATASET = """
from snap.dataset import Dataset, Table, choice, integer, ref, text

dataset = Dataset(seed=7, profiles={"dev": 1, "load": 10}, tables=[
    Table("people", 30, {"name": text("{first} {last}", unique=True), "kind": choice(a=1, b=2), "rank": integer(1, 9)}),
    Table("orders", 60, {"person_id": ref("people", none_have=20)}),
])
"""


@pytest.fixture
def app(project: Path) -> Path:
    """Return the folder of a dataset whose schema was already read by a Postgres, so that no test here starts one."""
    folder = project / "datasets" / "app"
    folder.mkdir(parents=True)
    (folder / "schema.sql").write_bytes(SQL)
    (folder / "schema.json").write_text(schema_json(SCHEMA, SQL))
    (folder / "dataset.py").write_text(DATASET)
    return folder


@pytest.mark.slow
def test_the_only_dataset_of_a_project_is_built_by_itself(snap: Callable[..., Ran], app: Path) -> None:
    document = snap("build", "v1", "--json", *UNPROVED).document
    assert (document["dataset"], document["reproduced"]) == ("app", None)
    assert {table["name"]: table["rows"] for table in document["rows"]} == {
        "people": 30,
        "things": 90,
        "orders": 60,
        "lines": 270,
        "likes": 270,
    }
    assert snap("build", "v1", "--json", *UNPROVED).document["reproduced"] is True
    assert snap("check", "v1").code == 0


@pytest.mark.slow
def test_of_several_datasets_one_has_to_be_named(snap: Callable[..., Ran], app: Path, project: Path) -> None:
    shutil.copytree(app, app.with_name("other"))
    for command in (("build", "v1"), ("preview", "people")):
        ran = snap(*command)
        assert ran.code == 2
        assert "this project has 2 datasets: app, other" in ran.err
        assert "--dataset app" in ran.err
    (project / "snap.toml").write_text('[build]\ndataset = "other"\n')
    assert snap("preview", "people", "--json").document["dataset"] == "other"
    assert snap("preview", "people", "--dataset", "app", "--json").document["dataset"] == "app"


@pytest.mark.parametrize(
    "command", ["build v1", "preview people", "db url", "db reset --yes", "health", "nightly", "init --update"]
)
def test_a_dataset_without_its_declaration_is_an_error_of_each_command_that_would_take_another_one(
    snap: Callable[..., Ran], app: Path, home: Path, command: str
) -> None:
    app.rename(app.with_name("typo"))
    (app.with_name("typo") / "dataset.py").unlink()
    ran = snap(*command.split(), SNAP_DATA_DIR=str(home))
    assert ran.code == 2
    assert "error: datasets/typo has no dataset.py\n" in ran.err
    assert "hint: restore the file from git, or remove the folder and run snap init again" in ran.err
    assert not home.exists()


@pytest.mark.parametrize(
    ("command", "naming"),
    [
        ("db url", "name the database, such as app,"),
        ("db env", "name the database, such as app,"),
        ("db psql", "name the database, such as app,"),
        ("db reset --yes", "name the database, such as app,"),
        ("health", 'name the database, such as --db "$(snap db url app)",'),
        ("backup create", 'name the database, such as --db "$(snap db url app)",'),
        ("backup restore latest --yes", 'name the database, such as --db "$(snap db url app)",'),
        ("nightly", 'name the database, such as --db "$(snap db url app)",'),
    ],
)
def test_of_the_databases_of_several_datasets_one_has_to_be_named(
    snap: Callable[..., Ran], app: Path, project: Path, home: Path, command: str, naming: str
) -> None:
    shutil.copytree(app, app.with_name("other"))
    ran = snap(*command.split(), SNAP_DATA_DIR=str(home))
    assert ran.code == 2
    assert "error: this project has 2 datasets: app, other\n" in ran.err
    assert f'hint: {naming} or write dataset = "app" into section [build] of snap.toml' in ran.err
    assert not home.exists()
    (project / "snap.toml").write_text('[build]\ndataset = "other"\n')
    assert "this project has 2 datasets" not in snap("db", "url", SNAP_DATA_DIR=str(home)).err


@pytest.mark.slow
def test_among_several_datasets_a_server_that_runs_has_no_default_database(
    snap: Callable[..., Ran], app: Path, project: Path, home: Path
) -> None:
    shutil.copytree(app, app.with_name("other"))
    assert "there is no database to compare" in snap("diff", SNAP_DATA_DIR=str(home)).err
    snap("db", "start", SNAP_DATA_DIR=str(home))
    ran = snap("status", SNAP_DATA_DIR=str(home))
    assert (ran.code, ran.err) == (0, "")
    assert "the project has several datasets, and section [build] of snap.toml names none" in ran.out
    assert "this project has 2 datasets: app, other" in snap("diff", SNAP_DATA_DIR=str(home)).err
    (project / "made.py").write_text("")
    (project / "snap.toml").write_text('[build]\ndataset = "made.py:sales"\n')
    assert "the embedded Postgres has no database sales yet" in snap("status", SNAP_DATA_DIR=str(home)).out


@pytest.mark.slow
def test_a_larger_profile_begins_with_the_rows_of_the_smaller(snap: Callable[..., Ran], app: Path) -> None:
    snap("build", "v1", *UNPROVED)
    assert snap("build", "v2", "--profile", "load", *UNPROVED).code == 0
    tables = snap("diff", "v1", "v2", "--json").document["tables"]
    assert all(table["removed"] == table["changed"] == 0 and table["added"] for table in tables)


@pytest.mark.slow
def test_a_version_of_another_revision_is_not_built_again_and_is_still_checked(
    snap: Callable[..., Ran], app: Path
) -> None:
    snap("build", "v1", *UNPROVED)
    (app / "dataset.py").write_text(DATASET.replace("a=1", "a=3"))
    ran = snap("build", "v1", *UNPROVED)
    assert ran.code == 2
    assert "v1 is of revision" in ran.err
    ran = snap("check", "v1")
    assert ran.code == 0
    assert "the dataset 'app' has changed since v1: its own rules are not checked" in ran.err
    assert snap("build", "v2", *UNPROVED).code == 0


@pytest.mark.slow
def test_a_version_stays_what_it_is_where_its_dataset_is_gone(snap: Callable[..., Ran], app: Path) -> None:
    snap("build", "v1", *UNPROVED)
    (app / "dataset.py").unlink()
    ran = snap("check", "v1")
    assert ran.code == 0
    assert "datasets/app has no dataset.py: its own rules are not checked" in ran.err
    shutil.rmtree(app)
    ran = snap("check", "v1")
    assert ran.code == 0
    assert "there is no dataset 'app': its own rules are not checked" in ran.err
    assert snap("build", "v1", *UNPROVED).code == 2
    assert snap("show", "v1").code == 0


@pytest.mark.parametrize("command", [("build", "v1", *UNPROVED), ("preview", "people")])
def test_what_a_declaration_prints_is_no_part_of_the_answer(
    snap: Callable[..., Ran], app: Path, command: tuple[str, ...]
) -> None:
    (app / "dataset.py").write_text(f"print('hello')\n{DATASET}")
    ran = snap(*command, "--json")
    assert ran.document["dataset"] == "app"
    assert ran.err == "hello\n"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("helper(pair)", "its score raises NameError: name 'helper' is not defined in {file}, line 4"),
        ("__import__('sys').exit(3)", "its score raises SystemExit: 3 in {file}, line 4"),
    ],
)
def test_a_function_that_raises_is_said_with_its_line(
    snap: Callable[..., Ran], app: Path, body: str, said: str
) -> None:
    (app / "dataset.py").write_text(
        "from snap.dataset import Dataset, Table, pairs\n\n"
        f"def taste(pair):\n    return {body}\n\n"
        'dataset = Dataset(tables=[Table("likes", 9, pairs=pairs("person_id", "thing_id", score=taste))])\n'
    )
    ran = snap("preview", "likes")
    assert ran.code == 2
    assert said.format(file=app / "dataset.py") in ran.err


@pytest.mark.parametrize("declared", ["other.py:app", "other.py:worldchef", "lists/app/dataset.py"])
def test_two_datasets_of_one_name_are_refused(
    snap: Callable[..., Ran], app: Path, project: Path, declared: str
) -> None:
    file = project / declared.partition(":")[0]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(DATASET.replace("dataset =", f"{declared.partition(':')[2] or 'dataset'} ="))
    (file.parent / "schema.sql").write_bytes(SQL)
    (file.parent / "schema.json").write_text(schema_json(SCHEMA, SQL))
    ran = snap("build", "v1", "--dataset", declared)
    assert ran.code == 2
    assert "two datasets are called 'app'" in ran.err or "'worldchef' is the name of a dataset that comes" in ran.err
    assert str(file) in ran.err or str(file.parent) in ran.err
    assert snap("build", "v1", "--dataset", "datasets/app/dataset.py", *UNPROVED).code == 0


def test_a_folder_may_not_have_the_name_of_a_dataset_that_comes_with_snap(snap: Callable[..., Ran], app: Path) -> None:
    app.rename(app.parent / "worldchef")
    ran = snap("build", "v1", "--dataset", "worldchef")
    assert ran.code == 2
    assert "'worldchef' is the name of a dataset that comes with snap and of one in" in ran.err
    script = app.parent / "worldchef.sql"
    script.write_text("CREATE TABLE t (i int);")
    ran = snap("init", str(script))
    assert ran.code == 2
    assert "a dataset called 'worldchef' comes with snap" in ran.err


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--dataset", "ap"), "there is no dataset 'ap'"),
        (("--dataset", "nope.py"), "there is no file nope.py"),
        (("--dataset", "datasets/app/dataset.py:foo"), "has no Dataset called 'foo'"),
        (("--profile", "staging"), "dataset app has no profile 'staging'"),
        (("--set", "people=0"), "the build would make no rows of people"),
        (
            ("--set", "people=3", "--set", "things=9", "--set", "likes=100"),
            "likes: 100 unique pairs of 3 people and 9 things are impossible: only 27 exist",
        ),
    ],
)
def test_wrong_inputs_are_refused_by_name(
    snap: Callable[..., Ran], app: Path, flags: tuple[str, ...], message: str
) -> None:
    ran = snap("build", "v1", *flags)
    assert ran.code == 2
    assert message in ran.err


def test_a_dataset_named_as_one_that_comes_with_snap_is_refused(snap: Callable[..., Ran], app: Path) -> None:
    app.rename(app.with_name("worldchef"))
    assert (
        "'worldchef' is the name of a dataset that comes with snap" in snap("build", "v1", "--dataset", "worldchef").err
    )


@pytest.mark.slow
@pytest.mark.server
def test_the_schema_is_read_by_a_postgres_once_and_kept(snap: Callable[..., Ran], app: Path, home: Path) -> None:
    (app / "schema.sql").write_text("CREATE TABLE people (id serial PRIMARY KEY, name text NOT NULL);\n")
    (app / "dataset.py").write_text(
        'from snap.dataset import Dataset, Table\ndataset = Dataset(tables=[Table("people", 3)])\n'
    )
    assert snap("build", "v1", SNAP_DATA_DIR=str(home)).code == 0
    assert [table["name"] for table in json.loads((app / "schema.json").read_text())["tables"]] == ["people"]
    assert snap("build", "v1", SNAP_PG_BIN="/nowhere").code == 0


def test_a_preview_shows_the_rows_that_a_build_makes(snap: Callable[..., Ran], app: Path, project: Path) -> None:
    document = snap("preview", "people", "--rows", "3", "--json").document
    assert (document["dataset"], document["table"], len(document["rows"])) == ("app", "people", 3)
    assert document["rows"][0].keys() == {"id", "name", "kind", "rank", "joined", "score"}
    shown = snap("preview", "people", "--rows", "3").out.splitlines()
    assert shown[0].split() == ["id", "name", "kind", "rank", "joined", "score"]
    assert len(shown) == 4
    assert document["rows"][2]["name"] in shown[3]
    assert sorted(path.name for path in project.iterdir()) == ["datasets", "manifests", "snapshots"]
    assert "did you mean 'people'?" in snap("preview", "peple").err


def test_a_preview_of_more_rows_than_there_are_shows_all(snap: Callable[..., Ran], app: Path) -> None:
    assert len(snap("preview", "people", "--rows", "500", "--json").document["rows"]) == 30


WRONG = [
    (
        'Table("people", 30, {"kind": chioce(a=1)})',
        "line 4: NameError: name 'chioce' is not defined",
        "did you mean choice?",
    ),
    (
        'Table("people", 30, {"kind": choice(a=0.5)})',
        "line 4: choice(): a is 0.5, not a whole number",
        "write it as choice(",
    ),
    ('Table("people", 30, {"kidn": choice(a=1)})', "line 4: table people has no column 'kidn'", "did you mean 'kind'?"),
    (
        'Table("people", 30, {"rank": text("{first}")})',
        "line 4: people.rank: the column is integer",
        "write integer(), ",
    ),
    (
        'Table("orders", 60, {"person_id": ref("people", at_least=9)})',
        "line 4: orders.person_id: 6 rows for each",
        "ask for",
    ),
    (
        'Table("likes", 60, pairs=pairs("person_id", "thing_id", score=len))',
        "its score raises TypeError",
        "correct the function",
    ),
    ("open('/nowhere/at/all')", "line 4: FileNotFoundError: ", "correct the dataset's declaration"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("code", "message", "hint"), WRONG, ids=[code for code, _, _ in WRONG])
@pytest.mark.parametrize("command", [("build", "v1", "--jobs", "2", *UNPROVED), ("preview",)], ids=["build", "preview"])
def test_a_wrong_declaration_is_two_lines_and_leaves_nothing(
    program: Callable[..., Ran], app: Path, project: Path, command: tuple[str, ...], code: str, message: str, hint: str
) -> None:
    tables = f"tables = [\n    {code},\n    Table('things', 70),\n]\n"
    (app / "dataset.py").write_text(f"from snap.dataset import *\n\n{tables}dataset = Dataset(tables=tables)\n")
    about = ("likes" if "likes" in code else "orders",) if command == ("preview",) else ()
    ran = program(*command, *about)
    assert (ran.code, ran.out) == (2, "")
    error, advice = ran.err.splitlines()
    assert error.startswith(f"error: {app}/dataset.py, line ")
    assert message in error
    assert advice.startswith("hint: ")
    assert hint in advice
    assert [*project.glob("manifests/*"), *project.glob("snapshots/*/")] == []


@pytest.mark.slow
@pytest.mark.server
def test_a_row_that_postgres_refuses_is_found_before_anything_is_published(
    snap: Callable[..., Ran], app: Path, home: Path, project: Path
) -> None:
    (app / "schema.sql").write_text(
        "CREATE TABLE people (id int PRIMARY KEY, a int NOT NULL, CONSTRAINT people_check CHECK (md5(a::text)<'1'));\n"
    )
    (app / "dataset.py").write_text("from snap.dataset import Dataset\ndataset = Dataset(rows={'people': 20})\n")
    ran = snap("build", "v1", SNAP_DATA_DIR=str(home))
    assert ran.code == 4
    assert 'new row for relation "people" violates check constraint "people_check"' in ran.err
    assert list((project / "manifests").iterdir()) == []
    assert snap("build", "v1", "--postgres", "none", SNAP_DATA_DIR=str(home)).code == 0
    document = snap("build", "v2", "--json", SNAP_PG_BIN="/nowhere").document
    (proof,) = (check for check in document["checks"] if check["name"] == "postgres")
    assert (proof["ok"], proof["detail"].partition(":")[0]) == (True, "skipped")
