"""Fréchet distance between Gaussians fitted to features (FID), its bias, and when to refuse it.

FID: Heusel et al. 2017, "GANs Trained by a Two Time-Scale Update Rule", eq. 6, here
‖μ₁ - μ₂‖² + Tr(Σ₁ + Σ₂ - 2 (Σ₁Σ₂)^½) with covariances divided by N - 1. At N images its bias is
close to c / N (Chong & Forsyth 2020, "Effectively Unbiased FID and Inception Score", §3). That is
what a delete-a-group jackknife removes (Quenouille 1949), so FID∞ needs no random subsets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from ml_engine.measures.intervals import Estimate, jackknife_variance, student
from ml_engine.neighbours import CHUNK, Features
from ml_engine.randomness import numpy_generator

GROUPS = 20
"""Of images, each left out once; the jackknife's degrees of freedom are one less."""


@dataclass(frozen=True)
class Moments:
    """Count, mean (D,) and scatter Σ (x - μ)(x - μ)ᵀ (D, D) of features."""

    count: int
    mean: NDArray[np.float64]
    scatter: NDArray[np.float64]

    @property
    def covariance(self) -> NDArray[np.float64]:
        """Divided by N - 1."""
        return self.scatter / (self.count - 1)


@dataclass(frozen=True)
class Fid:
    """FID as published, and what is left of it without the bias of few images."""

    published: float
    unbiased: Estimate
    """FID∞, with the interval that the images on both sides leave."""

    @property
    def bias(self) -> float:
        """How much too large the published figure is at these counts."""
        return self.published - self.unbiased.value


class FidRefusedError(ValueError):
    """FID means nothing at these counts; the message says why and how many would do."""


def moments(features: Features) -> Moments:
    """Moments of features (N, D), in float64, a chunk at a time."""
    parts = (_chunk_moments(features[i : i + CHUNK]) for i in range(0, len(features), CHUNK))
    # Two at a time: at 2,048 dimensions each part is 34 MB.
    return reduce(lambda total, part: joined([total, part]), parts)


def _chunk_moments(features: Features) -> Moments:
    x = np.asarray(features, np.float64)
    centre = x.mean(axis=0)
    return Moments(len(x), centre, (x - centre).T @ (x - centre))


def joined(parts: Sequence[Moments]) -> Moments:
    """Moments of all the parts together (Chan et al. 1979)."""
    count = sum(part.count for part in parts)
    centre = sum(part.count * part.mean for part in parts) / count
    scatter = sum(
        part.scatter + part.count * np.outer(part.mean - centre, part.mean - centre)
        for part in parts
    )
    return Moments(count, np.asarray(centre), np.asarray(scatter))


def without(whole: Moments, part: Moments) -> Moments:
    """What `joined` would need beside `part` to give `whole`."""
    count = whole.count - part.count
    centre = (whole.count * whole.mean - part.count * part.mean) / count
    apart = part.mean - centre
    scatter = (
        whole.scatter - part.scatter - np.outer(apart, apart) * part.count * count / whole.count
    )
    return Moments(count, centre, scatter)


def distance(a: Moments, b: Moments) -> float:
    """Squared Fréchet distance between the Gaussians of these moments."""
    root = _root(a.covariance)
    # Σ₁Σ₂ has the eigenvalues of Σ₁^½ Σ₂ Σ₁^½, which is symmetric, so none turns complex.
    middle = root @ b.covariance @ root
    shared = np.sqrt(np.linalg.eigvalsh((middle + middle.T) / 2).clip(min=0.0)).sum()
    apart = float(((a.mean - b.mean) ** 2).sum())
    return apart + float(np.trace(a.covariance) + np.trace(b.covariance) - 2 * shared)


def _root(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    values, vectors = np.linalg.eigh(covariance)
    root: NDArray[np.float64] = (vectors * np.sqrt(values.clip(min=0.0))) @ vectors.T
    return root


def fid(real: Features, fake: Features, *, seed: int) -> Fid:
    """FID of fake (M, D) against real (N, D) features. Raises `FidRefusedError`.

    It is refused where a side has no more images than features have dimensions, as a covariance is
    singular then, and where its bias is larger than the distance itself.
    """
    fewest, dimensions = min(len(real), len(fake)), real.shape[1]
    most_needed = dimensions * GROUPS // (GROUPS - 1) + 2
    if fewest < most_needed:
        raise FidRefusedError(
            f"FID is not shown: {fewest} images a side are too few for features of {dimensions} "
            f"dimensions; it needs at least {most_needed}."
        )
    reals, fakes = _groups(real, seed, "fid real"), _groups(fake, seed, "fid fake")
    all_real, all_fake = joined(reals), joined(fakes)
    published = distance(all_real, all_fake)
    left_out = np.array(
        [
            distance(without(all_real, ours), without(all_fake, theirs))
            for ours, theirs in zip(reals, fakes, strict=True)
        ]
    )
    unbiased = GROUPS * published - (GROUPS - 1) * float(left_out.mean())
    result = Fid(published, student(unbiased, jackknife_variance(left_out), freedom=GROUPS - 1))
    if result.bias > max(unbiased, 0.0):
        raise FidRefusedError(_too_few(result, fewest))
    return result


def _groups(features: Features, seed: int, purpose: str) -> list[Moments]:
    order = numpy_generator(seed, purpose).permutation(len(features))
    return [moments(features[np.sort(part)]) for part in np.array_split(order, GROUPS)]


def _too_few(result: Fid, count: int) -> str:
    said = (
        f"FID is not shown: with {count} images a side its bias is about {result.bias:.3g}, more "
        f"than the {max(result.unbiased.value, 0.0):.3g} by which these differ from real images"
    )
    if result.unbiased.low <= 0:
        return f"{said}, which may be nothing at all."
    needed = int(np.ceil(count * result.bias / result.unbiased.value))
    return f"{said}; it needs about {needed}."
