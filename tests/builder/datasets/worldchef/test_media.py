"""Test the photos of WorldChef: the listed bytes, in the formats that clients meet, under the keys in the rows.

The test reads headers by the definitions of the formats, so it needs no image library.
"""

import hashlib
import struct
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from snap.store import Store
from snap_builder import bundled
from snap_builder.datasets.worldchef.vocabulary import photo_classes
from tests.paths import ROOT

MEDIA = bundled("worldchef").media()
PHOTOS = {file.path.removeprefix("media/"): file for file in MEDIA.files}
JPEGS = [key for key in PHOTOS if key.endswith(".jpg")]
ORIENTATION, MAKE, GPS = 0x0112, 0x010F, 0x8825


@dataclass(frozen=True)
class Jpeg:
    """The facts in a JPEG's segments: its frame (ITU T.81, B.2.2) and the tags of its first EXIF directory."""

    progressive: bool
    width: int
    height: int
    sampling: tuple[int, ...]  # horizontal and vertical factors of each component, a nibble each
    exif: dict[int, bytes]


def data(key: str) -> bytes:
    return (MEDIA.folder / key).read_bytes()


def jpeg(key: str) -> Jpeg:
    body, at, exif = data(key), 2, {}
    while True:
        marker, length = struct.unpack_from(">HH", body, at)
        segment = body[at + 4 : at + 2 + length]
        if marker == 0xFFE1 and segment.startswith(b"Exif\0\0"):
            exif = tags(segment[6:])
        if marker in {0xFFC0, 0xFFC2}:
            height, width, components = struct.unpack_from(">xHHB", segment)
            return Jpeg(marker == 0xFFC2, width, height, tuple(segment[7 : 6 + 3 * components : 3]), exif)
        at += 2 + length


def tags(tiff: bytes) -> dict[int, bytes]:
    """Return the value of each tag in the first directory, also of values that are stored elsewhere."""
    order = {b"II": "<", b"MM": ">"}[tiff[:2]]
    (start,) = struct.unpack_from(f"{order}I", tiff, 4)
    (count,) = struct.unpack_from(f"{order}H", tiff, start)
    read = {}
    for entry in range(start + 2, start + 2 + 12 * count, 12):
        tag, kind, length = struct.unpack_from(f"{order}HHI", tiff, entry)
        at = struct.unpack_from(f"{order}I", tiff, entry + 8)[0] if kind == 2 and length > 4 else entry + 8
        read[tag] = tiff[at : at + max(length, 4)]
    return read


def size(key: str) -> tuple[int, int]:
    body = data(key)
    if key.endswith(".jpg"):
        return jpeg(key).width, jpeg(key).height
    if key.endswith(".png"):
        return struct.unpack_from(">II", body, 16)
    if body[12:16] == b"VP8L":
        bits = int.from_bytes(body[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return struct.unpack_from("<HH", body, 26)


def test_recipes_and_their_steps_name_photos_that_are_there_and_most_of_them():
    recipes = str(ROOT / "snapshots/v3/recipes/*.parquet")
    query = """
        SELECT DISTINCT unnest([media_url] || json_extract_string(instructions, '$[*].image_url')) AS key
        FROM read_parquet(?)
    """
    named = {row[0] for row in duckdb.execute(query, [recipes]).fetchall() if row[0] is not None}
    there = {key for key in PHOTOS if key.startswith("recipes/")}
    assert len(there) == 24
    assert named <= there
    assert len(named) >= 18  # some show what few dishes are


def test_every_photo_of_a_recipe_is_of_a_class_of_dishes():
    shown = {f"recipes/{photo:02d}.jpg" for each in photo_classes()["class"] for photo in each["photos"]}
    assert {key for key in PHOTOS if not key.startswith("formats/")} == shown


@pytest.mark.parametrize("version", ["v1", "v2", "v3"])
def test_the_published_manifests_list_them(version):
    assert Store(ROOT).resolve(version).manifest.media == MEDIA.files


@pytest.mark.parametrize("key", PHOTOS)
def test_a_photo_is_the_bytes_that_are_listed_and_whole(key):
    body = data(key)
    assert (len(body), hashlib.sha256(body).hexdigest()) == (PHOTOS[key].bytes, PHOTOS[key].sha256)
    start, end = {
        "jpg": (b"\xff\xd8\xff", b"\xff\xd9"),
        "png": (b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82"),
        "webp": (b"RIFF" + struct.pack("<I", len(body) - 8) + b"WEBP", b""),
    }[key.rpartition(".")[2]]
    assert body.startswith(start)
    assert body.endswith(end)


def test_no_file_comes_without_being_listed_and_together_they_are_about_ten_megabytes():
    folder = Path(str(MEDIA.folder))
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert files == {*PHOTOS, "files.json"}
    assert 9_500_000 < sum(file.bytes for file in MEDIA.files) < 10_500_000


def test_no_two_photos_are_alike_and_their_sizes_differ():
    assert len({file.sha256 for file in MEDIA.files}) == len(PHOTOS) == 28
    sizes = {key: size(key) for key in PHOTOS}
    assert len(set(sizes.values())) >= 8
    assert [key for key, (width, height) in sizes.items() if width * height >= 12_000_000] == ["recipes/07.jpg"]


def test_one_lies_on_its_side_and_says_so():
    turned = [key for key in JPEGS if jpeg(key).exif.get(ORIENTATION, b"\0\1")[:2].strip(b"\0") == b"\6"]
    assert turned == ["recipes/03.jpg"]
    assert jpeg(turned[0]).width > jpeg(turned[0]).height


def test_exif_tells_no_place():
    with_exif = [jpeg(key).exif for key in JPEGS if jpeg(key).exif]
    assert len(with_exif) >= 3
    for exif in with_exif:
        assert GPS not in exif
        assert exif[MAKE].rstrip(b"\0") == b"WorldChef"


def test_one_is_progressive_one_keeps_all_its_colour_and_one_has_none():
    assert [key for key in JPEGS if jpeg(key).progressive] == ["recipes/05.jpg"]
    assert [key for key in JPEGS if jpeg(key).sampling == (0x11, 0x11, 0x11)] == ["recipes/18.jpg"]
    assert [key for key in JPEGS if len(jpeg(key).sampling) == 1] == ["formats/grey.jpg"]


def test_the_other_formats_are_a_png_with_alpha_and_webp_lossless_and_lossy():
    assert [key for key in PHOTOS if not key.endswith(".jpg")] == [
        *("formats/cutout.png", "formats/lossless.webp", "formats/lossy.webp"),
    ]
    assert data("formats/cutout.png")[25] == 6  # colour type: RGB and alpha
    assert data("formats/lossless.webp")[12:16] == b"VP8L"
    assert data("formats/lossless.webp")[24] & 0x10  # alpha is used
    assert data("formats/lossy.webp")[12:16] == b"VP8 "
