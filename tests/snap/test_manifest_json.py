"""Test the manifest's text: canonical, sealed, and refused wherever it is invalid."""

import hashlib
import json
from dataclasses import replace

import pytest
from hypothesis import given

from snap.errors import SnapshotError
from snap.manifest import DataFile, Parameters, SequencePosition
from snap.manifest_json import from_json, to_json
from snap.store import Store
from tests.cases import toy
from tests.cases.manifests import manifests


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path)


def test_the_manifest_survives_a_round_trip(store):
    manifest = toy.publish(store, "v1").manifest
    assert from_json(to_json(manifest), source="x") == manifest


@pytest.mark.slow
@given(manifests())
def test_every_manifest_survives_a_round_trip_with_the_format_that_its_fields_need(manifest):
    text = to_json(manifest)
    assert from_json(text, source="x") == manifest
    assert to_json(from_json(text, source="x")) == text
    optional = (manifest.sequences, manifest.revision, manifest.statistics, manifest.edge_cases)
    assert json.loads(text)["format"] == (1 if optional == ((), None, None, None) else 2)


def test_the_format_is_the_one_that_the_fields_need(store):
    """A snap that knows only format 1 refuses format 2 with a clear error, and reads all other manifests."""
    manifest = toy.publish(store, "v1").manifest
    position = SequencePosition(schema="public", name="s", last_value=7, is_called=True)
    with_position = to_json(replace(manifest, sequences=(position,)))
    assert (json.loads(to_json(manifest))["format"], json.loads(with_position)["format"]) == (1, 2)
    for text in (
        with_position.replace('"format": 2', '"format": 1', 1),
        to_json(manifest).replace('"format": 1', '"format": 2', 1),
        to_json(manifest).replace('  "schema_sql"', '  "sequences": [],\n  "schema_sql"', 1),
    ):
        with pytest.raises(SnapshotError, match="has unknown fields, or is not written exactly as"):
            from_json(_sealed(text), source="x")


def test_a_changed_byte_anywhere_in_a_manifest_is_found(store, tmp_path):
    toy.publish(store, "v1", rows=4)
    text = (tmp_path / "manifests/v1.json").read_bytes()
    for position in range(0, len(text), 5):
        for value in (0x20, 0x0A, text[position] ^ 1):
            if value != text[position]:
                altered = text[:position] + bytes([value]) + text[position + 1 :]
                with pytest.raises((SnapshotError, UnicodeDecodeError)):
                    from_json(altered.decode(), source="manifests/v1.json")


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "null", '{"format": 1}', '{"format": "1"}'])
def test_what_is_no_manifest_is_refused(text):
    with pytest.raises(SnapshotError):
        from_json(text, source="manifests/v1.json")


def _sealed(text: str) -> str:
    """Seal an altered manifest again, as a careless editor might."""
    body = text[: text.rindex(',\n  "sha256"')]
    return f'{body},\n  "sha256": "{hashlib.sha256(body.encode()).hexdigest()}"\n}}\n'


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ('"rows": 10,', '"rows": "many",'),
        ('"created": "2026-11-22T00:00:00Z"', '"created": "yesterday"'),
        ('"estimated_db_bytes": 1', '"estimated_db_bytes": null'),
        ('"estimated_db_bytes": 1', '"estimated_db_bytes": 9223372036854775808'),
        ('"dataset": null', '"dataset": "worldchef"'),
        ('"type": "uuid"', '"type": "text"'),
        ('"nullable": false,\n', ""),
    ],
)
def test_a_manifest_that_makes_no_sense_is_refused_whatever_its_seal(store, field, value):
    text = to_json(toy.publish(store, "v1").manifest)
    assert field in text
    with pytest.raises(SnapshotError):
        from_json(_sealed(text.replace(field, value, 1)), source="manifests/v1.json")


HIDING = ["\x1b[8m", "--\rsafe", "\0", "\x9b8m", "\x7f", "\b", "\u202e", "\u2066"]


@pytest.mark.parametrize("hiding", HIDING)
def test_sql_that_a_terminal_would_hide_is_neither_written_nor_read(store, hiding):
    manifest = toy.publish(store, "v1").manifest
    sql = f"CREATE TABLE a (b int);\nCOMMENT ON TABLE a IS '{hiding}';\n"
    with pytest.raises(SnapshotError, match=r"line 2 holds the control character U\+(00|20)"):
        to_json(replace(manifest, schema_sql=sql))
    text = to_json(manifest).replace(
        json.dumps(manifest.schema_sql, ensure_ascii=False), json.dumps(sql, ensure_ascii=False)
    )
    with pytest.raises(SnapshotError, match=r"line 2 holds the control character U\+(00|20)"):
        from_json(_sealed(text), source="manifests/v1.json")


def test_lines_may_end_as_windows_ends_them_and_hold_tabs(store):
    manifest = replace(toy.publish(store, "v1").manifest, schema_sql="SELECT\r\n\t'é ❤';\r\n")
    assert from_json(to_json(manifest), source="x") == manifest


@pytest.mark.parametrize("scale", ["1e999999999", "1/0", "0", "-1", "1" * 5000, "0.5", "1/3 "])
def test_a_scale_that_is_no_fraction_of_few_digits_is_refused_at_once(store, scale):
    parameters = Parameters(dataset="toy", profile="staging", scale=scale, sets=(), seed=1, as_of="2026-11-01")
    text = to_json(replace(toy.publish(store, "v1").manifest, parameters=parameters))
    with pytest.raises(SnapshotError, match="is not a scale"):
        from_json(text, source="manifests/v1.json")


@pytest.mark.parametrize("path", ["../other", "/etc/passwd", "a/../../b", "", "a\\b", "./a", "a//b"])
def test_a_path_that_leaves_the_folder_is_refused(store, path):
    manifest = toy.publish(store, "v1").manifest
    text = to_json(manifest).replace('"path": "datapackage.json"', f'"path": {json.dumps(path)}')
    with pytest.raises(SnapshotError, match="outside the snapshot's folder"):
        from_json(_sealed(text), source="manifests/v1.json")


@pytest.fixture
def with_media(store):
    manifest = toy.publish(store, "v1").manifest
    media = DataFile(path="media/b.webp", bytes=1, sha256="0" * 64, role="media")
    return replace(manifest, extra_files=(*manifest.extra_files, media))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"role": "media"', '"role": "cache"'),
        ('"role": "media"', '"role": null'),
        ('"path": "media/b.webp"', '"path": "other/b.webp"'),
        ('"path": "media/b.webp"', '"path": "media/../b.webp"'),
    ],
)
def test_a_manifest_with_other_roles_or_places_is_refused(with_media, before, after):
    text = to_json(with_media)
    assert before in text
    assert from_json(text, source="x") == with_media
    with pytest.raises(SnapshotError):
        from_json(_sealed(text.replace(before, after, 1)), source="x")


def test_a_tables_file_has_no_role(with_media):
    text = to_json(with_media)
    digest = with_media.tables[0].files[0].sha256
    with pytest.raises(SnapshotError, match="lacks or misstates"):
        from_json(_sealed(text.replace(f'"sha256": "{digest}"', f'"sha256": "{digest}", "role": "media"')), source="x")
