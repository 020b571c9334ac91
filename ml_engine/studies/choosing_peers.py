"""The same choices by scikit-activeml, the library that our strategies are compared with.

It is no dependency: where it is installed (`pip install scikit-activeml==1.0.1`), the bench times
it, and `tests/ml_engine/choosing/peer.py` prints what the tests compare with.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_engine.choosing.pool import Floats, Indices, Pool

UNCERTAINTY = {
    "entropy": "entropy",
    "margin": "margin_sampling",
    "least_confidence": "least_confident",
}


def has_peer() -> bool:
    """Whether scikit-activeml is installed."""
    return find_spec("skactiveml") is not None


def peer_choose(strategy: str, pool: Pool, count: int, **settings: Any) -> Indices:
    """scikit-activeml's choice, with its own defaults but for `settings`.

    Raises `LookupError` for a strategy that it has not.
    """
    if strategy not in PEERS:
        raise LookupError(f"scikit-activeml has no {strategy}.")
    x = pool.all_features().astype(np.float64)
    y = np.full(len(x), np.nan)
    y[: pool.known] = pool.annotated_classes
    asked = {"X": x, "y": y, "batch_size": count}
    chosen = PEERS[strategy](strategy, pool, asked, {"random_state": pool.seed, **settings})
    return np.asarray(chosen, np.int64) - pool.known


def _random(strategy: str, pool: Pool, asked: dict[str, Any], settings: dict[str, Any]) -> Any:
    from skactiveml.pool import RandomSampling

    return RandomSampling(**settings).query(**asked)


def _uncertain(strategy: str, pool: Pool, asked: dict[str, Any], settings: dict[str, Any]) -> Any:
    from skactiveml.pool import UncertaintySampling

    sampling = UncertaintySampling(method=UNCERTAINTY[strategy], **settings)
    return sampling.query(**asked, clf=_classifier(pool.probabilities), fit_clf=False)


def _bald(strategy: str, pool: Pool, asked: dict[str, Any], settings: dict[str, Any]) -> Any:
    from skactiveml.pool import GreedyBALD

    if pool.members is None:
        raise ValueError("BALD needs members.")
    ensemble = [_classifier(member) for member in pool.members]
    return GreedyBALD(**settings).query(**asked, ensemble=ensemble, fit_ensemble=False)


def _badge(strategy: str, pool: Pool, asked: dict[str, Any], settings: dict[str, Any]) -> Any:
    from skactiveml.pool import Badge

    classifier = _classifier(pool.probabilities)
    return Badge(**settings).query(**asked, clf=classifier, fit_clf=False)


def _core_set(strategy: str, pool: Pool, asked: dict[str, Any], settings: dict[str, Any]) -> Any:
    from skactiveml.pool import CoreSet

    return CoreSet(**settings).query(**asked)


def _typi_clust(strategy: str, pool: Pool, asked: dict[str, Any], settings: dict[str, Any]) -> Any:
    from skactiveml.pool import TypiClust

    return TypiClust(**settings).query(**asked)


def _prob_cover(strategy: str, pool: Pool, asked: dict[str, Any], settings: dict[str, Any]) -> Any:
    from skactiveml.pool import ProbCover

    return ProbCover(**{"n_classes": pool.class_count, **settings}).query(**asked)


PEERS: dict[str, Callable[[str, Pool, dict[str, Any], dict[str, Any]], Any]] = {
    "random": _random,
    **dict.fromkeys(UNCERTAINTY, _uncertain),
    "bald": _bald,
    "badge": _badge,
    "core_set": _core_set,
    "typi_clust": _typi_clust,
    "prob_cover": _prob_cover,
}


def _classifier(probabilities: Floats) -> Any:
    """What scikit-activeml takes for a classifier: it has seen the images already."""
    from skactiveml.base import SkactivemlClassifier

    class Known(SkactivemlClassifier):  # type: ignore[misc]
        def __init__(
            self,
            table: NDArray[np.float64] | None = None,
            classes: Any = None,
            missing_label: float = np.nan,
            cost_matrix: Any = None,
            random_state: Any = None,
        ) -> None:
            super().__init__(classes, missing_label, cost_matrix, random_state)
            self.table = table

        def fit(self, x: Any, y: Any, sample_weight: Any = None) -> Any:
            return self

        def predict_proba(self, x: Any) -> Any:
            return self.table

        def __sklearn_is_fitted__(self) -> bool:
            return True

        @property
        def classes_(self) -> Any:
            return np.arange(probabilities.shape[1])

    table = probabilities.astype(np.float64)
    table /= table.sum(axis=1, keepdims=True)
    return Known(table, classes=list(range(probabilities.shape[1])))
