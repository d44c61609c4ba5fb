"""Test the Dockerfile and its context: a linter's rules, the labels, and the folders that are left alone."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from snap.errors import SnapError, UsageError
from snap.store import Snapshot
from snap_restorer.image.context import ImageRequest, digest_of, require_free, tag, write_image

pytestmark = [pytest.mark.server, pytest.mark.slow]
VOLUME = Path("/var/lib/postgresql")  # of the base image: what lies in it is not part of an image


def instructions(text: str) -> Iterator[tuple[str, str]]:
    """Yield the instructions of a Dockerfile, each on one line."""
    lines = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    for line in re.sub(r"\\\n\s*", "", lines).splitlines():
        if line.strip():
            word, _, rest = line.partition(" ")
            yield word, rest


def problems(folder: Path) -> list[str]:
    """Return the errors in a Dockerfile and its context, by a linter's rules and by snap's own."""
    steps = list(instructions((folder / "Dockerfile").read_text("utf-8")))
    words = [word for word, _ in steps]
    said = [f"{word} is none of the words" for word in words if word not in KNOWN]
    if words[0] != "FROM" or not re.fullmatch(r"postgres:\d+", steps[0][1]):
        said.append("FROM names no major version of postgres")
    if "USER" not in words or steps[words.index("USER")][1] == "root" or words.count("USER") != 1:
        said.append("it runs as root")
    for word, rest in steps:
        if re.search(r"PASSWORD|SECRET|TOKEN", rest):
            said.append(f"{word} names a secret")
        if word in {"CMD", "ENTRYPOINT"} and not isinstance(json.loads(rest), list):
            said.append(f"{word} runs a shell")
        if word == "COPY":
            *sources, place = [part for part in rest.split() if not part.startswith("--")]
            said += [f"{source} is not in the context" for source in sources if not (folder / source).exists()]
            said += [f"{place} lies in the volume"] if Path(place).is_relative_to(VOLUME) else []
            said += ["a folder without an end"] if len(sources) > 1 and not place.endswith("/") else []
        if word == "ENV" and (data := re.search(r"PGDATA=(\S+)", rest)) and Path(data[1]).is_relative_to(VOLUME):
            said.append("PGDATA lies in the volume")
    kept = {line[1:] for line in (folder / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")}
    copied = {part for word, rest in steps if word == "COPY" for part in rest.split()[:-1] if not part.startswith("--")}
    return said + ([] if kept == copied else [".dockerignore keeps other files than COPY names"])


KNOWN = {"FROM", "LABEL", "ENV", "COPY", "USER", "HEALTHCHECK", "ENTRYPOINT", "CMD"}


def asked(folder: Path, **options: bool) -> ImageRequest:
    return ImageRequest(folder=folder, database="ship", written_by="snap test", **options)


def test_the_dockerfile_keeps_to_the_rules(image: Path) -> None:
    assert problems(image) == []
    if (linter := shutil.which("hadolint")) is not None:
        subprocess.run([linter, image / "Dockerfile"], check=True)


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("USER postgres", "USER root", "it runs as root"),
        (r"FROM postgres:\d+", "FROM postgres", "FROM names no major version of postgres"),
        ("/var/lib/snap/data", "/var/lib/postgresql/data", "PGDATA lies in the volume"),
        ("POSTGRES_DB=", "POSTGRES_PASSWORD=x POSTGRES_DB=", "ENV names a secret"),
        ("COPY entrypoint.sh", "COPY absent.sh", "absent.sh is not in the context"),
    ],
)
def test_the_rules_find_what_is_wrong(image: Path, tmp_path: Path, before: str, after: str, problem: str) -> None:
    shutil.copytree(image, tmp_path / "changed", ignore=shutil.ignore_patterns("base", "pg_wal"))
    path = tmp_path / "changed" / "Dockerfile"
    path.write_text(re.sub(before, after, path.read_text()))
    assert problem in problems(tmp_path / "changed")


def test_the_dockerfile_is_of_the_servers_major_version_and_says_what_is_in_it(image: Path, toy_v1: Snapshot) -> None:
    text = (image / "Dockerfile").read_text()
    major = (image / "seed" / "data" / "PG_VERSION").read_text().strip()
    assert f"FROM postgres:{major}\n" in text
    assert f'snap.digest="{toy_v1.manifest.digest}"' in text
    assert 'snap.version="v1"' in text
    assert digest_of(image) == toy_v1.manifest.digest
    assert "$" not in (image / "first-start.sql").read_text()
    assert (image / ".gitignore").read_text().endswith("\n*\n")


def test_a_shell_reads_the_entrypoint(image: Path) -> None:
    subprocess.run(["bash", "-n", image / "entrypoint.sh"], check=True)
    if (linter := shutil.which("shellcheck")) is not None:
        subprocess.run([linter, image / "entrypoint.sh"], check=True)


def test_a_folder_that_holds_anything_else_is_left_alone(toy_v1: Snapshot, tmp_path: Path) -> None:
    taken = tmp_path / "work"
    taken.mkdir()
    require_free(taken, force=False)
    (taken / "Dockerfile").write_text("FROM scratch\n")
    file = tmp_path / "file"
    file.write_text("")
    for folder, words in ((taken, "is not empty, and its files are not an image"), (file, "is not a folder")):
        for force in (False, True):
            with pytest.raises(UsageError, match=words) as refused:
                write_image(toy_v1, asked(folder, force=force), environment={})
            assert refused.value.option == "out"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "work"]


def test_an_image_is_replaced_when_that_is_asked_for_and_stays_where_the_new_one_fails(
    image: Path, toy_v1: Snapshot, tmp_path: Path
) -> None:
    folder = tmp_path / "v1"
    shutil.copytree(image, folder)
    (folder / "seed" / "left over").write_text("")
    with pytest.raises(UsageError, match="holds an image already") as refused:
        require_free(folder, force=False)
    assert refused.value.option == "replace"
    broken = replace(toy_v1, manifest=replace(toy_v1.manifest, schema_sql="CREATE TABLE crew ();"))
    with pytest.raises(SnapError):
        write_image(broken, asked(folder, force=True), environment=dict(os.environ))
    assert (folder / "seed" / "left over").exists()
    written = write_image(toy_v1, asked(folder, force=True), environment=dict(os.environ))
    assert not (folder / "seed" / "left over").exists()
    assert written.data.rows == 30
    assert written.bytes == sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    assert [path.name for path in tmp_path.iterdir()] == ["v1"]


def test_a_folder_of_another_image_has_no_digest(tmp_path: Path) -> None:
    assert digest_of(tmp_path) is None
    (tmp_path / "Dockerfile").write_text('FROM postgres:18\nLABEL snap.digest="x"\n')
    assert digest_of(tmp_path) is None


@pytest.mark.parametrize(
    ("database", "expected"), [("worldchef", "worldchef:v1"), ("My_App.2", "my-app-2:v1"), ("__", "snap:v1")]
)
def test_an_image_has_a_name_that_docker_takes(database: str, expected: str) -> None:
    assert tag(database, "v1") == expected
