"""Few pictures, learnt by heart: what no network does whose gradients are wrong."""

from __future__ import annotations

import pytest
import torch

from ml_engine.descent import descend
from ml_engine.devices import repeatable
from ml_engine.studies.by_heart import apart, in_haste, learn_by_heart, smooth_pictures
from tests.ml_engine.generators.stylegan.small import latents_of, network_of


@pytest.mark.parametrize("configuration", ["t", "stylegan2"])
def test_two_networks_learn_a_picture_for_each_class_from_each_other(configuration):
    sizes = {"batch_size": 8, "layers": 3, "widest": 32, "style_size": 16}
    found = learn_by_heart(in_haste(configuration, 200, **sizes), 4, 16, seed=1)
    assert found.right > 0.9
    assert found.away < 1 / 2


def test_a_network_draws_sixteen_pictures_that_it_is_shown():
    pictures, classes = smooth_pictures(16, 32), torch.arange(16)
    wanted = torch.from_numpy(pictures) / 127.5 - 1
    with repeatable(1):
        network = network_of("t", 32, 16, layers=4).train()
        z, _ = latents_of(16)
        optimizer = torch.optim.Adam(network.parameters(), 1e-2, betas=(0.0, 0.99))
        for _ in range(100):
            descend(optimizer, (network(z, classes) - wanted).square().mean())
        with torch.no_grad():
            away = 127.5 * (network(z, classes) - wanted).square().mean().sqrt()
    assert away < apart(pictures) / 3
