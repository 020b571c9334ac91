"""Batches that people have looked at, with judgements as the queue writes them."""

from __future__ import annotations

from collections.abc import Sequence

from apps.accounts.models import User
from apps.generation.models import GenerationRun
from apps.projects.models import Project
from apps.review.batches.drawing import interleaved
from apps.review.models import ReviewTask
from apps.review.services import Answer, reviews_record
from tests.factories import GenerationRunFactory, ReviewTaskFactory, SyntheticImageFactory


def batch_make(project: Project, **sizes: int) -> GenerationRun:
    """A batch with so many images of each class, all of them in the queue in fair turns."""
    run = GenerationRunFactory(project=project)
    classes = {item.name: item for item in project.annotation_classes.all()}
    names = interleaved({name: [name] * size for name, size in sizes.items()}, lambda _: 0.5, 0)
    for number, name in enumerate(names):
        lineage = SyntheticImageFactory(
            project=project, generation_run=run, annotation_class=classes[name]
        )
        ReviewTaskFactory(
            project=project,
            image=lineage.image,
            kind="validate",
            batch=run.pk,
            expected_class=classes[name],
            priority=1 - number / len(names),
        )
    return run


def look(
    run: GenerationRun, user: User, verdicts: Sequence[str], *, of: str = "", **answer: object
) -> None:
    """Answer the batch's next open tasks, in the queue's order; `of`: of one class only."""
    tasks = ReviewTask.objects.filter(batch=run.pk, status="open").order_by("-priority", "pk")
    if of:
        tasks = tasks.filter(expected_class__name=of)
    answers = [
        Answer(task=task.pk, verdict=verdict, key=f"look {task.pk}", **answer)
        for task, verdict in zip(tasks, verdicts, strict=False)
    ]
    assert len(answers) == len(verdicts)
    outcomes = reviews_record(project=run.project, user=user, answers=answers)
    assert {outcome.status for outcome in outcomes} == {"stored"}, outcomes
