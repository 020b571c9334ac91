"""Whether a difference is more than chance: hierarchical bootstrap over seeds × images.

Every matrix `correct` is (S, N): whether the model of seed s classified image n rightly. Seeds and
images are crossed: x = μ + a_s + b_n + e_sn (two-way random effects; Searle et al. 1992, §4.3).
Drawing rows and columns of x with replacement would count the variance of e three times (Owen 2007,
"The pigeonhole bootstrap", §3). So seed effects and image effects are drawn apart, scaled to the
variances that the effects truly have; and as seeds are few, theirs are widened from the normal to
Student's t distribution.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtr, stdtrit

RESAMPLES = 2000
CHUNK = 250
FEW_VALUES = 64
"""Effects with at most so many different values are counted, not listed, as they are drawn."""
Z_975 = 1.959964
"""97.5% quantile of the normal distribution."""


@dataclass(frozen=True)
class PairedResult:
    """Treatment minus control."""

    gain: float
    """Difference of accuracies, in [-1, 1]."""
    low: float
    high: float
    """Interval of the gain, at the level that was asked for."""
    probability: float
    """Share of resamples in which the treatment is better."""


@dataclass(frozen=True)
class PairedError:
    """How far chance may have moved a gain, by Student's t for seeds and images apart.

    Their tails are weighted by their parts in the variance, as Cochran and Cox (1957, §4.14) weight
    quantiles. Satterthwaite's one t with more degrees of freedom errs too often far out, where
    many classes are tested and seeds are few.
    """

    gain: float
    """Difference of accuracies, in [-1, 1]."""
    error: float
    """Standard error over seeds and images; 0 where every difference is the same."""
    of_seeds: float
    """The seeds' part in its square, in [0, 1]."""
    seeds: int
    images: int

    @property
    def fall_probability(self) -> float:
        """One-sided probability of a gain so low where there is none."""
        if self.error == 0:
            return 0.0 if self.gain < 0 else 1.0
        return self._weighted(stdtr, self.gain / self.error)

    def half_width(self, level: float = 0.95) -> float:
        """Half of the gain's interval of that level."""
        return self._weighted(stdtrit, (1 + level) / 2) * self.error

    def _weighted(self, of_student: Callable[[int, float], float], value: float) -> float:
        by_seeds = of_student(max(1, self.seeds - 1), value)
        by_images = of_student(max(1, self.images - 1), value)
        return float(self.of_seeds * by_seeds + (1 - self.of_seeds) * by_images)


@dataclass(frozen=True)
class _Effects:
    """What seeds and images add to a mean, scaled to the variances that the effects truly have."""

    mean: float
    of_seed: NDArray[np.float64]
    """(S,); zeros where there is but one, whose effect cannot be told."""
    of_image: NDArray[np.float64]
    """(N,)"""

    @property
    def seed_variance(self) -> float:
        """Of the mean, from the seeds that happened to be drawn."""
        return float((self.of_seed**2).mean()) / len(self.of_seed)

    @property
    def image_variance(self) -> float:
        """Of the mean, from the images that happened to be drawn."""
        return float((self.of_image**2).mean()) / len(self.of_image)


def _effects(values: NDArray[np.float64]) -> _Effects:
    """Of values (S, N)."""
    seeds, images = values.shape
    mean = float(values.mean())
    of_seed = values.mean(axis=1) - mean
    of_image = values.mean(axis=0) - mean
    if seeds > 1:
        squares = np.einsum("sn,sn->", values, values) - values.size * mean**2
        squares -= images * (of_seed**2).sum() + seeds * (of_image**2).sum()
        variance = max(0.0, float(squares)) / ((seeds - 1) * max(1, images - 1))
        # What remains of e in the image means is counted with the seeds already.
        of_image = of_image * _shrinkage(of_image, variance / seeds)
        of_seed = of_seed * np.sqrt(seeds / (seeds - 1))
    return _Effects(mean, of_seed, of_image)


def _shrinkage(effects: NDArray[np.float64], noise: float) -> float:
    """The factor that takes the variance `noise` out of `effects`."""
    total = (effects**2).sum() / max(1, len(effects) - 1)
    return float(np.sqrt(max(0.0, 1 - noise / total))) if total > 0 else 0.0


