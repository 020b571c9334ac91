"""Images in a row as one file: a strip (PNG) or a film (GIF, animated WebP, WebM).

Every file says that what it shows was generated (IPTC's trainedAlgorithmicMedia), and the same
images give the same bytes.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin

from ml_engine.config import TRAINED_ALGORITHMIC_MEDIA, synthetic_packet
from ml_engine.generators.parts.sheets import sheet
from ml_engine.latents.webm import webm_of_webp

LEAST_SIDE = 128
"""Of a film's pictures: smaller ones are enlarged, each pixel to a square, as players blur them."""
FASTEST = 50
"""Images a second; GIF knows no shorter time than a fiftieth that browsers keep to."""


def strip(images: NDArray[np.uint8], columns: int | None = None) -> bytes:
    """A PNG of images uint8 (N, C, H, W) side by side, in rows of `columns`; else in one row.

    Raises `ValueError` where they do not fill their rows.
    """
    columns = columns or len(images)
    if not len(images) or len(images) % columns:
        raise ValueError(f"{len(images)} images do not fill rows of {columns}.")
    marked = PngImagePlugin.PngInfo()
    marked.add_itxt("XML:com.adobe.xmp", synthetic_packet().decode())
    return _saved(sheet(images, columns), format="PNG", pnginfo=marked)


def film(images: NDArray[np.uint8], kind: str, rate: float = 12.0) -> bytes:
    """A film of images uint8 (N, C, H, W), C being 1 or 3, `rate` a second, as one of `KINDS`.

    GIF and WebP repeat for ever; how often WebM does says who plays it. Raises `ValueError` for
    another kind, a rate outside (0, 50], or without an image.
    """
    if kind not in KINDS:
        raise ValueError(f"A film is {', '.join(KINDS)}, not {kind!r}.")
    if not 0 < rate <= FASTEST:
        raise ValueError(f"A film shows up to {FASTEST} images a second, not {rate:g}.")
    if not len(images):
        raise ValueError("A film needs an image.")
    scale = math.ceil(LEAST_SIDE / min(images.shape[2:]))
    large = images.repeat(scale, axis=2).repeat(scale, axis=3)
    frames = [
        Image.fromarray(image[0] if len(image) == 1 else image.transpose(1, 2, 0))
        for image in large
    ]
    return KINDS[kind](frames, rate)


def _gif(frames: list[Image.Image], rate: float) -> bytes:
    if frames[0].mode == "RGB":
        # One palette for all, without dither, or still parts of the picture would flicker.
        every = np.concatenate([np.asarray(frame) for frame in frames])
        palette = Image.fromarray(every).quantize(256)
        frames = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    return _animated(frames, rate, format="GIF", comment=TRAINED_ALGORITHMIC_MEDIA)


def _webp(frames: list[Image.Image], rate: float) -> bytes:
    coloured = [frame.convert("RGB") for frame in frames]
    return _animated(coloured, rate, format="WEBP", lossless=True, xmp=synthetic_packet())


def _animated(frames: list[Image.Image], rate: float, **options: Any) -> bytes:
    shown = round(1000 / rate)
    return _saved(
        frames[0], save_all=True, append_images=frames[1:], duration=shown, loop=0, **options
    )


def _webm(frames: list[Image.Image], rate: float) -> bytes:
    stills = (_saved(frame.convert("RGB"), format="WEBP", quality=90) for frame in frames)
    return webm_of_webp(list(stills), rate, frames[0].size)


def _saved(image: Image.Image, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, **options)
    return buffer.getvalue()


KINDS: Mapping[str, Callable[[list[Image.Image], float], bytes]] = {
    "gif": _gif,
    "webp": _webp,
    "webm": _webm,
}
"""How each kind is made of its frames and their rate."""
