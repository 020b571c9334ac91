from __future__ import annotations

import numpy as np
import pytest
import torch

from ml_engine.config import StopRequestedError
from ml_engine.latents.scored import scored_directions
from ml_engine.latents.spaces import pixels, spaces
from ml_engine.randomness import normal
from tests.ml_engine.conftest import ignore, never
from tests.ml_engine.latents.conftest import ToyStyleGan


def upper(images):
    return images[:, 0, :4].mean(axis=(1, 2)) / 255


def scores(images):
    draws = np.random.default_rng(0)
    return {
        "nothing": draws.random(len(images)),
        "above": upper(images),
        "always": np.ones(len(images)),
    }


def test_directions_are_named_by_the_score_that_grows_along_them_the_surest_first():
    generator = ToyStyleGan()
    space = spaces(generator)["z"]
    told = {"on_event": ignore, "should_stop": never}
    found = scored_directions(generator, space, scores, 5, 1, **told)
    assert [name for name, _ in found] == ["above", "nothing"]
    above = found[0][1]
    assert above.weight > 0.8 > found[1][1].weight
    classes = torch.arange(60) % 3
    points = space.points(normal((60, generator.latent_size), 9, "drawn"), classes)
    there, back = (
        upper(pixels(space, above.moved(points, steps), classes)).mean() for steps in (1.0, -1.0)
    )
    assert there > back
    assert len(scored_directions(generator, space, scores, 1, 1, **told)) == 1
    with pytest.raises(StopRequestedError, match="Stopped after 0 of 512 images"):
        scored_directions(generator, space, scores, 5, 1, on_event=ignore, should_stop=lambda: True)
