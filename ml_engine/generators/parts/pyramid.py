"""The sizes of maps between an image and the smallest that a convolutional family has."""

from __future__ import annotations

from dataclasses import dataclass

from ml_engine.config import GeneratorConfig, ImageShape

WIDEST = 4
"""The smallest maps have this many times the base width."""
DCGAN_WIDEST = 8


@dataclass(frozen=True)
class Pyramid:
    """How often an image is halved, down to which side, and how wide its maps are."""

    side: int
    """Of the smallest maps."""
    widths: tuple[int, ...]
    """Feature maps from the smallest to the image's size: one more than there are halvings."""


def pyramid(
    shape: ImageShape, width: int, config: type[GeneratorConfig], widest: int = WIDEST
) -> Pyramid:
    """The maps of images of `shape`, `width` wide at full size, doubling to `widest` times that.

    Raises `ConfigError`, in the name of the family of `config`, as `ImageShape.halvings` does.
    """
    halvings = shape.halvings(config.title)
    widths = tuple(width * min(widest, 2**i) for i in range(halvings, -1, -1))
    return Pyramid(shape.size >> halvings, widths)


def strided_pyramid(shape: ImageShape, width: int, config: type[GeneratorConfig]) -> Pyramid:
    """As `pyramid`, where the image itself is what the last stride gives: widths end at half the
    image's size with `width`, and double to eight times that (Radford et al. 2016, figure 1)."""
    whole = pyramid(shape, width, config, widest=2 * DCGAN_WIDEST)
    return Pyramid(whole.side, tuple(w // 2 for w in whole.widths[:-1]))
