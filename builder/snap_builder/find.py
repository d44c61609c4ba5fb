"""Import and compile a dataset: dataset.py of a project, or a bundled one, with the schema beside it."""

from __future__ import annotations

import difflib
import hashlib
import importlib
import importlib.util
import re
import socket
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import ModuleType

from snap.checks import RuleSet, load_rules
from snap.errors import ServiceError, UsageError
from snap.schema import Schema
from snap.schema_json import read_schema_json
from snap_builder import declare
from snap_builder.bundle import completed
from snap_builder.compiled.compile import compile_dataset
from snap_builder.dataset import Dataset
from snap_builder.declare import Dataset as Declared
from snap_builder.declare.checked import PlacedError
from snap_builder.declare.edges import NUMBER
from snap_builder.declare.maker import Maker
from snap_builder.declare.own_code import place, said, way
from snap_builder.locating import FILE, SCHEMA, VARIABLE, Source
from snap_builder.revision import code_of, revision_of
from snap_builder.words import locales
from snap_builder.words.lists import LISTS


@cache
def bundled(name: str) -> Dataset:
    """Return a dataset that comes with snap.

    The dataset is declared like a project's dataset. The schema as a Postgres has read it is kept in a file, so no
    Postgres is needed.
    """
    file = Path(str(files("snap_builder.datasets"))) / name / FILE
    package = importlib.import_module(f"snap_builder.datasets.{name}")
    module = importlib.import_module(f"{package.__name__}.{file.stem}")
    source = Source(name=name, file=file, variable=VARIABLE, schema=file.parent / SCHEMA)
    dataset = completed(_compiled(source, _declared(source, module), _kept_schema), package, file.parent)
    return replace(dataset, origin=name)


def found_again(origin: Source | str) -> Dataset:
    """Load a dataset in a worker process, from the origin that another process has sent.

    Errors: UsageError, ServiceError.
    """
    if isinstance(origin, str):
        return bundled(origin)
    for path in (origin.file, origin.schema, origin.schema.with_suffix(".json")):
        if not path.is_file():
            raise ServiceError(
                f"worker {socket.gethostname()} does not see {path}",
                "mount the project's folder on every worker, under the same path",
            )
    return load(origin, _kept_schema)


def _kept_schema(script: Path, source: bytes) -> Schema:
    schema = read_schema_json(script.with_suffix(".json").read_bytes(), source)
    if schema is None:
        raise UsageError(
            f"schema.json beside {script} was made from another script, or by another version of snap",
            "remove it: the next build makes it again",
        )
    return schema


def load(source: Source, read: Callable[[Path, bytes], Schema]) -> Dataset:
    """Import a declaration and compile it.

    `read` returns the schema that a script makes, from its path and its bytes.

    Errors: UsageError with the place in the file, if the file raises an error or declares something impossible.
    """
    if not source.schema.is_file():
        raise UsageError(f"{source.file} has no {SCHEMA} beside it", "put the SQL that creates the tables there")
    return replace(_compiled(source, _declared(source, _imported(source.file)), read), origin=source)


def _compiled(source: Source, declared: Declared, read: Callable[[Path, bytes], Schema]) -> Dataset:
    script = source.schema.read_bytes()
    schema, rules = read(source.schema, script), _rules(source, declared)
    try:
        return compile_dataset(
            source.name, declared, schema, rules, revision=_revision(source, declared, script, schema)
        )
    except PlacedError:
        raise
    except UsageError as error:
        raise UsageError(f"{source.file}: {error.message}", error.hint) from None


def _declared(source: Source, module: ModuleType) -> Declared:
    declared = getattr(module, source.variable, None)
    if not isinstance(declared, Declared):
        raise UsageError(
            f"{source.file} has no Dataset called {source.variable!r}",
            f"write {source.variable} = Dataset(…) into it, imported from snap.dataset",
        )
    return declared


def _rules(source: Source, declared: Declared) -> RuleSet:
    if declared.checks is None:
        return RuleSet()
    folder = source.file.parent / declared.checks
    if not folder.is_dir():
        raise UsageError(
            f"{source.file} names the folder {folder} for checks, but there is no such folder", "create it"
        )
    try:
        return load_rules(folder, {})
    except ValueError as error:
        raise UsageError(f"{folder}: {error}", "correct the rule") from None


def _imported(file: Path) -> ModuleType:
    """Import a file under a module name of its own, so that files of the same name do not clash."""
    name = f"snap_dataset_{hashlib.sha256(str(file.resolve()).encode()).hexdigest()[:12]}"
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses of the file look up their module here
    sys.path.insert(0, str(file.parent))
    try:
        spec.loader.exec_module(module)
    except UsageError as error:
        raise UsageError(f"{place(file, error)}: {error.message}", error.hint) from None
    except (Exception, SystemExit) as error:  # noqa: BLE001 - user-defined code may raise anything
        message = f"{place(file, error)}: {said(error)}{way(file, error)}"
        raise UsageError(message, _hint(error)) from None
    finally:
        sys.path.remove(str(file.parent))
        # Forget the modules beside the file: another dataset may have modules of the same names.
        for other, beside in tuple(sys.modules.items()):
            if other != name and Path(getattr(beside, "__file__", None) or "").is_relative_to(file.parent):
                del sys.modules[other]
    return module


def _hint(error: BaseException) -> str:
    """Return a hint for an error in a declaration, such as a word that is misspelt or not imported."""
    if isinstance(error, NameError) and error.name in declare.__all__:
        return f"write from snap.dataset import {error.name}"
    named = re.search(r"(?:cannot import name|name) '(\w+)'", said(error))
    near = difflib.get_close_matches(named[1], declare.__all__, n=1) if named else []
    return f"did you mean {near[0]}?" if near else "correct the dataset's declaration"


def _revision(source: Source, declared: Declared, script: bytes, schema: Schema) -> str:
    """Return the hash of everything that determines a dataset's values.

    The hash covers the schema script, its fixed rows, the Python files, the version numbers of the words, the word
    lists, and the files that words read. The fixed rows count because the script may insert other values each time that
    it runs, such as moments and uuids. Comments and layout of the Python files do not count.
    """
    rows = (fixed.table.encode() + fixed.data for fixed in schema.fixed)
    code = (code_of(file.read_bytes()) for file in sorted(source.file.parent.rglob("*.py")))
    words = [("edges", NUMBER), *((word.__name__, word.number) for word in _words(Maker))]
    numbers = repr(sorted(words)).encode()
    makers = (word for table in declared.tables for word in (*table.columns.values(), *table.traits.values()))
    lists = ("\n".join((name, *words)).encode() for name, words in LISTS.items())
    read = (file for word in makers for file in word.files())
    parts = (script, *rows, *code, numbers, *lists, *locales.contents(), *read)
    return revision_of(parts)


def _words(kind: type[Maker]) -> list[type[Maker]]:
    """Return the classes of the words that come with snap, without classes that other code derives from them."""
    children = [child for child in kind.__subclasses__() if child.__module__.startswith(f"{declare.__name__}.")]
    return [word for child in children for word in (child, *_words(child))]
