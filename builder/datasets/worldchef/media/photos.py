"""The photos: which dish on which table under which key, how large, and in which format."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np

from builder.datasets.worldchef.media import dishes, light
from builder.datasets.worldchef.media.canvas import Canvas, Draws
from builder.datasets.worldchef.media.light import Pixels
from builder.seeds import Seeds

_SEED = 20_250_624  # the photos are the same for every seed of the tables
_TAKEN = "2026:10:03 12:30:00"
_MAKE, _MODEL, _ORIENTATION, _DATE = 0x010F, 0x0110, 0x0112, 0x0132  # EXIF tags
_HUFFMAN_ONLY = 2  # zlib's strategy without a search for matches, which its makers may tune
_CLEAR = 1.02  # plate radii from the middle at which a cut-out ends

Draw = Callable[[Canvas], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """One fixture. `zoom` is the plate's radius over the picture's shorter side, `centre` its place in parts of both.

    `turned`: the camera was held upright, so the pixels lie on their side and EXIF says how to turn them. `doubled`: the
    picture is drawn at half its size. `cut`: what is around the plate is transparent.
    """

    key: str
    dish: Draw
    table: Draw
    size: tuple[int, int]
    zoom: float = 0.44
    centre: tuple[float, float] = (0.5, 0.5)
    quality: int = 88
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
    _recipe(0, dishes.rice_bowl, dishes.pale_wood, 1200, 900, camera=True),
    _recipe(1, dishes.spaghetti, dishes.wooden, 1200, 900, zoom=0.5, centre=(0.47, 0.52)),
    _recipe(2, dishes.green_curry, dishes.linen, 1024, 1024),
    _recipe(3, dishes.green_salad, dishes.marble, 900, 1200, camera=True, turned=True),
    _recipe(4, dishes.pancakes, dishes.blue_cloth, 1080, 1080, zoom=0.47),
    _recipe(5, dishes.greek_salad, dishes.dark_wood, 1280, 960, zoom=0.48, progressive=True),
    _recipe(6, dishes.tacos, dishes.marble, 1200, 800, zoom=0.52, centre=(0.52, 0.5)),
    _recipe(7, dishes.pizza, dishes.checked, 4000, 3000, zoom=0.42, camera=True, doubled=True, quality=86),
    _recipe(8, dishes.fried_rice, dishes.blue_cloth, 1024, 768),
    _recipe(9, dishes.pad_thai, dishes.wooden, 1200, 900, zoom=0.49, centre=(0.54, 0.51)),
    _recipe(10, dishes.sushi, dishes.linen, 1600, 1066, zoom=0.46),
    _recipe(11, dishes.steak, dishes.slate, 1200, 900, zoom=0.46, centre=(0.46, 0.5)),
    _recipe(12, dishes.pumpkin_soup, dishes.slate, 800, 600),
    _recipe(13, dishes.chilli, dishes.dark_wood, 1024, 1024, zoom=0.46),
    _recipe(14, dishes.bibimbap, dishes.wooden, 1080, 1350, zoom=0.46),
    _recipe(15, dishes.stir_fry, dishes.pale_wood, 640, 480),
    _recipe(16, dishes.dumplings, dishes.dark_wood, 1200, 900, zoom=0.5),
    _recipe(17, dishes.dal, dishes.pale_wood, 900, 900),
    _recipe(18, dishes.ramen, dishes.blue_cloth, 1280, 960, zoom=0.46, full_colour=True),
    _recipe(19, dishes.tikka, dishes.dark_wood, 1200, 900, zoom=0.47, centre=(0.5, 0.53)),
    _recipe(20, dishes.tomato_soup, dishes.linen, 1080, 1080),
    _recipe(21, dishes.pesto_pasta, dishes.checked, 1200, 900, zoom=0.48, centre=(0.52, 0.48)),
    _recipe(22, dishes.ratatouille, dishes.wooden, 1200, 800, zoom=0.49),
    _recipe(23, dishes.fruit_tart, dishes.marble, 1600, 1200, quality=92),
    Photo(key="formats/cutout.png", dish=dishes.caprese, table=dishes.linen, size=(480, 480), zoom=0.48, cut=True),
    Photo(key="formats/grey.jpg", dish=dishes.pesto_pasta, table=dishes.wooden, size=(800, 600), grey=True),
    Photo(key="formats/lossless.webp", dish=dishes.greek_salad, table=dishes.linen, size=(320, 320), zoom=0.48, cut=True, lossless=True),
    Photo(key="formats/lossy.webp", dish=dishes.stir_fry, table=dishes.checked, size=(1200, 900), quality=80),
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
    taken = light.grain(taken, draws, 6)
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
