"""The photos: which dish on which table under which key, how large, and in which format."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np

from snap_builder.datasets.worldchef.media import light, tables
from snap_builder.datasets.worldchef.media.canvas import Canvas, Draws
from snap_builder.datasets.worldchef.media.dishes import mains, noodles, rice, salads, soups, sweets
from snap_builder.datasets.worldchef.media.light import Pixels
from snap_builder.engine.seeds import Seeds

_SEED = 20_250_624  # the photos are the same for every seed of the tables
_TAKEN = "2026:10:03 12:30:00"
_MAKE, _MODEL, _ORIENTATION, _DATE = 0x010F, 0x0110, 0x0112, 0x0132  # EXIF tags
_HUFFMAN_ONLY = 2  # zlib's strategy without a search for matches, which its makers may tune
_CLEAR = 1.02  # plate radii from the middle at which a cut-out ends

Draw = Callable[[Canvas], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """One fixture. `zoom` is the plate's radius over the picture's shorter side, `centre` its place in parts of both.

    `turned`: the camera was held upright, so the pixels lie on their side and EXIF says how to turn them. `doubled`:
    the picture is drawn at half its size. `cut`: what is around the plate is transparent.
    """

    key: str
    dish: Draw
    table: Draw
    size: tuple[int, int]
    zoom: float = 0.44
    centre: tuple[float, float] = (0.5, 0.5)
    quality: int = 93
    progressive: bool = False
    full_colour: bool = False
    grey: bool = False
    lossless: bool = False
    camera: bool = False
    turned: bool = False
    doubled: bool = False
    cut: bool = False


def _recipe(number: int, dish: Draw, table: Draw, width: int, height: int, **more: Any) -> Photo:
    return Photo(key=f"recipes/{number:02d}.jpg", dish=dish, table=table, size=(width, height), **more)


PHOTOS = (
    _recipe(0, rice.rice_bowl, tables.pale_wood, 1200, 900, camera=True),
    _recipe(1, noodles.spaghetti, tables.wooden, 1200, 900, zoom=0.5, centre=(0.47, 0.52)),
    _recipe(2, rice.green_curry, tables.linen, 1024, 1024),
    _recipe(3, salads.green_salad, tables.marble, 900, 1200, camera=True, turned=True),
    _recipe(4, sweets.pancakes, tables.blue_cloth, 1080, 1080, zoom=0.47),
    _recipe(5, salads.greek_salad, tables.dark_wood, 1280, 960, zoom=0.48, progressive=True),
    _recipe(6, mains.tacos, tables.marble, 1200, 800, zoom=0.52, centre=(0.52, 0.5)),
    _recipe(7, mains.pizza, tables.checked, 4000, 3000, zoom=0.42, camera=True, doubled=True, quality=90),
    _recipe(8, rice.fried_rice, tables.blue_cloth, 1024, 768),
    _recipe(9, noodles.pad_thai, tables.wooden, 1200, 900, zoom=0.49, centre=(0.54, 0.51)),
    _recipe(10, rice.sushi, tables.linen, 1600, 1066, zoom=0.46),
    _recipe(11, mains.steak, tables.slate, 1200, 900, zoom=0.46, centre=(0.46, 0.5)),
    _recipe(12, soups.pumpkin_soup, tables.slate, 800, 600, quality=85),
    _recipe(13, soups.chilli, tables.dark_wood, 1024, 1024, zoom=0.46),
    _recipe(14, rice.bibimbap, tables.wooden, 1080, 1350, zoom=0.46),
    _recipe(15, mains.stir_fry, tables.pale_wood, 640, 480),
    _recipe(16, mains.dumplings, tables.dark_wood, 1200, 900, zoom=0.5),
    _recipe(17, soups.dal, tables.pale_wood, 900, 900),
    _recipe(18, noodles.ramen, tables.blue_cloth, 1280, 960, zoom=0.46, full_colour=True),
    _recipe(19, rice.tikka, tables.dark_wood, 1200, 900, zoom=0.47, centre=(0.5, 0.53)),
    _recipe(20, soups.tomato_soup, tables.linen, 1080, 1080),
    _recipe(21, noodles.pesto_pasta, tables.checked, 1200, 900, zoom=0.48, centre=(0.52, 0.48)),
    _recipe(22, salads.ratatouille, tables.wooden, 1200, 800, zoom=0.49),
    _recipe(23, sweets.fruit_tart, tables.marble, 1600, 1200, quality=92),
    Photo(key="formats/cutout.png", dish=salads.caprese, table=tables.linen, size=(480, 480), zoom=0.48, cut=True),
    Photo(key="formats/grey.jpg", dish=noodles.pesto_pasta, table=tables.wooden, size=(800, 600), grey=True),
    Photo(
        key="formats/lossless.webp",
        dish=salads.greek_salad,
        table=tables.linen,
        size=(320, 320),
        zoom=0.48,
        cut=True,
        lossless=True,
    ),
    Photo(key="formats/lossy.webp", dish=mains.stir_fry, table=tables.checked, size=(1200, 900), quality=80),
)
_BY_KEY = {photo.key: photo for photo in PHOTOS}


def draw(key: str) -> bytes:
    """Give the file under a key. Errors: KeyError."""
    photo = _BY_KEY[key]
    return encode(photo, pixels(photo))


def pixels(photo: Photo) -> Pixels:
    """Draw a photo, shape (height, width, channels), as people see it: not on its side."""
    draws = Draws(Seeds(_SEED, "media").stream(photo.key))
    parts = 2 if photo.doubled else 1
    width, height = (side // parts for side in photo.size)
    canvas = Canvas(width, height, photo.zoom * min(width, height), photo.centre, draws)
    photo.table(canvas)
    photo.dish(canvas)
    taken = light.photograph(canvas)
    if photo.doubled:
        taken = light.enlarge(taken)
    taken = light.grain(taken, draws, 7)
    if photo.cut:
        taken = np.concatenate([taken, light.coverage(canvas, _CLEAR)[:, :, None]], axis=2)
    return taken


def encode(photo: Photo, taken: Pixels) -> bytes:
    """Give the file of a drawn photo, in the format that its key's ending says."""
    from PIL import Image

    picture = Image.fromarray(np.ascontiguousarray(np.rot90(taken)) if photo.turned else taken)
    if photo.grey:
        picture = picture.convert("L")
    out = BytesIO()
    if photo.key.endswith(".png"):
        picture.save(out, "PNG", compress_type=_HUFFMAN_ONLY)
    elif photo.key.endswith(".webp"):
        picture.save(out, "WEBP", quality=photo.quality, lossless=photo.lossless, exact=True, method=4)
    else:
        picture.save(
            out,
            "JPEG",
            quality=photo.quality,
            subsampling=0 if photo.full_colour else 2,
            progressive=photo.progressive,
            optimize=photo.progressive,
            exif=_exif(photo),
        )
    return out.getvalue()


def _exif(photo: Photo) -> bytes:
    """Give what a camera would write, without a place; nothing for a photo that went through an editor."""
    from PIL import Image

    if not photo.camera:
        return b""
    exif = Image.Exif()
    exif[_MAKE], exif[_MODEL], exif[_DATE] = "WorldChef", "Fixture", _TAKEN
    exif[_ORIENTATION] = 6 if photo.turned else 1  # 6: to be turned a quarter clockwise
    return exif.tobytes()
