"""What people are asked about, and what generation aims at."""

from __future__ import annotations

import pytest

from apps.images.models import Image
from apps.images.slices.services import slice_create
from apps.loops.selection import (
    RANDOM,
    aim_targets,
    annotation_questions,
    validation_questions,
)
from apps.projects.models import Project
from apps.training.models import Checkpoint, Prediction, Score
from tests.factories import (
    CheckpointFactory,
    GenerationRunFactory,
    ImageFactory,
    SyntheticImageFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def checkpoint(project: Project) -> Checkpoint:
    """A classifier that is less sure of each later image: 30 of the pool, 5 of guidance."""
    checkpoint = CheckpointFactory(project=project)
    boot, coat, _ = project.annotation_classes.all()
    images = [ImageFactory(project=project, split="pool") for _ in range(30)]
    images += [
        ImageFactory(project=project, split="guidance", status="accepted", annotation_class=coat)
        for _ in range(5)
    ]
    for number, image in enumerate(images):
        Prediction.objects.create(
            checkpoint=checkpoint,
            image=image,
            annotation_class=boot,
            confidence=1 - number / 100,
            embedding=[0.0, 1.0],
        )
        for strategy in ("margin", "random"):
            Score.objects.create(
                checkpoint=checkpoint, image=image, strategy=strategy, value=number / 100
            )
    return checkpoint


def asked(checkpoint: Checkpoint, **changes: object) -> list[tuple[float, str, float]]:
    """Priority, reason and score of each question, as the queue asks them."""
    settings = {"strategy": "margin", "count": 10, "random_share": 0.2, "seed": 3, **changes}
    questions = annotation_questions(checkpoint=checkpoint, **settings)
    return sorted(
        ((question.priority, question.reason, question.context["score"]) for question in questions),
        reverse=True,
    )


def test_the_least_sure_pool_images_are_asked_about_and_a_random_share(
    checkpoint: Checkpoint,
) -> None:
    questions = asked(checkpoint)
    assert len(questions) == 10
    assert sum(reason == RANDOM for _, reason, _ in questions) == 2
    chosen = [score for _, reason, score in questions if reason == "margin"]
    assert chosen == sorted(chosen, reverse=True)
    assert min(chosen) >= 0.20


def test_the_control_is_not_left_to_the_end_of_the_queue(checkpoint: Checkpoint) -> None:
    """Over many seeds a random image stands in the first half as often as in the second."""
    early = total = 0
    for seed in range(40):
        for place, (_, reason, _) in enumerate(asked(checkpoint, seed=seed)):
            if reason == RANDOM:
                total += 1
                early += place < 5
    assert 0.3 < early / total < 0.7


def test_guidance_images_are_never_asked_about_but_aimed_at_with_their_own_class(
    project: Project, checkpoint: Checkpoint
) -> None:
    questions = annotation_questions(
        checkpoint=checkpoint, strategy="margin", count=30, random_share=0, seed=1
    )
    assert {question.image.split for question in questions} == {Image.Split.POOL}
    targets = aim_targets(checkpoint=checkpoint, strategy="margin", keep=14)
    assert [target.position for target in targets] == [1, 1, 1, 1, 1, 0, 0]
    assert {target.strategy for target in targets} == {"margin"}
    scores = [target.score or 0 for target in targets]
    assert scores == sorted(scores, reverse=True)


def test_a_batch_is_asked_about_in_one_order_that_takes_its_classes_in_turn(
    project: Project,
) -> None:
    run = GenerationRunFactory(project=project)
    classes = list(project.annotation_classes.all())
    for number in range(40):
        SyntheticImageFactory(
            project=project,
            generation_run=run,
            annotation_class=classes[0 if number < 30 else 1],
        )
    questions = validation_questions(generation_run=run, seed=3)
    assert [question.priority for question in questions] == sorted(
        (question.priority for question in questions), reverse=True
    )
    assert all(0 < question.priority < 1 for question in questions)
    for length in range(4, 40):
        begun = [question.expected_class for question in questions[:length]]
        assert abs(begun.count(classes[1].pk) - length / 4) <= 2
    again = validation_questions(generation_run=run, seed=3)
    other = validation_questions(generation_run=run, seed=4)
    order = [question.image.pk for question in questions]
    assert [question.image.pk for question in again] == order
    assert [question.image.pk for question in other] != order


def scored_by(checkpoint: Checkpoint, *ranks: int) -> list[Image]:
    """The images of these ranks: 0 is what the classifier is surest of, 34 the least sure."""
    images = list(Image.objects.filter(project=checkpoint.project).order_by("pk"))
    return [images[rank] for rank in ranks]


def in_slice(checkpoint: Checkpoint, name: str, *ranks: int, is_aimed_at: bool = True) -> None:
    slice_create(
        project=checkpoint.project,
        actor=None,
        name=name,
        image_ids=[image.pk for image in scored_by(checkpoint, *ranks)],
        is_aimed_at=is_aimed_at,
    )


def aimed(checkpoint: Checkpoint, quota: float, **changes: object) -> list[int]:
    """The ranks of ten targets, in order."""
    targets = aim_targets(
        checkpoint=checkpoint, strategy="margin", keep=20, slice_quota=quota, **changes
    )
    ranks = {image.sha256: rank for rank, image in enumerate(scored_by(checkpoint, *range(35)))}
    return [ranks[target.sha256] for target in targets]


def test_a_share_of_the_targets_is_of_the_slices_that_are_aimed_at_in_turn(
    checkpoint: Checkpoint,
) -> None:
    usual = list(range(34, 24, -1))
    in_slice(checkpoint, "dark", 1, 2, 3, 4)
    in_slice(checkpoint, "odd", 4, 5, 34)
    in_slice(checkpoint, "not aimed at", 6, 7, is_aimed_at=False)
    assert aimed(checkpoint, 0) == usual
    assert aimed(checkpoint, 0.4) == [4, 34, 3, 5, 33, 32, 31, 30, 29, 28]
    assert aimed(checkpoint, 1.0) == [4, 34, 3, 5, 2, 1, 33, 32, 31, 30], "the rest fill up"
    assert aimed(checkpoint, 0.4, left_out=[1]) == [4, 5, 3, 2, 29, 28, 27, 26, 25, 24]


def test_a_slice_that_reaches_into_select_and_test_is_not_aimed_at_there(
    checkpoint: Checkpoint,
) -> None:
    in_slice(checkpoint, "sealed", 8, 9, 10)
    for rank, split in ((8, "test"), (9, "select")):
        Image.objects.filter(pk=scored_by(checkpoint, rank)[0].pk).update(split=split)
    assert aimed(checkpoint, 0.5) == [10, *range(34, 25, -1)]
