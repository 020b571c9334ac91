"""The mixing controller: which ratio is tried further, and whether the best one is accepted.

Pure functions over answers. `Answers` of a ratio are a matrix (seeds × images): whether the model
of each seed classified each image rightly. Seeds come in one order in every ratio, so that models
of one seed are pairs; images come in one order in all of them. Ratio 0, real images alone, is
the control: it is never dropped, and wins wherever nothing else is proven.
"""

from __future__ import annotations

from ml_engine.controller.choosing import Answers, candidate_of, compared_count, finalists
from ml_engine.controller.confirming import Confirmation, confirm
from ml_engine.controller.halving import Stage, next_stage

__all__ = [
    "Answers",
    "Confirmation",
    "Stage",
    "candidate_of",
    "compared_count",
    "confirm",
    "finalists",
    "next_stage",
]
