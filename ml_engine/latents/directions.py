"""Directions in a space of latents along which one thing about an image changes.

From examples: the normal of the plane that parts points of two kinds (Shen et al. 2020,
"Interpreting the Latent Space of GANs for Semantic Face Editing", §3). Without any: what the first
layers turn into most (SeFa; Shen & Zhou 2021, "Closed-Form Factorization of Latent Semantics in
GANs", §3.2), and where points or first activations spread most (GANSpace; Härkönen et al. 2020,
§3.1 and §3.2).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ml_engine.generators.pca import principal_components
from ml_engine.generators.protocol import Generator
from ml_engine.latents.layers import first_activations, first_weights
from ml_engine.latents.spaces import Share, Space, along_line
from ml_engine.randomness import normal, numpy_generator

SEEN = 1024
"""Points that GANSpace looks at."""
EXTREMES = 0.2
"""Share of the images at each end of a score that a plane parts; those between blur it."""
FOLDS = 5
"""Parts of the examples, each judged by a plane that the others taught."""
FEWEST = 5
"""Examples of each kind."""
LOOKS = 3
"""At what makes images lose their class: a border bends, and one plane tells little of it."""
LEAST_LEFT = 0.05
"""Of a direction's length, once others are taken out of it; less is rounding."""


@dataclass(frozen=True)
class Direction:
    """A unit vector of a space, and how far its points spread along it."""

    space: str
    """w or z; what is of w moves all layers of w_plus alike."""
    normal: Tensor
    """(*shape), of length 1, on the CPU."""
    deviation: float
    """σ: of points along it."""
    weight: float
    """How much it is worth, in [0, 1]: the share of held-back examples that a plane parts rightly
    (a half: none), or of all spread that lies along it."""

    def moved(self, points: Tensor, steps: Share) -> Tensor:
        """Points (N, *shape), `steps` σ further: one number, or one for each point (N,)."""
        onward = points + (self.deviation * self.normal).to(points)
        return along_line(points, onward, steps)


def between_kinds(
    space: Space, points: Tensor, kinds: NDArray[np.bool_], *, seed: int
) -> Direction:
    """From points (N, *shape) without something to those with it, as `kinds` (N,) tells.

    The normal of a plane found by logistic regression, kinds weighing alike. Raises `ValueError`
    for fewer than five examples of either kind.
    """
    few = min(int(kinds.sum()), int((~kinds).sum()))
    if few < FEWEST:
        raise ValueError(f"A direction needs {FEWEST} examples of each kind, and has {few} of one.")
    flat = points.detach().cpu().flatten(1).double().numpy() / space.deviation
    folds = numpy_generator(seed, "folds").permutation(len(flat)) % FOLDS
    right = np.zeros(len(flat), bool)
    for fold in range(FOLDS):
        held = folds == fold
        if held.any() and len(set(kinds[~held].tolist())) == 2:
            weights, offset = _plane(flat[~held], kinds[~held])
            right[held] = (flat[held] @ weights + offset > 0) == kinds[held]
    weights, _ = _plane(flat, kinds)
    found = torch.from_numpy(weights).float().view(space.shape)
    balanced = (right[kinds].mean() + right[~kinds].mean()) / 2
    return _direction(space, points, found, float(balanced))


def along_scores(
    space: Space,
    points: Tensor,
    scores: NDArray[np.floating],
    classes: NDArray[np.int64],
    *,
    seed: int,
) -> Direction:
    """From points (N, *shape) of low scores (N,) to those of high ones: see `between_kinds`, for
    the fifth with the lowest and the fifth with the highest of each class (N,).

    Compared over all classes, a score that classes differ in would be the way from class to class.
    """
    low, high = [], []
    for c in np.unique(classes):
        own = np.flatnonzero(classes == c)
        order = own[np.argsort(scores[own], kind="stable")]
        count = int(len(order) * EXTREMES)
        low.append(order[:count])
        high.append(order[len(order) - count :])
    ends = np.concatenate([*low, *high])
    kinds = np.arange(len(ends)) >= sum(map(len, low))
    return between_kinds(space, points[torch.from_numpy(ends)], kinds, seed=seed)


def losing_class(
    space: Space,
    points: Tensor,
    margins: NDArray[np.floating],
    classes: NDArray[np.int64],
    *,
    seed: int,
) -> list[Direction]:
    """Directions along which images lose their class, for `without`: of each class, and again of
    each in what these leave, as far as half of the space is left.

    `margins` (N,) tell how much surer a classifier is of an image's own class than of any other.
    """
    found: list[Direction] = []
    known = np.unique(classes)
    for _ in range(LOOKS):
        if found and len(found) + len(known) > points[0].numel() / 2:
            break
        left = _left_of(points, found)
        for c in known:
            own = torch.from_numpy(np.flatnonzero(classes == c))
            found.append(
                along_scores(space, left[own], margins[classes == c], classes[own], seed=seed)
            )
    return found


