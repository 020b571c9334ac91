"""What a batch of synthetic images must not be, before people look at it."""

from __future__ import annotations

from dataclasses import dataclass

from ml_engine.config.settings import EngineConfig, setting

HELD = " A batch is held back where that is sure."


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardConfig(EngineConfig):
    """Limits of the measures of a generator's images; see `ml_engine.guards`.

    The defaults pass every family that `docs/generators.md` measures, the controls among them,
    and hold back copies of training images, a few images many times, and images of another domain.
    """

    most_near_copies: float = setting(
        0.1,
        "Synthetic images that lie nearer to a training image than 99% of unseen real ones do, as a"
        " share; 1% do by chance." + HELD + " 1: never.",
        at_least=0,
        at_most=1,
    )
    most_repeats: float = setting(
        0.2,
        "Synthetic images that lie nearer to each other than 99% of real ones do, as a share; 1% do"
        " by chance, and nearly all where a generator has collapsed." + HELD + " 1: never.",
        at_least=0,
        at_most=1,
    )
    least_variety: float = setting(
        0.5,
        "How far apart synthetic images of one class must lie, as a multiple of real ones; the"
        " median over the classes." + HELD + " 0: never.",
        at_least=0,
        at_most=1,
    )
    least_coverage: float = setting(
        0.1,
        "Share of the real guidance images that must have a synthetic one among their neighbours."
        + HELD
        + " 0: never.",
        at_least=0,
        at_most=1,
    )
    most_class_gap: float = setting(
        1.0,
        "How far synthetic images of a class may lie from its real ones, as a multiple of how far"
        " other classes do (KID; median over the classes): from 1 on they are as strange as another"
        " class." + HELD + " 0: never.",
        at_least=0,
        at_most=100,
    )
    most_told_apart: float = setting(
        1.0,
        "How well a classifier may tell synthetic from real images (area under the ROC curve, 0.5:"
        " not at all). Blurred images that help are told apart easily, too, so 1, never, is where"
        " this begins." + HELD,
        at_least=0.5,
        at_most=1,
    )
