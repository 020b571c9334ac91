"""Rows for tests, each as small as may be."""

from __future__ import annotations

import hashlib

import factory
import numpy as np
from factory.django import DjangoModelFactory

from apps.accounts.models import User
from apps.generation.models import Direction, GenerationRun, SyntheticImage
from apps.images.models import Image, Slice
from apps.jobs.models import Job
from apps.places.models import Place
from apps.projects.models import AnnotationClass, Membership, Project
from apps.review.models import Review, ReviewTask
from apps.training.models import Checkpoint, TrainingRun
from apps.webhooks.models import Webhook


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"person{n}")
    password = factory.django.Password("correct horse")


class ProjectFactory(DjangoModelFactory):
    """A grey 28-pixel project with three classes."""

    class Meta:
        model = Project
        skip_postgeneration_save = True

    slug = factory.Sequence(lambda n: f"project-{n}")
    name = factory.Sequence(lambda n: f"Project {n}")
    training_size = 28
    channels = 1

    @factory.post_generation
    def classes(project, create, names, **kwargs):  # noqa: N805
        for position, name in enumerate(names or ["boot", "coat", "shirt"]):
            AnnotationClass.objects.create(project=project, name=name, position=position)


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = Membership

    project = factory.SubFactory(ProjectFactory)
    user = factory.SubFactory(UserFactory)
    role = Membership.Role.ANNOTATOR


class ImageFactory(DjangoModelFactory):
    """A row only: no file lies behind it. Tests that look at bytes ingest real ones."""

    class Meta:
        model = Image

    project = factory.SubFactory(ProjectFactory)
    name = factory.Sequence(lambda n: f"image-{n}.png")
    sha256 = factory.Sequence(lambda n: hashlib.sha256(str(n).encode()).hexdigest())
    file = factory.LazyAttribute(lambda image: f"images/{image.sha256}.png")
    thumbnail = factory.LazyAttribute(lambda image: f"thumbnails/{image.sha256}.webp")
    format = "png"
    width = 28
    height = 28
    byte_size = 500


class SliceFactory(DjangoModelFactory):
    """Made by hand, with no images yet."""

    class Meta:
        model = Slice

    project = factory.SubFactory(ProjectFactory)
    name = factory.Sequence(lambda n: f"slice {n}")


class ReviewTaskFactory(DjangoModelFactory):
    class Meta:
        model = ReviewTask

    project = factory.SubFactory(ProjectFactory)
    image = factory.SubFactory(ImageFactory, project=factory.SelfAttribute("..project"))
    kind = ReviewTask.Kind.ANNOTATE


class JobFactory(DjangoModelFactory):
    class Meta:
        model = Job

    project = factory.SubFactory(ProjectFactory)
    kind = "nothing"
    title = "Do nothing"


class ReviewFactory(DjangoModelFactory):
    class Meta:
        model = Review

    task = factory.SubFactory(ReviewTaskFactory)
    user = factory.SubFactory(UserFactory)
    verdict = Review.Verdict.RIGHT
    seconds = 1.0
    key = factory.Sequence(lambda n: f"key-{n}")


class CheckpointFactory(DjangoModelFactory):
    """A row only: no weights lie behind it."""

    class Meta:
        model = Checkpoint

    project = factory.SubFactory(ProjectFactory)
    training_run = factory.LazyAttribute(
        lambda checkpoint: TrainingRun.objects.create(
            project=checkpoint.project,
            kind=checkpoint.kind,
            family="small_cnn",
            purpose="deployed",
            config={},
            seed=0,
        )
    )
    kind = TrainingRun.Kind.CLASSIFIER
    folder = factory.LazyAttribute(
        lambda checkpoint: f"runs/{checkpoint.training_run.pk}/checkpoint"
    )
    sha256 = factory.Sequence(lambda n: hashlib.sha256(f"checkpoint {n}".encode()).hexdigest())


class GenerationRunFactory(DjangoModelFactory):
    class Meta:
        model = GenerationRun

    project = factory.SubFactory(ProjectFactory)
    checkpoint = factory.SubFactory(
        CheckpointFactory, project=factory.SelfAttribute("..project"), kind="generator"
    )
    seed = 0


class SyntheticImageFactory(DjangoModelFactory):
    """A synthetic image's lineage, with its image's row."""

    class Meta:
        model = SyntheticImage
        exclude = ["project"]

    project = factory.SubFactory(ProjectFactory)
    image = factory.SubFactory(
        ImageFactory,
        project=factory.SelfAttribute("..project"),
        origin="synthetic",
        split="train",
    )
    generation_run = factory.SubFactory(
        GenerationRunFactory, project=factory.SelfAttribute("..project")
    )
    sample_index = factory.Sequence(lambda n: n)
    latent = b""
    annotation_class = factory.LazyAttribute(
        lambda lineage: lineage.project.annotation_classes.first()
    )


class DirectionFactory(DjangoModelFactory):
    """A proposal in a latent space of two numbers."""

    class Meta:
        model = Direction

    project = factory.SubFactory(ProjectFactory)
    checkpoint = factory.SubFactory(
        CheckpointFactory, project=factory.SelfAttribute("..project"), kind="generator"
    )
    space = "z"
    vector = np.array([0, 1], "<f4").tobytes()
    deviation = 1.0
    method = "principal components"
    found = {"seed": 0, "rank": 1, "explained": 0.2}


class PlaceFactory(DjangoModelFactory):
    """A folder that no operator has opened: it can be named, but not read."""

    class Meta:
        model = Place

    project = factory.SubFactory(ProjectFactory)
    name = factory.Sequence(lambda n: f"Place {n}")
    kind = Place.Kind.FOLDER
    folder = "/pictures"


class WebhookFactory(DjangoModelFactory):
    """One on every topic, from the log's beginning."""

    class Meta:
        model = Webhook

    project = factory.SubFactory(ProjectFactory)
    url = "https://receiver.example/hook"
    topics = ["jobs", "rounds", "ingestion", "decisions"]
    cursor = 0
