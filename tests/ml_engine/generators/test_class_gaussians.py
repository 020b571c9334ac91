from __future__ import annotations

import pytest
import torch

from ml_engine.generators.parts.class_gaussians import ClassGaussians


@pytest.fixture
def fitted():
    """Two classes of three, and the distribution of the second's latents."""
    draws = torch.Generator().manual_seed(0)
    factor = torch.tensor([[2.0, 0.0], [1.0, 0.5]])
    gaussians = ClassGaussians(3, 2)
    for _ in range(200):
        z = torch.randn(40, 2, generator=draws)
        classes = torch.arange(40) % 2
        latents = torch.where(classes[:, None] == 1, 5 + z @ factor.T, z / 10)
        gaussians.update(latents, torch.full((40, 2), 0.25), classes)
    return gaussians, factor


def test_the_moments_are_those_of_the_class_s_latents(fitted):
    gaussians, factor = fitted
    drawn = gaussians.place(torch.randn(20_000, 2), torch.full((20_000,), 1))
    assert drawn.mean(dim=0) == pytest.approx(torch.tensor([5.0, 5.0]), abs=0.3)
    # The covariance of the means, and the mean of the variances.
    expected = factor @ factor.T + 0.25 * torch.eye(2)
    assert torch.cov(drawn.T).flatten() == pytest.approx(expected.flatten(), abs=0.6)


def test_a_class_without_images_keeps_the_standard_normal_distribution(fitted):
    gaussians, _ = fitted
    z = torch.randn(8, 2)
    assert gaussians.place(z, torch.full((8,), 2)) == pytest.approx(z)


def test_standardising_is_the_inverse_of_placing(fitted):
    gaussians, _ = fitted
    z, classes = torch.randn(30, 2), torch.arange(30) % 3
    again = gaussians.standardise(gaussians.place(z, classes), classes)
    assert again == pytest.approx(z, abs=1e-3)


def test_images_count_alike_however_they_are_batched():
    draws = torch.Generator().manual_seed(0)
    latents, variance = torch.randn(12, 3, generator=draws), torch.rand(12, 3, generator=draws)
    classes = torch.zeros(12, dtype=torch.int64)
    together, apart = ClassGaussians(1, 3), ClassGaussians(1, 3)
    together.update(latents, variance, classes)
    for i in range(12):
        apart.update(latents[[i]], variance[[i]], classes[[i]])
    assert together.mean == pytest.approx(apart.mean, abs=2e-3)
    assert together.covariance == pytest.approx(apart.covariance, abs=5e-3)


def test_large_latents_lose_no_digits():
    gaussians = ClassGaussians(1, 2)
    for _ in range(200):
        latents = 1000 + torch.randn(100, 2) * 0.1
        gaussians.update(latents, torch.full((100, 2), 1e-4), torch.zeros(100, dtype=torch.int64))
    deviations = gaussians.place(torch.randn(5000, 2), torch.zeros(5000, dtype=torch.int64)).std(0)
    assert deviations == pytest.approx(torch.full((2,), 0.1), rel=0.15)