def _resampled_means(
    values: NDArray[np.float64], seed: int, resamples: int, level: float
) -> NDArray[np.float64]:
    """Means (resamples,) of values (S, N) with seeds and images drawn with replacement.

    Their quantiles at the ends of an interval of that level are what is meant.
    """
    effects = _effects(values)
    of_seed = effects.of_seed
    if len(of_seed) > 1:
        of_seed = of_seed * _student_widening(len(of_seed) - 1, level)
    draws = np.random.default_rng(seed)
    between_seeds = _drawn_means(of_seed, draws, resamples)
    return effects.mean + between_seeds + _drawn_means(effects.of_image, draws, resamples)


def _student_widening(freedom: int, level: float) -> float:
    """t / z at the upper end of an interval of that level."""
    end = (1 + level) / 2
    return float(stdtrit(freedom, end) / ndtri(end))


def _drawn_means(
    effects: NDArray[np.float64], draws: np.random.Generator, resamples: int
) -> NDArray[np.float64]:
    """Means (resamples,) of as many effects as there are, drawn with replacement.

    Answers are right or wrong, so images have few different effects. How often each of those is
    drawn follows the multinomial distribution: the same draws, a hundred times as fast.
    """
    size = len(effects)
    different, counts = np.unique(effects, return_counts=True)
    if len(different) <= FEW_VALUES:
        return draws.multinomial(size, counts / size, resamples) @ different / size
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
    means = _resampled_means(matrix, seed, resamples, 0.95).clip(0.0, 1.0)
    low, high = np.quantile(means, (0.025, 0.975))
    return float(matrix.mean()), float(low), float(high)


def paired_bootstrap(
    control: NDArray[np.bool_],
    treatment: NDArray[np.bool_],
    seed: int,
    resamples: int = RESAMPLES,
    level: float = 0.95,
) -> PairedResult:
    """The gain of `treatment` over `control`, both (S, N) on the same seeds and images."""
    difference = _difference(control, treatment)
    gains = _resampled_means(difference, seed, resamples, level)
    low, high = np.quantile(gains, ((1 - level) / 2, (1 + level) / 2))
    return PairedResult(
        gain=float(difference.mean()),
        low=float(low),
        high=float(high),
        probability=float((gains > 0).mean()),
    )


def paired_error(control: NDArray[np.bool_], treatment: NDArray[np.bool_]) -> PairedError:
    """The same gain's standard error, for tests at levels that resamples are too few for."""
    effects = _effects(_difference(control, treatment))
    variance = effects.seed_variance + effects.image_variance
    return PairedError(
        gain=effects.mean,
        error=float(np.sqrt(variance)),
        of_seeds=effects.seed_variance / variance if variance > 0 else 1.0,
        seeds=len(effects.of_seed),
        images=len(effects.of_image),
    )


def _difference(control: NDArray[np.bool_], treatment: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Treatment minus control (S, N)."""
    before, after = _matrix(control), _matrix(treatment)
    if before.shape != after.shape:
        raise ValueError(f"Arms must match: control is {before.shape}, treatment {after.shape}.")
    return after - before


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
    return _mean_gap(*_gaps(targets, probabilities, bins))


def _gaps(
    targets: NDArray[np.int64], probabilities: NDArray[np.floating], bins: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Each image's bin (N,), and whether it is right minus the confidence in it (N,)."""
    confidence = np.asarray(probabilities, np.float64).max(axis=1)
    correct = np.asarray(probabilities).argmax(axis=1) == targets
    return np.minimum((confidence * bins).astype(np.int64), bins - 1), correct - confidence


def _mean_gap(bins_of: NDArray[np.int64], gaps: NDArray[np.float64]) -> float:
    """Over bins, weighted by their images."""
    return float(np.abs(np.bincount(bins_of, weights=gaps)).sum() / max(1, len(gaps)))


def calibration_error_interval(
    targets: NDArray[np.int64],
    probabilities: NDArray[np.floating],
    seed: int,
    resamples: int = 500,
    bins: int = 15,
) -> tuple[float, float, float]:
    """The calibration error over images (N,), and its 95% interval: (value, low, high).

    Chance alone makes gaps in the bins of a resample, so its errors lie too high by about as much
    as the value itself does; the interval mirrors them at the value (the basic bootstrap; Davison
    & Hinkley 1997, §5.2).
    """
    bins_of, gaps = _gaps(targets, probabilities, bins)
    value = _mean_gap(bins_of, gaps)
    draws = np.random.default_rng(seed)
    count = len(targets)
    errors = [
        _mean_gap(bins_of[drawn], gaps[drawn])
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
