"""Which strategy a round asks by: with few annotations, one that looks for typical images.

TypiClust and ProbCover beat uncertainty by far with 1 to 10 annotations a class, and lose to it
with many (Hacohen et al. 2022, "Active Learning on a Budget", figure 1; Yehuda et al. 2022).
"""

from __future__ import annotations

from apps.images.models import Image
from apps.loops.models import Loop
from apps.projects.models import Project

AS_THEY_ARE = (Loop.Strategy.RANDOM, Loop.Strategy.TYPI_CLUST, Loop.Strategy.PROB_COVER)
"""Strategies that do not need to know much: nothing asks in their place."""


def strategy_of(loop: Loop) -> tuple[str, str]:
    """The strategy of a round that begins now, and why it is not the loop's own; empty if it is."""
    if not loop.cold_strategy or loop.strategy in AS_THEY_ARE:
        return loop.strategy, ""
    enough = loop.cold_per_class * loop.project.annotation_classes.count()
    annotated = annotated_count(loop.project)
    if annotated >= enough:
        return loop.strategy, ""
    own, cold = Loop.Strategy(loop.strategy).label, Loop.Strategy(loop.cold_strategy).label
    return loop.cold_strategy, (
        f"{annotated:,} training images are annotated: up to {enough:,}, {cold} asks about typical"
        f" images, then {own}."
    )


def annotated_count(project: Project) -> int:
    """Annotated real images of train."""
    return Image.objects.filter(
        project=project,
        origin=Image.Origin.REAL,
        split=Image.Split.TRAIN,
        status=Image.Status.ACCEPTED,
        annotation_class__isnull=False,
    ).count()
