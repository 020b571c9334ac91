"""A project whose generator the studio can walk in, made in a running site."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from django.conf import settings

from apps.accounts.models import User
from apps.accounts.services import sign_in_link_create
from apps.images.models import Image
from apps.images.services import images_ingest
from apps.images.sources import Source
from apps.projects.models import Project
from apps.projects.services import membership_set, project_create
from apps.training.models import Checkpoint, Prediction, Score
from ml_engine.classifiers.inference import load_classifier
from tests.factories import DirectionFactory, UserFactory
from tests.generation.making import classifier_made, generator_made
from tests.images.pictures import encoded, picture

SLUG = "walked"
STYLED = "styled"
"""A project whose generator has a style for each layer."""
REAL = ["odd-1.png", "odd-2.png"]
"""Its real images, the one that the classifier is least sure of first."""


def make() -> dict[str, object]:
    """Make it, with one named direction, one proposal, and a classifier of fresh networks.

    Returns ids, and the sign-in link of mia, an annotator.
    """
    admin = User.objects.get(username="admin")
    project = project_create(
        name="Walked", slug=SLUG, classes=["boot", "coat", "shirt"], created_by=admin,
        training_size=32, channels=1,
    )  # fmt: skip
    checkpoint = generator_made(project)
    named, proposed = (
        DirectionFactory(
            project=project,
            checkpoint=checkpoint,
            name=name,
            vector=np.eye(6, dtype="<f4")[number].tobytes(),
        ).pk
        for number, name in enumerate(["longer sleeves", ""])
    )
    mia = UserFactory(username="mia")
    membership_set(project=project, username="mia", role="annotator", actor=admin)
    return {
        "checkpoint": checkpoint.pk,
        "named": named,
        "proposed": proposed,
        "odd": _judged(project, classifier_made(project)),
        "link": sign_in_link_create(user=mia),
    }


def make_styled() -> None:
    """Make the project `STYLED`."""
    project = project_create(
        name="Styled", slug=STYLED, classes=["boot", "coat"], training_size=16, channels=1,
        created_by=User.objects.get(username="admin"),
    )  # fmt: skip
    generator_made(project, "stylegan3")


def _judged(project: Project, checkpoint: Checkpoint) -> int:
    """Real images, of each what the classifier sees; returns the oddest one's id."""
    pictures = [picture(number, (32, 32)) for number in range(len(REAL))]
    sources = [
        Source(name, encoded(made), split="pool") for name, made in zip(REAL, pictures, strict=True)
    ]
    images_ingest(project=project, sources=sources)
    classifier = load_classifier(Path(settings.ENGINE_ROOT) / checkpoint.folder)
    seen = classifier.predict(np.stack([np.asarray(made)[None] for made in pictures]))
    coat = project.annotation_classes.get(name="coat")
    images = [Image.objects.get(project=project, name=name) for name in REAL]
    for number, image in enumerate(images):
        Prediction.objects.create(
            checkpoint=checkpoint, image=image, annotation_class=coat, confidence=0.4,
            embedding=seen.features[number].tolist(),
        )  # fmt: skip
        Score.objects.create(
            checkpoint=checkpoint, image=image, strategy="margin", value=1 - number / 10
        )
    return images[0].pk
