from __future__ import annotations

import pytest
import torch

from ml_engine.latents.spaces import spaces
from ml_engine.latents.walking import field, way
from ml_engine.randomness import normal
from tests.ml_engine.latents.conftest import ToyStyleGan

SPACES = pytest.mark.parametrize("name", ["z", "w", "w_plus"])


@SPACES
def test_a_way_passes_all_its_stops_in_small_steps(name):
    generator = ToyStyleGan()
    space = spaces(generator)[name]
    classes = torch.tensor([0, 2, 1])
    stops = space.points(normal((3, 4), 1, "stops"), classes)
    walk = way(space, stops, classes, frames=8)
    assert len(walk) == 17
    assert torch.allclose(walk.points[::8], stops, atol=1e-5)
    assert walk.classes.tolist() == [0] * 4 + [2] * 8 + [1] * 5
    steps = (walk.points[1:] - walk.points[:-1]).flatten(1).norm(dim=1)
    whole = (stops[1:] - stops[:-1]).flatten(1).norm(dim=1)
    assert steps[:8].max() < 0.3 * whole[0]
    assert steps[8:].max() < 0.3 * whole[1]
    images = walk.images()
    assert images.shape == (17, 1, 8, 8)
    back = walk.and_back()
    assert len(back) == 32
    assert torch.equal(back.points[17:], walk.points[1:-1].flip(0))


@SPACES
def test_a_field_lies_among_its_four_corners(name):
    generator = ToyStyleGan()
    space = spaces(generator)[name]
    classes = torch.tensor([0, 1, 2, 0])
    corners = space.points(normal((4, 4), 1, "corners"), classes)
    walk = field(space, corners, classes, rows=3, columns=5)
    grid = walk.points.view(3, 5, *space.shape)
    for corner, place in zip(corners, [(0, 0), (0, 4), (2, 0), (2, 4)], strict=True):
        assert torch.allclose(grid[place], corner, atol=1e-5)
    assert walk.classes.view(3, 5)[0].tolist() == [0, 0, 1, 1, 1]
    middle = space.between(grid[1, 0][None], grid[1, 4][None], 0.5)
    assert torch.allclose(grid[1, 2], middle[0], atol=1e-5)


def test_a_walk_without_an_end_is_refused():
    space = spaces(ToyStyleGan())["z"]
    one = torch.ones(1, 4)
    with pytest.raises(ValueError, match="two stops"):
        way(space, one, torch.zeros(1).long(), 4)
    with pytest.raises(ValueError, match="four corners"):
        field(space, one, torch.zeros(1).long(), 2, 2)
