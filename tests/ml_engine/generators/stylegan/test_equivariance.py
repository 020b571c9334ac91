"""Whether what is drawn moves and turns as a whole (Karras et al. 2021, §2 and appendix E).

Decibels as in the paper, 10 log₁₀ (2² / E[difference²]), of images of unit variance: those of a
fresh network are faint, which would flatter it.
"""

from __future__ import annotations

import math

import pytest
import torch

from ml_engine.generators.stylegan.skip import SkipSynthesis
from tests.ml_engine.generators.stylegan.small import latents_of, network_of

SIZE = 32
EDGE = 3
"""Pixels whose surroundings were moved in from beyond the maps."""


def decibels(image, other, power):
    return 10 * math.log10(4 * power / (image - other).square().mean().item())


@torch.no_grad()
def settled(configuration, **settings):
    """A network whose maps have unit variance, as they have while it trains; styles, images."""
    network = network_of(configuration, SIZE, **settings)
    z, y = latents_of(8)
    if configuration != "stylegan2":
        for name in network.synthesis.layer_names:
            network.synthesis.get_submodule(name).decay = 0.0
        network.synthesis(network.mapping(z, y), follow=True)
    ws = network.mapping(z, y)
    return network.synthesis, ws, network.synthesis(ws)


@torch.no_grad()
def moved(synthesis, ws, where):
    """Images whose contents went where the map (3, 3) of image sides says."""
    synthesis.input.transform.copy_(torch.linalg.inv(where))
    return synthesis(ws)


def turn(angle):
    cos, sin = math.cos(angle), math.sin(angle)
    return torch.tensor([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])


def turned(images, angle, reach=4):
    """Images turned clockwise, by Lanczos' interpolation; and where nothing came from outside."""
    side = images.shape[-1]
    middle = (side - 1) / 2
    y, x = torch.meshgrid(torch.arange(side) - middle, torch.arange(side) - middle, indexing="ij")
    cos, sin = math.cos(angle), math.sin(angle)
    weights = []
    for source in (cos * x + sin * y, cos * y - sin * x):
        away = source.flatten()[:, None] + middle - torch.arange(side)
        weights.append(torch.sinc(away) * torch.sinc(away / reach) * (away.abs() < reach))
    seen = torch.einsum("py,px,bcyx->bcp", weights[1], weights[0], images)
    return seen.view_as(images), x**2 + y**2 < (middle - EDGE - reach) ** 2


@pytest.mark.parametrize("layers", [6, 14])
@pytest.mark.parametrize("configuration", ["t", "r"])
def test_translation_moves_what_is_drawn(configuration, layers):
    synthesis, ws, images = settled(configuration, layers=layers)
    right, down = 3, -2
    where = torch.eye(3)
    where[0, 2], where[1, 2] = right / SIZE, down / SIZE
    seen, expected = moved(synthesis, ws, where), images.roll((down, right), (2, 3))
    inner = (..., slice(EDGE, -EDGE), slice(EDGE, -EDGE))
    assert decibels(seen[inner], expected[inner], images.var().item()) >= 50


def test_rotation_turns_what_r_draws_and_not_what_t_draws():
    found = {}
    for configuration in ("t", "r"):
        synthesis, ws, images = settled(configuration, layers=8)
        by_quarter = moved(synthesis, ws, turn(math.pi / 2))
        power = images.var().item()
        found[configuration, "quarter"] = decibels(by_quarter, images.rot90(-1, (2, 3)), power)
        expected, inside = turned(images, 0.35)
        seen = moved(synthesis, ws, turn(0.35))
        found[configuration, "any"] = decibels(seen[..., inside], expected[..., inside], power)
    assert found["r", "quarter"] > 100
    # As far as the interpolation of what it is compared with goes.
    assert found["r", "any"] > 45
    assert max(found["t", "quarter"], found["t", "any"]) < 30


@torch.no_grad()
def test_what_stylegan2_draws_clings_to_its_pixels():
    """Beside them: waves as its constant, moved by a quarter of one of its samples."""
    synthesis, ws, _ = settled("stylegan2")
    assert isinstance(synthesis, SkipSynthesis)
    const = synthesis.b4.const
    draws = torch.Generator().manual_seed(0)
    x, y = torch.randint(-1, 2, (2, len(const), 1, 1), generator=draws).float()
    phase = torch.rand(len(const), 1, 1, generator=draws)
    at, pixels = (torch.arange(4) + 0.5) / 4, SIZE // 16

    def drawn(share):
        waves = x * (at - share) + y * (at[:, None] - share) + phase
        const.copy_(math.sqrt(2) * torch.cos(2 * math.pi * waves))
        return synthesis(ws)

    images, seen = drawn(0.0), drawn(pixels / SIZE)
    inner = (..., slice(8, -8), slice(8, -8))
    expected = images.roll((pixels, pixels), (2, 3))
    assert decibels(seen[inner], expected[inner], images.var().item()) < 25
