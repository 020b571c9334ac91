"""Making the demo's project: splits, held-back classes, and a loop that starts by itself."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.db import transaction
from numpy.typing import NDArray
from PIL import Image as PillowImage

from apps.accounts.models import User
from apps.images.models import Image
from apps.images.services import held_back_classes_set, images_ingest
from apps.images.sources import Source
from apps.loops.services import loop_get_or_create, loop_start, loop_update
from apps.projects.models import Project
from apps.projects.services import project_create
from apps.review.queue.policy_settings import review_settings_change
from config.demo.datasets import Dataset

SPLIT_SEED = 0


@dataclass(frozen=True)
class Plan:
    """How many images go into each split, and how the loop is set."""

    splits: dict[str, int]
    loop: dict[str, Any] = field(default_factory=dict)
    allowed_defects: float = 0.4
    """So many that a few looks decide, and that a generator that is young yet may pass."""


FULL = Plan(
    splits={"train": 300, "pool": 6000, "guidance": 1000, "select": 2000, "test": 3000},
    loop={
        "annotate_per_round": 20,
        "annotate_quota": 20,
        "generate_per_round": 360,
        "validate_quota": 10,
        # Thirty of each class are there at first, some of them set apart as near-duplicates.
        "fewest_real_per_class": 20,
        # What two cores can train in five minutes.
        "more_arm_seeds": [5],
    },
)
DIGITS = Plan(
    splits={"train": 200, "pool": 700, "guidance": 200, "select": 300, "test": 397},
    # Twenty of each class are there at first.
    loop={**FULL.loop, "fewest_real_per_class": 15},
)
SMALL = Plan(
    splits={"train": 60, "pool": 200, "guidance": 100, "select": 150, "test": 150},
    loop={
        **FULL.loop,
        "classifier_steps": 150,
        "arm_steps": 60,
        "generator_steps": 150,
        "generator_refresh_steps": 50,
        "generate_per_round": 60,
        # A generator of 150 steps makes noise, which safeguards would hold back.
        "fewest_real_per_class": 0,
        "most_near_copies": 1.0,
        "most_repeats": 1.0,
        "least_variety": 0.0,
        "least_coverage": 0.0,
        "most_class_gap": 0.0,
    },
)
"""For trying the whole in a minute or two; its figures mean nothing."""


def demo_create(*, dataset: Dataset, plan: Plan, slug: str, owner: User) -> Project:
    """The project with its images, whole or not at all; its first round begins at once."""
    with transaction.atomic():
        project = project_create(
            name=f"Demo: {dataset.name}",
            slug=slug,
            classes=list(dataset.classes),
            created_by=owner,
            training_size=dataset.size,
            channels=Project.Channels.GREY,
            least_side=8,
        )
        names: dict[str, str] = {}
        images_ingest(project=project, sources=_sources(dataset, plan, names))
        pool = Image.objects.filter(project=project, split=Image.Split.POOL)
        held_back_classes_set(
            project=project, classes={image.pk: names[image.name] for image in pool}
        )
        loop = loop_get_or_create(project)
        loop_update(loop=loop, values={**plan.loop, "mirror": dataset.mirror}, actor=None)
        review_settings_change(project=project, by=None, allowed_defects=plan.allowed_defects)
        loop_start(loop=loop, actor=owner)
    return project


def _sources(dataset: Dataset, plan: Plan, names: dict[str, str]) -> Iterator[Source]:
    """The pictures by split; the class of each goes into `names`, the pool's nowhere else."""
    for split, (pictures, positions) in _parts(dataset, plan).items():
        for number, (pixels, position) in enumerate(zip(pictures, positions, strict=True)):
            name = f"{split}-{number:05}.png"
            names[name] = dataset.classes[int(position)]
            held_back = split == Image.Split.POOL
            yield Source(name, _png(pixels), None if held_back else names[name], split)


def _parts(dataset: Dataset, plan: Plan) -> dict[str, tuple[NDArray[np.uint8], NDArray[np.int64]]]:
    draws = np.random.default_rng(SPLIT_SEED)
    pictures, positions = dataset.train
    left = draws.permutation(len(pictures))
    parts = {}
    for split, count in plan.splits.items():
        if split == Image.Split.TEST:
            chosen = _balanced(draws.permutation(len(dataset.test[0])), dataset.test[1], count)
            parts[split] = (dataset.test[0][chosen], dataset.test[1][chosen])
            continue
        natural = split == Image.Split.POOL
        chosen = left[:count] if natural else _balanced(left, positions, count)
        left = left[~np.isin(left, chosen)]
        parts[split] = (pictures[chosen], positions[chosen])
    return parts


def _balanced(
    order: NDArray[np.int64], positions: NDArray[np.int64], count: int
) -> NDArray[np.int64]:
    """The first `count` of `order`, as equally many of each class as there are."""
    rank = np.empty(len(order), np.int64)
    for position in np.unique(positions[order]):
        mine = positions[order] == position
        rank[mine] = np.arange(mine.sum())
    return order[np.argsort(rank, kind="stable")][:count]


def _png(pixels: NDArray[np.uint8]) -> bytes:
    buffer = io.BytesIO()
    PillowImage.fromarray(pixels).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()
