"""ProbCover: balls around few images that hold as many of the others as can be."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ml_engine.choosing.clusters import k_means
from ml_engine.choosing.distances import blocks, nearest_squared, squared_distances
from ml_engine.choosing.pool import Floats, Indices, Pool
from ml_engine.randomness import numpy_generator

PURITY = 0.95
"""Share of balls that must hold one pseudo-class alone: α of the paper."""
MOST_IMAGES = 20_000
"""Of a larger pool so many are drawn; its graph of 400 million pairs takes 50 MB."""
BALLS = 1_000
"""Balls, drawn, by which the purity of a radius is measured."""


def prob_cover(pool: Pool, count: int) -> Indices:
    """Greedy cover by balls of one radius (Yehuda et al. 2022, "Active Learning Through a Covering
    Lens", §3.2, Algorithm 1), of the largest radius whose balls are pure (§3.3).

    Pseudo-classes are k-means clusters, as many as there are classes. Of a large pool a draw of
    `MOST_IMAGES` is covered, from itself: the cover is of a probability that the pool, too, only
    samples. Once all is covered, the rest is drawn. The paper takes features of self-supervised
    learning; ours are the classifier's own.
    """
    random = numpy_generator(pool.seed, "prob-cover")
    everything = pool.all_features()
    classes = k_means(everything, max(2, pool.class_count), pool.seed)
    radius = pure_radius(everything, classes, _sample(len(everything), BALLS, random))
    images = _sample(len(pool), MOST_IMAGES, random)
    covering = cover(pool.features[images], pool.annotated_features, radius, count)
    chosen = images[covering]
    rest = np.setdiff1d(np.arange(len(pool)), chosen)
    more = min(count, len(pool)) - len(chosen)
    return np.concatenate([chosen, random.choice(rest, more, replace=False)])


def pure_radius(
    features: Floats, classes: Indices, balls: Indices, purity: float = PURITY
) -> float:
    """The largest radius at which so large a share of balls holds images of one class alone.

    Around the images `balls` of features (N, D) with their pseudo-classes (N,). The paper tries
    radii of a grid; a ball stays pure until its nearest image of another class, so their quantile
    is the radius itself.
    """
    reach = np.full(len(balls), np.inf, np.float32)
    for each in np.unique(classes[balls]):
        own = classes[balls] == each
        reach[own] = nearest_squared(features[balls[own]], features[classes != each])
    reach = np.sort(np.sqrt(reach))
    # A ball is closed, so its radius ends just before the first image that would be too many.
    end = np.nextafter(reach[int((1 - purity) * len(reach) + 1e-9)], np.float32(0))
    return float(min(end, 2.0))


def cover(features: Floats, annotated: Floats, radius: float, count: int) -> Indices:
    """At most `count` of features (N, D), each covering most of what no earlier one covers.

    What lies within `radius` of an annotated image (A, D) is covered from the start. Ends early
    where all is covered. N²/8 bytes hold the graph; each image is taken out of it once.
    """
    near = _near(features, radius)
    left = nearest_squared(features, annotated) > radius**2
    gains = np.zeros(len(features), np.int32)
    for image in np.flatnonzero(left).tolist():
        gains += _neighbours(near, image, len(features))
    chosen: list[int] = []
    while len(chosen) < count and gains.max(initial=0) > 0:
        best = int(gains.argmax())
        chosen.append(best)
        # By column, as gains are counted: rounding may let a row and its column disagree.
        covered = (near[:, best // 8] >> (7 - best % 8) & 1).astype(bool) & left
        left &= ~covered
        for image in np.flatnonzero(covered).tolist():
            gains -= _neighbours(near, image, len(features))
    return np.array(chosen, np.int64)


def _near(features: Floats, radius: float) -> NDArray[np.uint8]:
    """Which images lie within `radius` of each: N rows of N bits."""
    size = len(features)
    near = np.zeros((size, (size + 7) // 8), np.uint8)
    for rows in blocks(size, size):
        within = squared_distances(features[rows], features) <= radius**2
        # Rounding must not part an image from itself.
        within[np.arange(len(within)), np.arange(rows.start, rows.stop)] = True
        near[rows] = np.packbits(within, axis=1)
    return near


def _neighbours(near: NDArray[np.uint8], image: int, size: int) -> NDArray[np.uint8]:
    return np.unpackbits(near[image], count=size)


def _sample(size: int, most: int, random: np.random.Generator) -> Indices:
    if size <= most:
        return np.arange(size)
    return np.sort(random.choice(size, most, replace=False))
