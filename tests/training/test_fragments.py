"""What the newest classifier makes of an image, as its page shows it."""

from __future__ import annotations

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.images.models import Image
from apps.projects.models import Project
from apps.training.models import Checkpoint, Prediction, TrainingRun
from apps.training.neighbours import neighbour_list, neighbours_of, prediction_get
from tests.factories import ImageFactory


@pytest.fixture
def checkpoint(project: Project) -> Checkpoint:
    return classifier(project)


def classifier(project: Project) -> Checkpoint:
    run = TrainingRun.objects.create(
        project=project, kind="classifier", family="small", purpose="deployed", config={}, seed=1
    )
    return Checkpoint.objects.create(
        project=project, training_run=run, kind="classifier", folder="f", sha256="a" * 64
    )


def seen(checkpoint: Checkpoint, embedding: list[float], **image: object) -> Image:
    """An image that the checkpoint has an opinion about."""
    made = ImageFactory(project=checkpoint.project, **image)
    Prediction.objects.create(
        checkpoint=checkpoint,
        image=made,
        annotation_class=checkpoint.project.annotation_classes.get(name="coat"),
        confidence=0.625,
        embedding=embedding,
    )
    return made


def test_the_nearest_real_images_come_first(checkpoint: Checkpoint) -> None:
    image = seen(checkpoint, [1, 0])
    far, near = seen(checkpoint, [0, 1]), seen(checkpoint, [0.8, 0.6])
    seen(checkpoint, [1, 0.1], origin="synthetic", split="train")
    prediction = prediction_get(image)
    assert prediction is not None
    found = neighbour_list(prediction)
    assert [neighbour.image for neighbour in found] == [near, far]
    assert found[0].distance == pytest.approx(0.4**0.5)
    assert found[1].distance == pytest.approx(2**0.5)


def test_who_makes_images_is_shown_none_that_measure(checkpoint: Checkpoint) -> None:
    far, near = seen(checkpoint, [0, 1], split="guidance"), seen(checkpoint, [0.8, 0.6])
    for split in ("select", "test"):
        seen(checkpoint, [1, 0], split=split)
    assert [found.image for found in neighbours_of(checkpoint, [1, 0])] == [near, far]


def test_the_newest_classifier_that_saw_the_image_is_asked(project: Project) -> None:
    older, newer = classifier(project), classifier(project)
    image, neighbour = seen(older, [1, 0]), seen(newer, [1, 0, 0])
    for checkpoint, other in ((older, neighbour), (newer, image)):
        Prediction.objects.create(
            checkpoint=checkpoint,
            image=other,
            annotation_class=project.annotation_classes.get(name="boot"),
            confidence=0.5,
            embedding=[0, 1] if checkpoint == older else [0, 1, 0],
        )
    prediction = prediction_get(image)
    assert prediction is not None
    assert prediction.checkpoint == newer
    assert [found.image for found in neighbour_list(prediction)] == [neighbour]


def test_the_fragment_shows_the_guess_and_the_neighbours(
    pages: Client, checkpoint: Checkpoint
) -> None:
    image, near = seen(checkpoint, [1, 0]), seen(checkpoint, [0, 1])
    address = f"/projects/{image.project.slug}/images/{image.pk}/neighbours/"
    text = pages.get(address).content.decode()
    assert "<strong>coat</strong> at confidence 0.6" in text
    assert f"/images/{near.pk}/thumbnail/" in text


def test_an_image_that_no_classifier_saw_says_so(
    pages: Client, project: Project, stranger: User
) -> None:
    image = ImageFactory(project=project)
    address = f"/projects/{project.slug}/images/{image.pk}/neighbours/"
    assert "No classifier has seen this image yet" in pages.get(address).content.decode()
    pages.force_login(stranger)
    assert pages.get(address).status_code == 404
