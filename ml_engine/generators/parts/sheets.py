"""Sample sheets: one row a class."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ml_engine.writing import whole_file


def save_sheet(images: NDArray[np.uint8], columns: int, path: Path) -> None:
    """Write images uint8 (rows · columns, C, H, W) as one PNG, row by row, in one piece.

    Raises `DiskFullError`.
    """
    count, channels, height, width = images.shape
    grid = images.reshape(count // columns, columns, channels, height, width)
    sheet = grid.transpose(0, 3, 1, 4, 2).reshape(-1, columns * width, channels)
    with whole_file(path) as scratch:
        Image.fromarray(sheet[:, :, 0] if channels == 1 else sheet).save(scratch, format="PNG")
