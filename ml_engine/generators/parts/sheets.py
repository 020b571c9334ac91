"""Sample sheets: one row a class."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ml_engine.writing import whole_file


def sheet(images: NDArray[np.uint8], columns: int) -> Image.Image:
    """Images uint8 (rows · columns, C, H, W) side by side, row by row."""
    count, channels, height, width = images.shape
    grid = images.reshape(count // columns, columns, channels, height, width)
    pixels = grid.transpose(0, 3, 1, 4, 2).reshape(-1, columns * width, channels)
    return Image.fromarray(pixels[:, :, 0] if channels == 1 else pixels)


def save_sheet(images: NDArray[np.uint8], columns: int, path: Path) -> None:
    """Write a `sheet` as one PNG, in one piece. Raises `DiskFullError`."""
    with whole_file(path) as scratch:
        sheet(images, columns).save(scratch, format="PNG")
