"""Pictures like photographs: as much detail at every scale as the world has, and of a photo's size.

The amplitude of natural images falls with spatial frequency (Field 1987). White noise would
cost decoders far more bytes a pixel, a plain gradient far fewer.
"""

from __future__ import annotations

import io
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

WIDTH, HEIGHT = 640, 480
FALL = 1.4
"""The exponent with which amplitude falls; with `QUALITY` it gives some 85 kB."""
QUALITY = 87
FIELDS = 24
"""Fields that pictures are mixed of, shifted anew for each, as to make them costs seconds."""
COLOURS = np.array([[1.0, 1.0, 1.0], [0.35, -0.2, 0.0], [0.0, 0.15, -0.4]], np.float32)
"""What light and two hues add to red, green and blue."""


def photo(seed: int) -> bytes:
    """A JPEG of 640 by 480; another seed, another picture."""
    random = np.random.default_rng(seed)
    chosen = random.choice(FIELDS, 3, replace=False)
    shifts = random.integers(0, (HEIGHT, WIDTH), (3, 2))
    layers = np.stack(
        [
            np.roll(_fields()[number], shift, (0, 1))
            for number, shift in zip(chosen, shifts, strict=True)
        ],
        axis=-1,
    )
    light = 120 + random.normal(0, 15) + 50 * (layers @ COLOURS)
    buffer = io.BytesIO()
    Image.fromarray(np.clip(light, 0, 255).astype(np.uint8)).save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue()


@cache
def _fields() -> list[NDArray[np.float32]]:
    random = np.random.default_rng(0)
    down = np.fft.fftfreq(HEIGHT)[:, None] * WIDTH
    across = np.fft.rfftfreq(WIDTH)[None, :] * WIDTH
    frequency = np.hypot(down, across)
    frequency[0, 0] = np.inf
    fields = []
    for _ in range(FIELDS):
        phases = random.standard_normal((2, HEIGHT, WIDTH // 2 + 1))
        field = np.fft.irfft2((phases[0] + 1j * phases[1]) * frequency**-FALL, s=(HEIGHT, WIDTH))
        fields.append((field / field.std()).astype(np.float32))
    return fields
