"""Making images again of any space, and what cannot be."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ml_engine.latents.spaces import spaces
from ml_engine.regeneration import largest_difference, regenerate
from tests.ml_engine.latents.conftest import ToyStyleGan, untrained

CLASSES = np.array([0, 2, 1])


@pytest.mark.parametrize("space", ["z", "w", "w_plus"])
def test_points_of_every_space_come_again_whatever_is_beside_them(space: str) -> None:
    generator = ToyStyleGan()
    latents = torch.randn(3, generator.latent_size, generator=torch.Generator().manual_seed(1))
    points = spaces(generator)[space].points(latents, torch.from_numpy(CLASSES))
    rows = points.flatten(1).numpy()
    together = regenerate(generator, rows, CLASSES, 1, space)
    alone = [regenerate(generator, rows[[i]], CLASSES[[i]], 1, space)[0] for i in range(3)]
    np.testing.assert_array_equal(together, alone)
    by_latent = regenerate(generator, latents.numpy(), CLASSES, 1)
    assert largest_difference(together, by_latent) <= 1


def test_what_does_not_fit_the_generator_is_said() -> None:
    generator = untrained("gan")
    latents = np.zeros((1, generator.latent_size), np.float32)
    for given, classes, space, told in (
        (latents[:, :-1], [0], "z", "A latent has 5 numbers; the generator takes 6 in z."),
        (latents, [3], "z", "Classes must be between 0 and 2."),
        (latents, [0], "w", "The generator has no space 'w'."),
    ):
        with pytest.raises(ValueError, match=told.replace(".", r"\.")):
            regenerate(generator, given, np.array(classes), 1, space)


def test_the_pixel_that_differs_most_tells_the_difference() -> None:
    one = np.zeros((1, 4, 4), np.uint8)
    other = one.copy()
    other[0, 1, 2], other[0, 3, 3] = 255, 7
    assert largest_difference(one, other) == largest_difference(other, one) == 255
    assert largest_difference(one, one) == 0
    with pytest.raises(ValueError, match="One image is"):
        largest_difference(one, other[:, :3])
