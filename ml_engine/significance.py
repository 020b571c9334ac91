"""Whether a difference is more than chance: hierarchical bootstrap over seeds × images.

Every matrix `correct` is (S, N): whether the model of seed s classified image n rightly. Seeds and
images are crossed, so a resample draws seeds and images, each with replacement (Owen 2007, "The
pigeonhole bootstrap"). Seeds are few: their deviations are stretched by √(S / (S - 1)), which
takes the bias out of the resampled variance (Davison & Hinkley 1997, §2.3).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2000
CHUNK = 250


@dataclass(frozen=True)
class PairedResult:
    """Treatment minus control."""

    gain: float
    """Difference of accuracies, in [-1, 1]."""
    low: float
    high: float
    """95% interval of the gain."""
    probability: float
    """Share of resamples in which the treatment is better."""


def _resampled_means(values: NDArray[np.float64], seed: int, resamples: int) -> NDArray[np.float64]:
    """Means (resamples,) of values (S, N) with seeds and images drawn with replacement."""
    seeds, images = values.shape
    stretched = values
    if seeds > 1:
        deviations = values.mean(axis=1, keepdims=True) - values.mean()
        stretched = values + deviations * (np.sqrt(seeds / (seeds - 1)) - 1)
    draws = np.random.default_rng(seed)
    means = []
    for start in range(0, resamples, CHUNK):
        count = min(CHUNK, resamples - start)
        rows = _counts(draws, count, seeds) / seeds
        columns = _counts(draws, count, images) / images
        means.append(((rows @ stretched) * columns).sum(axis=1))
    return np.concatenate(means)


def _counts(draws: np.random.Generator, resamples: int, size: int) -> NDArray[np.float64]:
    """How often each of `size` things is drawn in each resample: (resamples, size)."""
    picked = draws.integers(0, size, (resamples, size)) + np.arange(resamples)[:, None] * size
    counts = np.bincount(picked.ravel(), minlength=resamples * size)
    return counts.reshape(resamples, size).astype(np.float64)


def _matrix(correct: NDArray[np.bool_]) -> NDArray[np.float64]:
    matrix = np.atleast_2d(np.asarray(correct, dtype=np.float64))
    if matrix.ndim != 2 or matrix.size == 0:
        raise ValueError(f"Expected seeds × images, at least 1 × 1; got {matrix.shape}.")
    return matrix


def accuracy_interval(
    correct: NDArray[np.bool_], seed: int, resamples: int = RESAMPLES
) -> tuple[float, float, float]:
    """Mean accuracy of `correct` (S, N) and its 95% interval: (mean, low, high)."""
    matrix = _matrix(correct)
    means = _resampled_means(matrix, seed, resamples).clip(0.0, 1.0)
    low, high = np.quantile(means, (0.025, 0.975))
    return float(matrix.mean()), float(low), float(high)


def paired_bootstrap(
    control: NDArray[np.bool_],
    treatment: NDArray[np.bool_],
    seed: int,
    resamples: int = RESAMPLES,
) -> PairedResult:
    """The gain of `treatment` over `control`, both (S, N) on the same seeds and images."""
    before, after = _matrix(control), _matrix(treatment)
    if before.shape != after.shape:
        raise ValueError(f"Arms must match: control is {before.shape}, treatment {after.shape}.")
    difference = after - before
    gains = _resampled_means(difference, seed, resamples)
    low, high = np.quantile(gains, (0.025, 0.975))
    return PairedResult(
        gain=float(difference.mean()),
        low=float(low),
        high=float(high),
        probability=float((gains > 0).mean()),
    )


def confusion_matrix(
    targets: NDArray[np.int64], predictions: NDArray[np.int64], class_count: int
) -> NDArray[np.int64]:
    """Counts (K, K): rows are true classes, columns predicted ones."""
    pairs = np.asarray(targets) * class_count + np.asarray(predictions)
    counts = np.bincount(pairs, minlength=class_count**2)
    return counts.reshape(class_count, class_count).astype(np.int64)


def per_class_recall(
    targets: NDArray[np.int64], predictions: NDArray[np.int64], class_count: int
) -> NDArray[np.float64]:
    """Recall (K,) of each class; NaN for a class without images."""
    counts = confusion_matrix(targets, predictions, class_count)
    total = counts.sum(axis=1)
    recall = np.full(class_count, np.nan)
    np.divide(np.diag(counts), total, out=recall, where=total > 0)
    return recall


def macro_f1(targets: NDArray[np.int64], predictions: NDArray[np.int64], class_count: int) -> float:
    """Mean F1 over the classes that occur among targets or predictions; 0 where none does."""
    counts = confusion_matrix(targets, predictions, class_count)
    occurrences = counts.sum(axis=0) + counts.sum(axis=1)
    present = occurrences > 0
    if not present.any():
        return 0.0
    return float((2 * np.diag(counts)[present] / occurrences[present]).mean())


def expected_calibration_error(
    targets: NDArray[np.int64], probabilities: NDArray[np.floating], bins: int = 15
) -> float:
    """Mean gap between confidence and accuracy over equal-width bins (Guo et al. 2017, eq. 3)."""
    confidence = np.asarray(probabilities, np.float64).max(axis=1)
    correct = np.asarray(probabilities).argmax(axis=1) == targets
    which = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    gaps = np.bincount(which, weights=correct - confidence, minlength=bins)
    return float(np.abs(gaps).sum() / max(1, len(confidence)))


def macro_f1_interval(
    targets: NDArray[np.int64],
    predictions: NDArray[np.int64],
    class_count: int,
    seed: int,
    resamples: int = 500,
) -> tuple[float, float, float]:
    """Mean macro-F1 of predictions (S, N) over S seeds, and its 95% interval: (mean, low, high).

    Seeds and images are drawn with replacement, as in `accuracy_interval`.
    """
    predictions = np.atleast_2d(predictions)
    seeds, images = predictions.shape
    draws = np.random.default_rng(seed)
    means = []
    for _ in range(resamples):
        drawn = draws.integers(0, images, images)
        rows = draws.integers(0, seeds, size=(seeds,))
        means.append(
            np.mean([macro_f1(targets[drawn], predictions[r][drawn], class_count) for r in rows])
        )
    value = np.mean([macro_f1(targets, predictions[r], class_count) for r in range(seeds)])
    low, high = np.quantile(np.array(means), (0.025, 0.975))
    return float(value), float(low), float(high)
