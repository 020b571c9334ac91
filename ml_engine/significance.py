"""Whether a difference is more than chance: hierarchical bootstrap over seeds × images.

Every matrix `correct` is (S, N): whether the model of seed s classified image n rightly. Seeds and
images are crossed: x = μ + a_s + b_n + e_sn (two-way random effects; Searle et al. 1992, §4.3).
Drawing rows and columns of x with replacement would count the variance of e three times (Owen 2007,
"The pigeonhole bootstrap", §3). So seed effects and image effects are drawn apart, scaled to the
variances that the effects truly have; and as seeds are few, theirs are widened from the normal to
Student's t distribution.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2000
CHUNK = 250
Z_975 = 1.959964
"""97.5% quantile of the normal distribution."""


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
    mean = float(values.mean())
    of_seed = values.mean(axis=1) - mean
    of_image = values.mean(axis=0) - mean
    if seeds > 1:
        residual = values - mean - of_seed[:, None] - of_image
        variance = (residual**2).sum() / ((seeds - 1) * max(1, images - 1))
        # What remains of e in the image means is counted with the seeds already.
        of_image = of_image * _shrinkage(of_image, variance / seeds)
        of_seed = of_seed * np.sqrt(seeds / (seeds - 1)) * _student_widening(seeds - 1)
    draws = np.random.default_rng(seed)
    between_seeds = _drawn_means(of_seed, draws, resamples)
    return mean + between_seeds + _drawn_means(of_image, draws, resamples)


def _shrinkage(effects: NDArray[np.float64], noise: float) -> float:
    """The factor that takes the variance `noise` out of `effects`."""
    total = (effects**2).sum() / max(1, len(effects) - 1)
    return float(np.sqrt(max(0.0, 1 - noise / total))) if total > 0 else 0.0


def _student_widening(freedom: int) -> float:
    """t / z at 97.5%, t expanded in 1 / freedom (Abramowitz & Stegun 1964, 26.7.5)."""
    z = Z_975
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
    )
    t = z + sum(term / float(freedom**power) for power, term in enumerate(terms, start=1))
    return t / z


def _drawn_means(
    effects: NDArray[np.float64], draws: np.random.Generator, resamples: int
) -> NDArray[np.float64]:
    """Means (resamples,) of as many effects as there are, drawn with replacement."""
    size = len(effects)
    means = []
    for start in range(0, resamples, CHUNK):
        count = min(CHUNK, resamples - start)
        means.append(effects[draws.integers(0, size, (count, size))].mean(axis=1))
    return np.concatenate(means)


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


def calibration_error_interval(
    targets: NDArray[np.int64],
    probabilities: NDArray[np.floating],
    seed: int,
    resamples: int = 500,
) -> tuple[float, float, float]:
    """The calibration error over images (N,), and its 95% interval: (value, low, high).

    Chance alone makes gaps in the bins of a resample, so its errors lie too high by about as much
    as the value itself does; the interval mirrors them at the value (the basic bootstrap; Davison
    & Hinkley 1997, §5.2).
    """
    value = expected_calibration_error(targets, probabilities)
    draws = np.random.default_rng(seed)
    count = len(targets)
    errors = [
        expected_calibration_error(targets[drawn], probabilities[drawn])
        for drawn in (draws.integers(0, count, count) for _ in range(resamples))
    ]
    low, high = np.quantile(errors, (0.025, 0.975))
    return value, max(0.0, 2 * value - float(high)), max(0.0, 2 * value - float(low))


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
