"""Datasets as the engine's studies take them."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from config.demo.datasets import Dataset, fashion_mnist
from ml_engine.config import ImageShape

if TYPE_CHECKING:
    from ml_engine.studies.pictures import Pictures


def garments() -> Dataset:
    """Fashion-MNIST. Raises `RuntimeError`, with what was tried, where it cannot be had."""
    tried: list[str] = []
    found = fashion_mnist(tried.append)
    if found is None:
        raise RuntimeError(f"Fashion-MNIST is not on this machine. {' '.join(tried)}")
    return found


def pictures(part: tuple[NDArray[np.uint8], NDArray[np.int64]], size: int) -> Pictures:
    """Grey pictures (N, H, W) at that side."""
    from ml_engine.packs import prepare
    from ml_engine.studies.pictures import Pictures

    images, classes = part
    if images.shape[1] == size:
        return Pictures(images[:, None], classes)
    shape = ImageShape(size, 1)
    return Pictures(np.stack([prepare(Image.fromarray(image), shape) for image in images]), classes)


def over_seeds(name: str, values: Sequence[float]) -> dict[str, float]:
    """The mean over seeds as FIGURE.REST, with its 95% interval from two seeds on.

    The bounds are FIGURE_low.REST and FIGURE_high.REST, as `documents.shown` reads them.
    """
    from ml_engine.measures.intervals import mean

    found = {name: fmean(values)}
    if len(values) > 1:
        figure, _, rest = name.partition(".")
        estimate = mean(np.array(values, np.float64))
        found[f"{figure}_low.{rest}"] = estimate.low
        found[f"{figure}_high.{rest}"] = estimate.high
    return found