def _left_of(points: Tensor, directions: Sequence[Direction]) -> Tensor:
    """Points (N, *shape) without what lies along the directions."""
    if not directions:
        return points
    spanned = torch.stack([direction.normal.flatten() for direction in directions], dim=1)
    basis = torch.linalg.qr(spanned.to(points)).Q
    flat = points.flatten(1)
    left: Tensor = flat - flat @ basis @ basis.T
    return left.view_as(points)


def _plane(
    points: NDArray[np.float64], kinds: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], float]:
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(class_weight="balanced", max_iter=1000).fit(points, kinds)
    return np.asarray(fitted.coef_[0], np.float64), float(fitted.intercept_[0])


def without(direction: Direction, others: Sequence[Direction]) -> Direction:
    """A direction along which the others' boundaries are kept (conditional manipulation; Shen et
    al. 2020, §3.2): what is left of it beside all that they span.

    σ becomes as much shorter as the normal was. Raises `ValueError` where nothing is left, or for
    directions of another space.
    """
    if any(other.space != direction.space for other in others):
        raise ValueError(f"Directions of other spaces say nothing about {direction.space}.")
    left = direction.normal.double().flatten()
    if others:
        spanned = torch.stack([other.normal.double().flatten() for other in others], dim=1)
        basis = torch.linalg.qr(spanned).Q
        left = left - basis @ (basis.T @ left)
    length = float(torch.linalg.vector_norm(left))
    if length < LEAST_LEFT:
        raise ValueError("Nothing is left of the direction: the others say all that it says.")
    unit = (left / length).float().view(direction.normal.shape)
    return Direction(direction.space, unit, direction.deviation * length, direction.weight)


def factorised(generator: Generator, space: Space, count: int, *, seed: int) -> list[Direction]:
    """SeFa: the `count` directions that the first layers turn into most, the most first.

    Eigenvectors of AᵀA, A being the weights of the layers that take a point, each row of length 1.
    Raises `ValueError` for a space without such layers.
    """
    rows = first_weights(generator, space, seed=seed).double()
    lengths = torch.linalg.vector_norm(rows, dim=1, keepdim=True)
    rows = rows / lengths.clamp_min(1e-12)
    values, vectors = torch.linalg.eigh(rows.T @ rows)
    values, vectors = values.flip(0).clamp_min(0), vectors.flip(1)
    shares = (values / values.sum().clamp_min(1e-12)).tolist()
    points, _ = _drawn(generator, space, seed)
    return [
        _direction(space, points, vectors[:, n].float(), shares[n])
        for n in range(min(count, vectors.shape[1]))
    ]


def spread_most(generator: Generator, space: Space, count: int, *, seed: int) -> list[Direction]:
    """GANSpace: the `count` directions along which images of the generator differ most.

    Principal components of points of w; in z, where points spread alike every way, those of the
    first layer's activations, regressed back to z. Raises `ValueError` for a space without such a
    layer, or one of layers.
    """
    if space.name == "w_plus":
        raise ValueError("Directions of w move all layers of w_plus; there are none of its own.")
    points, classes = _drawn(generator, space, seed)
    seen = points if space.name == "w" else first_activations(generator, points, classes)
    centred = (seen - seen.mean(dim=0)).flatten(1).cpu()
    components = principal_components(centred, min(count, *centred.shape), seed)
    along = centred @ components
    shares = (along.square().sum(dim=0) / centred.square().sum().clamp_min(1e-12)).tolist()
    if space.name == "z":
        # Columns of U, which minimises |U x - z|² over coordinates x and their latents z.
        components = torch.linalg.lstsq(along, points.cpu()).solution.T
    return [
        _direction(space, points, components[:, n], shares[n]) for n in range(components.shape[1])
    ]


def _drawn(generator: Generator, space: Space, seed: int) -> tuple[Tensor, Tensor]:
    """Points (N, *shape) of all classes in turn, and their classes (N,)."""
    classes = torch.arange(SEEN) % generator.class_count
    latents = normal((SEEN, generator.latent_size), seed, "seen for directions")
    return space.points(latents, classes), classes


def _direction(space: Space, points: Tensor, vector: Tensor, weight: float) -> Direction:
    unit = vector / torch.linalg.vector_norm(vector).clamp_min(1e-12)
    if space.name == "z":
        return Direction(space.name, unit, 1.0, weight)
    flat = points.detach().cpu().flatten(1)
    deviation = float((flat @ unit.flatten()).std())
    return Direction(space.name, unit, deviation, weight)
