"""Batches for classes that their generator has never seen, and of varied images."""

from __future__ import annotations

import io

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse
from PIL import Image as PillowImage

from apps.accounts.models import User
from apps.generation.models import GenerationRun
from apps.generation.services import generation_enqueue
from apps.generation.targets import Target
from apps.images.contents import image_bytes
from apps.jobs.models import Job
from apps.jobs.selectors import job_event_list
from apps.loops.models import Round
from apps.loops.services import loop_start
from apps.projects.models import AnnotationClass, Project
from ml_engine.generators.training import load_generator
from ml_engine.worker.packing import engine_path
from ml_engine.worker.tasks import run as job_run
from tests.loops.driving import drive, project_fill, quick_loop

pytestmark = pytest.mark.django_db(transaction=True)
HAT = 3


@pytest.fixture
def round_(project: Project, manager: User) -> Round:
    """At review, with a generator that has seen every class but the last."""
    project_fill(project)
    AnnotationClass.objects.create(project=project, name="hat", position=HAT)
    loop = quick_loop(project, generator="pca")
    loop_start(loop=loop, actor=manager)
    return drive(loop, Round.Step.REVIEW)


def asked(round_: Round, key: str, positions: list[int]) -> Job:
    hashes = round_.project.images.filter(split="pool").values_list("sha256", flat=True)
    assert round_.generator
    assert round_.classifier
    job = generation_enqueue(
        project=round_.project, generator=round_.generator, classifier=round_.classifier,
        targets=list(map(Target, hashes, positions)), keep=4, seed=1, title="A batch",
        key=key,
    )  # fmt: skip
    job_run(str(job.pk))
    job.refresh_from_db()
    return job


def test_a_class_that_the_generator_never_saw_is_left_out_or_ends_the_job(round_: Round) -> None:
    assert "hat (0)" in round_.safeguards["scarce_classes"]
    batch = GenerationRun.objects.get(round_number=1)
    assert not batch.synthetic_images.filter(annotation_class__position=HAT).exists()

    job = asked(round_, "hats", [HAT, HAT])
    assert job.status == Job.Status.FAILED
    told = "The generator has learnt from no image of hat, so it makes none."
    assert job.error == f"{told} Annotate some, and train it again."

    job = asked(round_, "both", [0, HAT])
    assert job.status == Job.Status.SUCCEEDED
    made = GenerationRun.objects.get(pk=job.result["generation_run"]).synthetic_images
    assert set(made.values_list("annotation_class__position", flat=True)) == {0}
    assert any(told in str(event.payload) for event in job_event_list(job, 50))


def test_a_loop_varies_uncertain_images_and_keeps_the_way(
    project: Project, manager: User, client: Client
) -> None:
    project_fill(project)
    loop = quick_loop(project, generator="pca", aim_way="invert")
    loop_start(loop=loop, actor=manager)
    round_ = drive(loop, Round.Step.REVIEW)
    batch = GenerationRun.objects.get(round_number=1)
    assert batch.parameters["way"] == "invert"
    made = list(batch.synthetic_images.select_related("image", "annotation_class"))
    assert len(made) > 0
    assert round_.generator
    generator = load_generator(engine_path(round_.generator.folder))
    for one in made:
        assert one.space == "z"
        assert one.parent_id is not None
        assert 0 <= one.path["share"] <= 0.35
        assert one.path["feature_distance"] > 0
        assert abs(one.path.get("steps", 0)) <= 2
        latent = np.frombuffer(one.latent, "<f4")[None]
        again = generator.sample(latent, np.array([one.annotation_class.position]))
        stored = PillowImage.open(io.BytesIO(image_bytes(one.image)))
        assert (np.asarray(stored) == again[0, 0]).all()
    client.force_login(manager)
    page = client.get(reverse("image_lineage", args=[project.slug, made[0].pk])).content.decode()
    assert "of the way to a random image" in page
