"""The photos: the same bytes everywhere, in the formats that clients meet, under the keys that the data name."""

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from functools import cache
from io import BytesIO
from pathlib import Path

import duckdb
import numpy as np
import pytest
from PIL import Image, ImageOps

from snap.progress import Silent
from snap.store import Store
from snap_builder.datasets import worldchef
from snap_builder.datasets.worldchef.media.photos import PHOTOS, draw, encode, pixels
from snap_builder.media import key, listing, load, make, require_same
from tests.paths import ROOT

pytestmark = pytest.mark.slow

MEDIA = worldchef.dataset().media()
LISTED = {key(file): file for file in MEDIA.files}
SMALL = ("recipes/12.jpg", "recipes/15.jpg", "formats/cutout.png", "formats/lossless.webp")
GPS = 0x8825


@cache
def small(name: str):
    """Return the file of a photo drawn at an eighth of its size."""
    photo = next(photo for photo in PHOTOS if photo.key == name)
    width, height = photo.size
    return Image.open(BytesIO(encode(photo, pixels(replace(photo, size=(width // 8, height // 8))))))


def test_the_keys_are_those_that_the_recipes_and_their_steps_name():
    recipes = str(ROOT / "snapshots/v3/recipes/*.parquet")
    query = """
        SELECT DISTINCT unnest([media_url] || json_extract_string(instructions, '$[*].image_url')) AS key
        FROM read_parquet(?)
    """
    named = {row[0] for row in duckdb.execute(query, [recipes]).fetchall() if row[0] is not None}
    assert {name for name in LISTED if not name.startswith("formats/")} == named
    assert [photo.key for photo in PHOTOS] == list(LISTED)


@pytest.mark.parametrize("version", ["v1", "v2", "v3"])
def test_the_published_manifests_list_them(version):
    manifest = Store(ROOT).resolve(version).manifest
    assert manifest.media == MEDIA.files
    assert ("pillow", Image.__version__) in manifest.written_by


def test_together_they_are_about_ten_megabytes():
    assert 9_500_000 < sum(file.bytes for file in MEDIA.files) < 10_500_000


@pytest.mark.parametrize("name", SMALL)
def test_a_photo_is_drawn_to_the_listed_bytes(name):
    data = draw(name)
    assert (len(data), hashlib.sha256(data).hexdigest()) == (LISTED[name].bytes, LISTED[name].sha256)


@pytest.mark.slow
def test_another_process_without_vector_instructions_draws_the_same_bytes():
    """Another hash seed, locale and time zone; NumPy and libjpeg-turbo with their plainest code."""
    script = (
        "import hashlib, json, sys\n"
        "from snap_builder.datasets.worldchef.media.photos import draw\n"
        "print(json.dumps({key: hashlib.sha256(draw(key)).hexdigest() for key in sys.argv[1:]}))"
    )
    features = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
    plain = {"NPY_DISABLE_CPU_FEATURES": " ".join(features), "JSIMD_FORCENONE": "1"}
    env = {**os.environ, **plain, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "7", "LC_ALL": "C", "TZ": "Asia/Tokyo"}
    done = subprocess.run([sys.executable, "-c", script, *SMALL], env=env, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == {name: LISTED[name].sha256 for name in SMALL}


@pytest.mark.slow
@pytest.mark.parametrize("photo", PHOTOS, ids=lambda photo: photo.key)
def test_every_photo_shows_something_at_any_size(photo):
    drawn = pixels(replace(photo, size=(64, 48)))
    assert drawn.shape[:2] == (48, 64)
    assert drawn[:, :, :3].std() > 15
    bare = pixels(replace(photo, size=(64, 48), dish=lambda _canvas: None))
    assert abs(drawn[12:36, 20:44, :3].astype(int) - bare[12:36, 20:44, :3]).mean() > 20


@pytest.mark.slow
def test_no_two_photos_are_alike():
    drawn = {pixels(replace(photo, size=(64, 48), cut=False)).tobytes() for photo in PHOTOS}
    assert len(drawn) == len(PHOTOS)


def test_one_lies_on_its_side_and_says_so():
    turned = [photo.key for photo in PHOTOS if photo.turned]
    assert turned == ["recipes/03.jpg"]
    image = small("recipes/03.jpg")
    assert image.getexif()[0x0112] == 6
    assert image.width > image.height
    upright = ImageOps.exif_transpose(image)
    assert upright.width < upright.height
    photo = next(photo for photo in PHOTOS if photo.turned)
    seen = pixels(replace(photo, size=upright.size)).astype(int)
    assert abs(np.asarray(upright).astype(int) - seen).mean() < 12  # what JPEG loses, not another side up


def test_exif_tells_no_place():
    with_exif = [photo.key for photo in PHOTOS if photo.camera]
    assert len(with_exif) >= 3
    for name in with_exif:
        exif = small(name).getexif()
        assert GPS not in exif
        assert exif[0x010F] == "WorldChef"


@pytest.mark.slow
def test_one_is_progressive_and_one_keeps_all_its_colour():
    found = {photo.key: small(photo.key) for photo in PHOTOS if photo.key.endswith(".jpg")}
    assert [name for name, image in found.items() if image.info.get("progressive")] == ["recipes/05.jpg"]
    sampled = {name: image.layer[0][1:3] for name, image in found.items() if image.mode == "RGB"}
    assert [name for name, factors in sampled.items() if factors == (1, 1)] == ["recipes/18.jpg"]
    assert [name for name, image in found.items() if image.mode == "L"] == ["formats/grey.jpg"]


def test_endings_tell_the_format():
    for photo in PHOTOS:
        wanted = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP"}[photo.key.rsplit(".")[-1]]
        assert small(photo.key).format == wanted
    cutout = np.asarray(small("formats/cutout.png").convert("RGBA"))
    assert cutout[0, 0, 3] == 0
    assert cutout[30, 30, 3] == 255
    assert small("formats/lossless.webp").mode == "RGBA"


def test_the_committed_list_is_read_as_it_was_written(tmp_path):
    (tmp_path / "list.json").write_text(listing(MEDIA.files, dict(MEDIA.made_by)))
    assert load(tmp_path / "list.json", draw) == replace(MEDIA, draw=draw)
    committed = Path(worldchef.__file__).with_name("media") / "files.json"
    assert committed.read_bytes() == (tmp_path / "list.json").read_bytes()


@pytest.mark.slow
def test_all_photos_are_drawn_to_the_listed_bytes(tmp_path):
    made = make(tmp_path, LISTED, draw, jobs=2, progress=Silent())
    require_same("v3", MEDIA.files, made, MEDIA)
    images = {name: Image.open(tmp_path / "media" / name) for name in LISTED}
    sizes = {image.size for image in images.values()}
    assert len(sizes) >= 8
    assert [name for name, image in images.items() if image.width * image.height >= 12_000_000] == ["recipes/07.jpg"]
    for image in images.values():
        image.load()  # no file is cut short
