"""Which images a generator learns from."""

from __future__ import annotations

import pytest

from apps.projects.models import Project
from apps.training.learning import (
    annotated_rows,
    classifier_newest,
    generator_rows,
    learnable,
)
from apps.training.models import Checkpoint, Prediction
from tests.factories import CheckpointFactory, ImageFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def classifier(project: Project) -> Checkpoint:
    """A deployed classifier that is less sure of each later image of the pool."""
    checkpoint = CheckpointFactory(project=project)
    for number in range(30):
        Prediction.objects.create(
            checkpoint=checkpoint,
            image=ImageFactory(project=project, split="pool"),
            annotation_class=project.annotation_classes.get(name="boot"),
            confidence=1 - number / 100,
            embedding=[0.0, 1.0],
        )
    return checkpoint


def test_it_learns_from_the_sure_pool_only_where_it_may(
    project: Project, classifier: Checkpoint
) -> None:
    annotated = [("a" * 64, 2)]
    common = {"checkpoint": classifier, "annotated": annotated, "confidence": 0.9}
    assert generator_rows(**common, learn_from_pool=False) == annotated
    rows = generator_rows(**common, learn_from_pool=True)
    pool = set(project.images.values_list("sha256", flat=True))
    assert len(rows) == 1 + 11
    assert {sha256 for sha256, _ in rows} <= pool | {"a" * 64}


def test_without_a_classifier_the_annotated_images_are_all(project: Project) -> None:
    boot = project.annotation_classes.get(name="boot")
    common = {"project": project, "annotation_class": boot, "status": "accepted"}
    taken = ImageFactory(**common, split="train")
    for split in ("select", "test", "guidance"):
        ImageFactory(**common, split=split)
    ImageFactory(**common, split="train", origin="synthetic")
    assert annotated_rows(project) == [(taken.sha256, 0)]
    found = learnable(project, 0.5)
    assert (found.annotated, found.pool, found.judge) == (1, 0, None)


def test_the_newest_deployed_classifier_judges(project: Project, classifier: Checkpoint) -> None:
    newest = CheckpointFactory(project=project)
    arm = CheckpointFactory(project=project)
    arm.training_run.purpose = "arm"
    arm.training_run.save()
    assert classifier_newest(project) == newest
