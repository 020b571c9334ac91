"""Whether fakes are copies of training images: nearest training image against nearest for held-out.

After Meehan et al. 2020, "A Non-Parametric Test to Detect Data-Copying in Generative Models", §3: a
fake should lie no nearer to the training images than an unseen real image does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml_engine.measures.intervals import Estimate, share
from ml_engine.measures.ranks import auc, placements
from ml_engine.neighbours import Features, nearest

NEAR = 0.01
"""Share of unseen real images that are called near copies; so are as many of honest fakes."""


@dataclass(frozen=True)
class Memorisation:
    """Two views of the distances to the nearest training image."""

    nearer_than_unseen: Estimate
    """How often a fake is nearer to its nearest training image than an unseen real image to its:
    0.5 where it is like an unseen one, 1 where all are copies."""
    near_copies: Estimate
    """Share of fakes nearer to a training image than 99% of unseen real images are."""


def memorisation(training: Features, unseen: Features, fake: Features) -> Memorisation:
    """Compare fake (M, D) with unseen real images (N, D), both against training ones (T, D)."""
    of_unseen, of_fake = nearest(unseen, training), nearest(fake, training)
    nearness = placements(-of_unseen, -of_fake)
    return Memorisation(
        nearer_than_unseen=auc(*nearness),
        near_copies=share(of_fake < np.quantile(of_unseen, NEAR)),
    )
