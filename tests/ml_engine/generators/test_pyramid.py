from __future__ import annotations

import pytest

from ml_engine.config import ConfigError, ImageShape
from ml_engine.config.generators import ConditionalGanConfig
from ml_engine.generators.parts.pyramid import Pyramid, pyramid, strided_pyramid


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (16, Pyramid(4, (96, 48, 24))),
        (28, Pyramid(7, (96, 48, 24))),
        (64, Pyramid(4, (96, 96, 96, 48, 24))),
        (36, Pyramid(9, (96, 48, 24))),
    ],
)
def test_maps_are_halved_until_they_are_small_and_widen_up_to_four_times(size, expected):
    assert pyramid(ImageShape(size, 1), 24, ConditionalGanConfig) == expected


@pytest.mark.parametrize("size", [30, 27, 12, 8])
def test_a_size_that_cannot_be_halved_twice_is_refused_in_the_family_s_name(size):
    with pytest.raises(ConfigError, match=rf"Conditional GAN .* divisible by 4.*size is {size}"):
        pyramid(ImageShape(size, 1), 24, ConditionalGanConfig)


@pytest.mark.parametrize(
    ("size", "expected"),
    [(28, Pyramid(7, (128, 64))), (64, Pyramid(4, (512, 256, 128, 64)))],
)
def test_maps_of_strides_alone_are_radford_s(size, expected):
    assert strided_pyramid(ImageShape(size, 1), 64, ConditionalGanConfig) == expected
