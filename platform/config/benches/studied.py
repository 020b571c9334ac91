"""Datasets as the engine's studies take them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ml_engine.config import ImageShape

if TYPE_CHECKING:
    from ml_engine.studies.pictures import Pictures


def pictures(part: tuple[NDArray[np.uint8], NDArray[np.int64]], size: int) -> Pictures:
    """Grey pictures (N, H, W) at that side."""
    from ml_engine.packs import prepare
    from ml_engine.studies.pictures import Pictures

    images, classes = part
    if images.shape[1] == size:
        return Pictures(images[:, None], classes)
    shape = ImageShape(size, 1)
    return Pictures(np.stack([prepare(Image.fromarray(image), shape) for image in images]), classes)
