from __future__ import annotations

import numpy as np
import pytest
import torch

from ml_engine.classifiers.inference import Predictions
from ml_engine.latents.attributes import ATTRIBUTES
from ml_engine.latents.directions import (
    Direction,
    along_scores,
    between_kinds,
    factorised,
    spread_most,
    without,
)
from ml_engine.latents.effects import effect
from ml_engine.latents.layers import first_weights
from ml_engine.latents.spaces import pixels, spaces
from ml_engine.randomness import normal
from tests.ml_engine.latents.conftest import LATENT, WALKED, ToyStyleGan, untrained

WITH_LAYERS = [family for family in WALKED if not family.startswith(("diffus", "pca"))]
"""Without those that have none, and one that is all zeros before it is trained."""


def drawn(generator, name="z", count=600):
    classes = torch.arange(count) % 3
    space = spaces(generator)[name]
    return space, space.points(normal((count, generator.latent_size), 8, "drawn"), classes), classes


def test_examples_of_two_kinds_tell_the_way_between_them():
    space, points, _ = drawn(ToyStyleGan())
    truth = torch.tensor([0.6, 0.0, -0.8, 0.0])
    found = between_kinds(space, points, (points @ truth > 0.5).numpy(), seed=1)
    assert float(found.normal @ truth) > 0.97
    assert float(found.normal.norm()) == pytest.approx(1)
    assert found.weight > 0.95
    blind = between_kinds(space, points, np.arange(len(points)) % 2 == 0, seed=1)
    assert 0.4 < blind.weight < 0.6
    moved = found.moved(points, 2.0)
    assert torch.allclose(moved - points, 2 * found.normal.expand_as(points), atol=1e-5)
    with pytest.raises(ValueError, match="5 examples of each kind, and has 1"):
        between_kinds(space, points, np.arange(len(points)) == 3, seed=1)


@pytest.mark.parametrize("name", ["z", "w"])
def test_a_score_is_followed_and_nothing_else_where_that_is_asked(name):
    generator = ToyStyleGan()
    space, points, classes = drawn(generator, name)
    images = pixels(space, points, classes)
    upper = lambda images: images[:, 0, :4].mean(axis=(1, 2)) / 255  # noqa: E731
    lower = lambda images: images[:, 0, 4:].mean(axis=(1, 2)) / 255  # noqa: E731
    known = classes.numpy()
    both = [along_scores(space, points, one(images), known, seed=1) for one in (upper, lower)]
    assert min(one.weight for one in both) > 0.8
    only = without(both[0], both[1:])
    assert abs(float(only.normal @ both[1].normal)) < 1e-5
    measured = effect(space, only, points[:60], known[:60], Blind(), upper, others={"lower": lower})
    assert measured.rank_correlation.value > 0.9
    assert measured.others["itself"] > 3 * abs(measured.others["lower"])
    assert measured.class_changed.value == 0
    assert measured.moved[4] == 0
    assert (np.diff(measured.moved[4:]) > 0).all()


class Blind:
    """Sees pixels, and one class in all of them."""

    def predict(self, images):
        flat = images.reshape(len(images), -1).astype(np.float32) / 255
        return Predictions(np.tile(np.float32([1, 0]), (len(images), 1)), flat)


def test_nothing_is_left_of_a_direction_beside_itself():
    one = Direction("z", torch.tensor([1.0, 0.0]), 1.0, 0.9)
    with pytest.raises(ValueError, match="Nothing is left"):
        without(one, [one])
    with pytest.raises(ValueError, match="other spaces"):
        without(one, [Direction("w", one.normal, 1.0, 0.9)])
    assert without(one, []).normal.tolist() == [1.0, 0.0]


def test_sefa_is_the_eigenvectors_of_the_normalised_weights():
    generator = ToyStyleGan()
    space = spaces(generator)["w"]
    found = factorised(generator, space, 3, seed=1)
    weights = torch.cat([one.weight for one in generator.average.synthesis.affines]).numpy()
    weights = weights / np.linalg.norm(weights, axis=1, keepdims=True)
    values, vectors = np.linalg.eigh(weights.T @ weights)
    for number, direction in enumerate(found):
        assert abs(direction.normal.numpy() @ vectors[:, -1 - number]) == pytest.approx(1, abs=1e-4)
        assert direction.weight == pytest.approx(values[-1 - number] / values.sum(), abs=1e-5)


def test_the_first_layer_of_z_is_found_by_its_slopes():
    generator = ToyStyleGan()
    slopes = first_weights(generator, spaces(generator)["z"], seed=1)
    weights = generator.average.mapping.dense.weight[:, :LATENT]
    assert torch.allclose(slopes[: len(weights)], weights, atol=1e-4)


@pytest.mark.parametrize("family", WITH_LAYERS)
@pytest.mark.parametrize("method", [factorised, spread_most])
def test_every_family_of_layers_has_directions_of_its_own(family, method):
    generator = untrained(family)
    space = spaces(generator)["z"]
    found = method(generator, space, 4, seed=1)
    assert len(found) == 4
    shares = [direction.weight for direction in found]
    assert shares == sorted(shares, reverse=True)
    for direction in found:
        assert direction.normal.shape == space.shape
        assert float(direction.normal.norm()) == pytest.approx(1, abs=1e-4)


def test_points_of_w_spread_most_along_its_components():
    generator = ToyStyleGan()
    space, points, _ = drawn(generator, "w", 3000)
    found = spread_most(generator, space, 5, seed=1)
    along = [float((points @ direction.normal).std()) for direction in found]
    assert along == sorted(along, reverse=True)
    assert along[0] == pytest.approx(found[0].deviation, rel=0.1)
    assert sum(direction.weight for direction in found) == pytest.approx(1, abs=1e-3)


def test_noise_has_no_first_layer():
    generator = untrained("diffusion")
    for method in (factorised, spread_most):
        with pytest.raises(ValueError, match="no first layer"):
            method(generator, spaces(generator)["z"], 2, seed=1)


def test_attributes_measure_what_their_names_say():
    images = np.zeros((3, 1, 20, 20), np.uint8)
    images[0, 0, 5:15, 5:15] = 200
    images[1, 0, 5:15, 2:18] = 200
    images[2, 0, 2:18, 5:15] = 100
    said = {name: score(images) for name, score in ATTRIBUTES.items()}
    assert said["width"] == pytest.approx([0.5, 0.8, 0.5], abs=0.01)
    assert said["height"] == pytest.approx([0.5, 0.5, 0.8], abs=0.01)
    assert said["brightness"][0] == pytest.approx(200 / 255 / 4)
    assert said["contrast"][0] > said["contrast"][2]
    # On a bright ground a dark garment is as wide.
    assert ATTRIBUTES["width"](255 - images) == pytest.approx(said["width"])
