"""What an image looks like in numbers: sharpness, exposure, information, and what it resembles.

All is measured on a grey copy of at most thumbnail size. So sharpness says how sharp an
image looks at that size, and does not grow with the camera's resolution; of a picture that
is smaller, pixel next to pixel, it is larger. Thresholds are a project's own for that reason.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

NEARLY_BLACK = 13
"""Of 255; darker is nearly black. 5%."""
NEARLY_WHITE = 242
"""Of 255; lighter is nearly white. 95%."""
HASHED_SIDE = 32
FREQUENCIES = 8
COPY_SIDE = 16
COPY_BYTES = COPY_SIDE * COPY_SIDE
BANDS = 4
"""Parts of a perceptual hash that are looked up by themselves, of 16 bits each."""

_WAVES: NDArray[np.float64] = 2 * np.cos(
    np.pi
    * np.arange(FREQUENCIES)[:, None]
    * (2 * np.arange(HASHED_SIDE)[None] + 1)
    / (2 * HASHED_SIDE)
)
_DIAGONAL = np.add.outer(np.arange(FREQUENCIES), np.arange(FREQUENCIES)).ravel() % BANDS
_ORDER = np.argsort(_DIAGONAL, kind="stable")


@dataclass(frozen=True, slots=True)
class Measures:
    """One image in numbers; as in `QualityMeasures`."""

    sharpness: float
    brightness: float
    dark_share: float
    bright_share: float
    entropy: float
    perceptual_hash: int
    grey_copy: bytes


def image_measures(small: Image.Image) -> Measures:
    """Measure a picture of mode L or RGB that is no larger than a thumbnail."""
    grey = small if small.mode == "L" else small.convert("L")
    counts = np.asarray(grey.histogram(), np.float64)
    shares = counts / counts.sum()
    present = shares[shares > 0]
    tiny = np.asarray(grey.resize((HASHED_SIDE, HASHED_SIDE), Image.Resampling.LANCZOS), np.float32)
    return Measures(
        sharpness=_laplacian_variance(np.asarray(grey)),
        brightness=float(shares @ np.arange(256)) / 255,
        dark_share=float(shares[:NEARLY_BLACK].sum()),
        bright_share=float(shares[NEARLY_WHITE + 1 :].sum()),
        entropy=abs(float(present @ np.log2(present))),
        perceptual_hash=_perceptual_hash(tiny),
        grey_copy=_halved(tiny),
    )


def _laplacian_variance(grey: NDArray[np.uint8]) -> float:
    """Variance of the Laplacian (Pech-Pacheco et al. 2000), without the border; 0 of a line."""
    if min(grey.shape) < 3:  # noqa: PLR2004 — the operator's own width.
        return 0.0
    pixels = grey.astype(np.int16)
    inner = pixels[1:-1, 1:-1]
    laplacian = (
        pixels[:-2, 1:-1] + pixels[2:, 1:-1] + pixels[1:-1, :-2] + pixels[1:-1, 2:] - 4 * inner
    )
    return float(laplacian.astype(np.float32).var())


def _perceptual_hash(tiny: NDArray[np.float32]) -> int:
    """The DCT hash of Zauner (2010) as `imagehash.phash` has it, signed, in another order of bits.

    Neighbouring frequencies of small pictures go together, so a part of adjoining bits has
    few values. Every fourth diagonal makes a part here: of Fashion-MNIST, an image then shares
    its parts with a third as many others.
    """
    low = _WAVES @ tiny @ _WAVES.T
    bits = (low > np.median(low)).ravel()[_ORDER]
    return int.from_bytes(np.packbits(bits).tobytes(), "big", signed=True)


def _halved(tiny: NDArray[np.float32]) -> bytes:
    means = tiny.reshape(COPY_SIDE, 2, COPY_SIDE, 2).mean(axis=(1, 3))
    copy: bytes = means.round().astype(np.uint8).tobytes()
    return copy
