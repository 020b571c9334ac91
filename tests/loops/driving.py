"""Drives a loop in this process: the conductor's turns, and a worker that takes what is queued."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
from PIL import Image as PillowImage

from apps.accounts.models import User
from apps.images.models import Image
from apps.images.services import held_back_classes_set, images_ingest
from apps.images.sources import Source
from apps.loops.models import Loop, Round
from apps.loops.rounds import loop_advance
from apps.loops.services import loop_get_or_create
from apps.projects.models import Project
from tests.jobs.working import work

SPLITS = {"train": 30, "pool": 60, "guidance": 30, "select": 45, "test": 45}
QUICK = {
    "classifier_steps": 40,
    "arm_steps": 20,
    "arm_seeds": 2,
    "more_arm_seeds": [3],
    "generator_steps": 20,
    "generator_refresh_steps": 10,
    "generate_per_round": 20,
    "annotate_per_round": 9,
    "annotate_quota": 6,
    "validate_quota": 6,
    "fewest_real_per_class": 0,
    "most_near_copies": 1.0,
    "most_repeats": 1.0,
    "least_variety": 0.0,
    "least_coverage": 0.0,
    "most_class_gap": 0.0,
}
"""Settings under which a round takes seconds and every step still does its work.

No safeguard stops its generators, which have learnt nothing in so few steps."""


def pictures(seed: int) -> Iterator[tuple[str, str, bytes]]:
    """Split, class and PNG of small grey pictures whose class is where they are bright."""
    draws = np.random.default_rng(seed)
    names = ["boot", "coat", "shirt"]
    for split, count in SPLITS.items():
        for number in range(count):
            position = number % len(names)
            pixels = draws.integers(0, 90, (28, 28), np.uint8)
            pixels[:, position * 9 : position * 9 + 9] += np.uint8(draws.integers(60, 160))
            buffer = io.BytesIO()
            PillowImage.fromarray(pixels).save(buffer, "PNG")
            yield split, names[position], buffer.getvalue()


def project_fill(project: Project, seed: int = 0) -> None:
    """Images for every split; the pool's classes are held back."""
    sources, truth = [], {}
    for number, (split, name, png) in enumerate(pictures(seed)):
        held_back = split == "pool"
        sources.append(Source(f"{number}.png", png, None if held_back else name, split))
        truth[f"{number}.png"] = name
    images_ingest(project=project, sources=sources)
    pool = Image.objects.filter(project=project, split="pool")
    held_back_classes_set(project=project, classes={image.pk: truth[image.name] for image in pool})


def quick_loop(project: Project, **settings: object) -> Loop:
    """A loop whose rounds take seconds."""
    loop = loop_get_or_create(project)
    for name, value in {**QUICK, **settings}.items():
        setattr(loop, name, value)
    loop.save()
    return loop


def drive(loop: Loop, until: str, turns: int = 60) -> Round:
    """Advance the loop and do its jobs until its newest round comes to the step `until`."""
    for _ in range(turns):
        loop_advance(loop=loop)
        work(loop.project)
        loop.refresh_from_db()
        round_ = Round.objects.filter(project=loop.project).order_by("-number").first()
        if round_ and round_.step == until:
            return round_
        assert loop.status == Loop.Status.RUNNING, loop.status_reason
    raise AssertionError(f"the round stays at {round_ and round_.step}")


def answer_all(project: Project, user: User) -> None:
    """Answer every open task: the true class, and every second synthetic image right."""
    from apps.review.queue.reservations import reservation_take
    from apps.review.services import Answer, reviews_record

    while True:
        tasks, _ = reservation_take(project=project, user=user, size=50)
        if not tasks:
            return
        reviews_record(
            project=project,
            user=user,
            answers=[
                Answer(
                    task=task.pk,
                    verdict="class",
                    annotation_class=task.image.held_back_class.annotation_class.name,
                    seconds=1.0,
                    key=f"{task.pk}",
                )
                if task.kind == "annotate"
                else Answer(task=task.pk, verdict="right", seconds=1.0, key=f"{task.pk}")
                for task in tasks
            ],
        )
