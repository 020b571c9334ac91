"""What can be said of an image by its pixels alone, on a scale."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Scores = NDArray[np.float64]


def brightness(images: Pixels) -> Scores:
    """The mean (N,) of all values of images (N, C, H, W), in [0, 1]."""
    return np.asarray(images.astype(np.float64).mean(axis=(1, 2, 3)) / 255)


def contrast(images: Pixels) -> Scores:
    """The deviation (N,) of the grey values of images (N, C, H, W), in [0, 1/2]."""
    return np.asarray(images.astype(np.float64).mean(axis=1).std(axis=(1, 2)) / 255)


def width(images: Pixels) -> Scores:
    """How far (N,) what stands out reaches to the left and right, as a share of the image's width.

    Of an even bar it is its width: √12 deviations of the place of what differs from the edge.
    """
    return _extent(images, axis=1)


def height(images: Pixels) -> Scores:
    """How far (N,) what stands out reaches up and down; see `width`."""
    return _extent(images, axis=2)


def _extent(images: Pixels, axis: int) -> Scores:
    mass = _standing_out(images).sum(axis=axis)
    places = np.arange(mass.shape[1]) / mass.shape[1]
    shares = mass / mass.sum(axis=1, keepdims=True).clip(1e-9)
    middle = (shares * places).sum(axis=1, keepdims=True)
    return np.asarray(np.sqrt(12 * (shares * (places - middle) ** 2).sum(axis=1)))


def _standing_out(images: Pixels) -> Scores:
    """How much (N, H, W) each pixel differs from the median of its image's edge."""
    grey = images.astype(np.float64).mean(axis=1)
    edge = np.concatenate([grey[:, 0], grey[:, -1], grey[:, :, 0], grey[:, :, -1]], axis=1)
    return np.asarray(np.abs(grey - np.median(edge, axis=1)[:, None, None]))


ATTRIBUTES: Mapping[str, Callable[[Pixels], Scores]] = {
    "brightness": brightness,
    "contrast": contrast,
    "width": width,
    "height": height,
}
"""By name: scores (N,) of images uint8 (N, C, H, W)."""
