"""Rows for tests, each as small as may be."""

from __future__ import annotations

import hashlib

import factory
from factory.django import DjangoModelFactory

from apps.accounts.models import User
from apps.images.models import Image
from apps.jobs.models import Job
from apps.projects.models import AnnotationClass, Membership, Project
from apps.review.models import ReviewTask


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
