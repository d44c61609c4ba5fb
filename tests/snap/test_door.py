"""Test `import snap`: its public names, imported lazily, and typed."""

from __future__ import annotations

import inspect
import subprocess
import sys
import textwrap
from dataclasses import fields
from pathlib import Path
from types import ModuleType

import pytest

import snap
from snap_cli import build, capture, check, diff, publish, restore
from tests.paths import ROOT

FUNCTIONS = ("build", "capture", "check", "clone", "cloned", "diff", "drop", "edge", "edges", "publish", "restore")


def python(code: str) -> str:
    """Run `code` in a separate Python, and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], check=False, capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
@pytest.mark.process
def test_no_module_of_the_same_name_hides_a_function() -> None:
    """Importing a submodule sets it as an attribute of its package, which hides a public function of the same name."""
    said = python(
        """
        import importlib, pkgutil
        import snap, snap_builder, snap_cli, snap_ops, snap_restorer
        count = 0
        for package in (snap, snap_builder, snap_cli, snap_ops, snap_restorer):
            for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
                if not found.name.endswith("__main__") and ".datasets.worldchef" not in found.name:
                    importlib.import_module(found.name)
                    count += 1
        for name in snap.__all__:
            print(name, type(getattr(snap, name)).__name__)
        for package in (snap_builder, snap_restorer):
            for name in package.__all__:
                assert type(getattr(package, name)).__name__ != "module", (package, name)
        assert count > 150, count
        """
    )
    kinds = dict(line.split() for line in said.splitlines())
    assert kinds == dict.fromkeys(FUNCTIONS, "function") | {"errors": "module", "__version__": "str"}


def test_importing_snap_imports_nothing_else() -> None:
    said = python("import sys, snap; print(*(name for name in sys.modules if name.startswith('snap')))")
    assert set(said.split()) == {"snap", "snap.version"}


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'snap' has no attribute 'push'"):
        snap.push  # noqa: B018
    assert set(FUNCTIONS) <= set(dir(snap))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_is_documented_and_typed(name: str) -> None:
    function = getattr(snap, name)
    assert inspect.getdoc(function)
    signature = inspect.signature(function)
    assert all(parameter.annotation is not inspect.Parameter.empty for parameter in signature.parameters.values())
    assert signature.return_annotation is not inspect.Signature.empty


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("build", build),
        ("capture", capture),
        ("check", check),
        ("diff", diff),
        ("publish", publish),
        ("restore", restore),
    ],
)
def test_a_function_takes_what_its_command_takes_with_the_same_defaults(name: str, command: ModuleType) -> None:
    parameters = inspect.signature(getattr(snap, name)).parameters
    options = {field.name: field for field in fields(command.Options)}
    assert parameters.keys() - {"root"} == options.keys()
    for key, field in options.items():
        default = parameters[key].default
        if default is not inspect.Parameter.empty and not (key == "sets" and default is None):
            assert default == field.default, key


@pytest.mark.slow
def test_the_types_of_the_door_are_seen_by_a_checker(tmp_path: Path) -> None:
    """A type checker knows the result of each function, and refuses an unknown mode, as in an editor."""
    (tmp_path / "project.py").write_text(
        textwrap.dedent(
            """
            import snap

            reveal_type(snap.restore("v3", "postgresql://localhost/app", mode="sync"))
            reveal_type(snap.diff("v2", "v3"))
            reveal_type(snap.diff("v2", "v3", db="host=x"))
            reveal_type(snap.check("v3"))
            with snap.cloned("v3") as url:
                reveal_type(url)
            try:
                snap.restore("v3", mode="merge")
            except snap.errors.TargetError as error:
                reveal_type(error.unchanged)
            """
        )
    )
    words = ["--config-file", str(ROOT / "pyproject.toml"), "--cache-dir", str(tmp_path), str(tmp_path / "project.py")]
    done = subprocess.run([sys.executable, "-m", "mypy", *words], check=False, capture_output=True, text=True, cwd=ROOT)
    revealed = [line.split('"')[1] for line in done.stdout.splitlines() if "Revealed type" in line]
    assert revealed == [
        "snap_restorer.result.RestoreResult",
        "snap.compare.model.Diff",
        "snap.compare.model.ThreeWay",
        "tuple[snap.manifest.Finding, ...]",
        "str",
        "bool",
    ], done.stdout
    assert done.stdout.count("error:") == 1
    assert 'Argument "mode" to "restore"' in done.stdout
