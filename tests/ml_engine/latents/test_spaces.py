from __future__ import annotations

import numpy as np
import pytest
import torch

from ml_engine.generators.protocol import CannotEncodeError
from ml_engine.latents.spaces import along_arc, pixels, spaces, walked_space
from ml_engine.randomness import normal
from tests.ml_engine.latents.conftest import WALKED, ToyStyleGan, untrained

CLASSES = torch.arange(70) % 3


@pytest.mark.parametrize("family", WALKED)
def test_a_point_of_z_gives_the_bytes_that_the_generator_draws(family):
    generator = untrained(family)
    latents = normal((70, generator.latent_size), 4, "points")
    drawn = generator.sample(latents.numpy(), CLASSES.numpy())
    space = spaces(generator)["z"]
    points = space.points(latents, CLASSES)
    assert (pixels(space, points, CLASSES) == drawn).all()
    assert (pixels(space, points[[67]], CLASSES[[67]]) == drawn[67]).all()


@pytest.mark.parametrize("family", WALKED)
def test_gradients_reach_the_points_of_every_family_of_one_pass(family):
    generator = untrained(family)
    space = spaces(generator)["z"]
    points = normal((3, generator.latent_size), 4, "points").requires_grad_()
    images = space.images(points, CLASSES[:3])
    assert images.requires_grad == space.has_gradients == (not family.startswith("diffus"))
    if space.has_gradients:
        torch.autograd.backward(images[0].square().sum())
        assert points.grad is not None
        # An image's gradient reaches its own point alone.
        assert points.grad[1:].abs().max() == 0


def test_what_varies_real_images_has_no_space():
    generator = untrained("augmentation")
    assert spaces(generator) == {}
    with pytest.raises(ValueError, match="no latents that one could walk in"):
        walked_space(generator)
    with pytest.raises(CannotEncodeError):
        generator.encode(np.zeros((1, 1, 16, 16), np.uint8), np.zeros(1, np.int64))


@pytest.mark.parametrize("name", ["w", "w_plus"])
def test_a_style_is_a_point_and_gives_the_same_bytes(name):
    generator = ToyStyleGan()
    latents = normal((70, generator.latent_size), 4, "points")
    space = spaces(generator)[name]
    points = space.points(latents, CLASSES)
    assert points.shape == (70, *space.shape)
    assert (
        pixels(space, points, CLASSES) == generator.sample(latents.numpy(), CLASSES.numpy())
    ).all()
    assert walked_space(generator).name == "w"


@pytest.mark.parametrize("name", ["z", "w", "w_plus"])
def test_a_space_knows_where_the_points_of_a_class_lie(name):
    generator = ToyStyleGan()
    space = spaces(generator)[name]
    points = space.points(
        normal((4000, generator.latent_size), 9, "points"), torch.ones(4000).long()
    )
    mean = space.mean(torch.tensor([1]))[0]
    assert (points.mean(dim=0) - mean).abs().max() < 0.1
    spread = (points - mean).square().mean().sqrt()
    assert float(spread) == pytest.approx(space.deviation, rel=0.25)


@pytest.mark.parametrize("name", ["z", "w", "w_plus"])
def test_a_way_begins_at_one_point_and_ends_at_the_other(name):
    generator = ToyStyleGan()
    space = spaces(generator)[name]
    a, b = (space.points(normal((5, 4), seed, "ends"), CLASSES[:5]) for seed in (1, 2))
    assert torch.allclose(space.between(a, b, 0.0), a, atol=1e-6)
    assert torch.allclose(space.between(a, b, 1.0), b, atol=1e-6)
    shares = torch.linspace(0, 1, 5)
    mixed = space.between(a, b, shares)
    assert torch.allclose(mixed[0], a[0], atol=1e-6)
    assert torch.allclose(mixed[4], b[4], atol=1e-6)


def test_an_arc_keeps_the_length_that_a_line_would_lose():
    a, b = normal((50, 400), 1, "a"), normal((50, 400), 1, "b")
    middle = along_arc(a, b, 0.5).norm(dim=1)
    assert (middle / a.norm(dim=1)).min() > 0.9
    assert ((a + b) / 2).norm(dim=1).mean() < 0.75 * a.norm(dim=1).mean()
    assert torch.equal(along_arc(a, a, 0.3), a)
    assert torch.isfinite(along_arc(a, -a, 0.5)).all()
    assert torch.isfinite(along_arc(a, torch.zeros_like(a), 0.5)).all()
