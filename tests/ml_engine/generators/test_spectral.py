"""Spectral normalisation, by the largest singular value that linear algebra finds."""

from __future__ import annotations

from copy import deepcopy

import pytest
import torch
from torch import nn
from torch.nn.utils.parametrize import register_parametrization

from ml_engine.generators.parts.averaging import update_average
from ml_engine.generators.parts.conditioning import ConditionalBatchNorm, Projection
from ml_engine.generators.parts.spectral import normalise_spectrally
from ml_engine.randomness import layer_randomness


@pytest.fixture(autouse=True)
def _the_same_weights_every_time():
    # Two singular values that are nearly alike take more iterations to tell apart.
    with layer_randomness(torch.device("cpu")):
        torch.manual_seed(0)
        yield


class Doubled(nn.Module):
    def forward(self, weight):
        return 2 * weight


def largest(weight, dim=0):
    return torch.linalg.matrix_norm(weight.movedim(dim, 0).flatten(1), ord=2).item()


@pytest.mark.parametrize(
    ("layer", "dim"),
    [
        (nn.Linear(12, 7), 0),
        (nn.Linear(12, 1), 0),
        (nn.Conv2d(3, 8, 3), 0),
        (nn.ConvTranspose2d(6, 4, 4), 1),
        (nn.Embedding(10, 5), 0),
        (nn.Embedding(1, 5), 0),
    ],
)
def test_every_layer_has_the_largest_singular_value_1_whatever_its_weights(layer, dim):
    nn.init.normal_(layer.weight, std=3)
    normalise_spectrally(layer)
    for _ in range(100):
        effective = layer.weight
    assert largest(effective, dim) == pytest.approx(1, abs=1e-3)


def test_one_iteration_a_pass_keeps_up_with_weights_that_move():
    layer = normalise_spectrally(nn.Linear(20, 10))
    original = layer.parametrizations.weight.original
    for _ in range(200):
        with torch.no_grad():
            original.add_(0.01 * torch.randn_like(original))
        effective = layer.weight
    assert largest(effective) == pytest.approx(1, abs=0.05)


def test_drawing_changes_nothing_and_training_the_vector_only():
    layer = normalise_spectrally(nn.Conv2d(3, 5, 3))
    before = {name: tensor.clone() for name, tensor in layer.state_dict().items()}
    layer.eval()
    assert torch.equal(layer.weight, layer.weight)
    assert all(torch.equal(before[name], tensor) for name, tensor in layer.state_dict().items())
    layer.train()
    _ = layer.weight
    moved = [n for n, t in layer.state_dict().items() if not torch.equal(before[n], t)]
    assert moved == ["parametrizations.weight.0.u"]


def test_the_moving_average_of_such_a_layer_is_as_bounded():
    layer = normalise_spectrally(nn.Linear(20, 10))
    average = deepcopy(layer).eval()
    for _ in range(100):
        with torch.no_grad():
            layer.parametrizations.weight.original.add_(0.05 * torch.randn(10, 20))
        _ = layer.weight
        update_average(average, layer, 0.9)
    assert largest(average.weight) == pytest.approx(1, abs=0.05)
    state = average.state_dict()
    restored = normalise_spectrally(nn.Linear(20, 10)).eval()
    restored.load_state_dict(state)
    assert torch.equal(restored.weight, average.weight)


def test_the_gradient_is_that_of_equation_12():
    layer = normalise_spectrally(nn.Linear(6, 4, bias=False))
    for _ in range(50):
        _ = layer.weight
    x, upstream = torch.randn(3, 6), torch.randn(3, 4)
    (layer(x) * upstream).sum().backward()
    original = layer.parametrizations.weight.original
    w = original.detach()
    u, s, vh = torch.linalg.svd(w)
    by_w = upstream.T @ x
    expected = (by_w - (by_w * w / s[0]).sum() * torch.outer(u[:, 0], vh[0])) / s[0]
    torch.testing.assert_close(original.grad, expected, atol=1e-3, rtol=1e-3)


def test_it_computes_in_float32_within_mixed_precision():
    layer = normalise_spectrally(nn.Linear(20, 10))
    plain = deepcopy(layer)
    with torch.autocast("cpu", torch.bfloat16):
        effective = layer.weight
    assert effective.dtype == torch.float32
    assert torch.equal(effective, plain.weight)


def test_gains_of_conditional_batch_normalisation_may_stretch_and_nothing_is_done_twice():
    network = nn.Sequential(nn.Conv2d(2, 4, 3), ConditionalBatchNorm(4, 3))
    network.append(Projection(4, 3))
    names = list(normalise_spectrally(network).state_dict())
    assert [name for name in names if name.endswith("original")] == [
        "0.parametrizations.weight.original",
        "2.unconditional.parametrizations.weight.original",
        "2.classes.parametrizations.weight.original",
    ]
    assert list(normalise_spectrally(network).state_dict()) == names


def test_it_bounds_weights_that_another_parametrisation_scales():
    layer = nn.Linear(12, 7)
    register_parametrization(layer, "weight", Doubled())
    normalise_spectrally(normalise_spectrally(layer))
    assert len(layer.parametrizations.weight) == 2
    for _ in range(100):
        effective = layer.weight
    assert largest(effective) == pytest.approx(1, abs=1e-3)
