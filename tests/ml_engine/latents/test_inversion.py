from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from ml_engine.config import InversionConfig, StopRequestedError
from ml_engine.generators.protocol import CannotEncodeError
from ml_engine.latents.inversion import invert
from ml_engine.latents.spaces import pixels, spaces
from ml_engine.randomness import normal
from tests.ml_engine.conftest import Heard, StopAfter, ignore, never
from tests.ml_engine.latents.conftest import ToyStyleGan, untrained

QUICK = {"steps": 80, "draws": 32, "threads": 1, "learning_rate": 0.1}


def searched(generator, name, images, classes, *, stop=never, hear=ignore, look=None, **settings):
    return invert(
        generator, spaces(generator)[name], images, classes,
        perceptual=look, config=InversionConfig(**{**QUICK, **settings}), seed=2,
        on_event=hear, should_stop=stop,
    )  # fmt: skip


def known_images(generator, count=6, name="z"):
    """Images that a generator can surely make, and their classes."""
    classes = torch.arange(count) % 3
    space = spaces(generator)[name]
    points = space.points(normal((count, generator.latent_size), 8, "known"), classes)
    return pixels(space, points, classes), classes.numpy()


class Pooled(nn.Module):
    """A perceptual network: the means of areas."""

    def forward(self, images):
        return nn.functional.avg_pool2d(images, 2).flatten(1)


@pytest.mark.parametrize("name", ["z", "w", "w_plus"])
def test_images_that_the_generator_can_make_are_found_again(name):
    generator = ToyStyleGan()
    images, classes = known_images(generator)
    found = searched(generator, name, images, classes, look=Pooled())
    begun = searched(generator, name, images, classes, look=Pooled(), steps=1)
    assert found.pixel_distances.mean() < 0.5 * begun.pixel_distances.mean()
    assert found.feature_distances.mean() < 0.5 * begun.feature_distances.mean()
    assert found.points.shape == (6, *spaces(generator)[name].shape)
    again = pixels(spaces(generator)[name], found.points, torch.from_numpy(classes))
    assert (again == found.images).all()


def test_without_features_pixels_alone_count():
    generator = ToyStyleGan()
    images, classes = known_images(generator)
    found = searched(generator, "z", images, classes)
    assert np.isnan(found.feature_distances).all()
    assert found.pixel_distances.max() < 0.1


def test_a_family_with_an_encoder_begins_at_its_answer():
    generator = untrained("vae")
    images, classes = known_images(generator)
    latents = generator.encode(images, classes)
    # So few and so strange draws that nothing else is near.
    found = searched(generator, "z", images, classes, steps=1, draws=1, starts=1)
    assert torch.allclose(found.points, torch.from_numpy(latents), atol=0.2)


def test_diffusion_answers_with_its_encoder():
    generator = untrained("diffusion")
    images, classes = known_images(generator)
    found = searched(generator, "z", images, classes)
    assert (found.points.numpy() == generator.encode(images, classes)).all()
    assert (generator.sample(found.points.numpy(), classes) == found.images).all()


def test_the_same_seed_finds_the_same_and_tells_how_far_it_is():
    generator = ToyStyleGan()
    images, classes = known_images(generator, count=40)
    heard = Heard()
    first = searched(generator, "z", images, classes, steps=5, hear=heard)
    again = searched(generator, "z", images, classes, steps=5)
    assert torch.equal(first.points, again.points)
    assert [event.step for event in heard] == sorted(event.step for event in heard)
    assert (heard[-1].step, heard[-1].total) == (40 * 5, 40 * 5), "in steps of one image each"


def test_it_stops_when_asked_and_says_where_there_is_no_way():
    generator = ToyStyleGan()
    images, classes = known_images(generator)
    with pytest.raises(StopRequestedError):
        searched(generator, "z", images, classes, stop=StopAfter(3))
    space = spaces(generator)["w"]
    space.has_gradients = False
    with pytest.raises(CannotEncodeError, match="point of w"):
        invert(
            generator, space, images, classes, perceptual=None, config=InversionConfig(**QUICK),
            seed=2, on_event=ignore, should_stop=never,
        )  # fmt: skip
    assert len(searched(generator, "z", images[:0], classes[:0])) == 0
