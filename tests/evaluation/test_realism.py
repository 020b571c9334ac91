"""Realism by generator: started from a batch, told with intervals, hidden from who takes part."""

from __future__ import annotations

import io
import re

import PIL.Image
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.evaluation.realism import (
    realism_by_generator,
    realism_findings,
    realism_points,
    realism_start,
)
from apps.generation.models import GenerationRun
from apps.projects.models import Project
from apps.review.batches.realism_results import realism_test_list
from apps.review.models import RealismTest, ReviewTask
from apps.review.services import Answer, reviews_record
from apps.review.shares import Share
from tests.factories import (
    CheckpointFactory,
    GenerationRunFactory,
    ImageFactory,
    SyntheticImageFactory,
)

pytestmark = pytest.mark.django_db


def batch_of(project: Project, number: int = 4, **fields: object) -> GenerationRun:
    """A batch, with as many real images of its class beside it."""
    run = GenerationRunFactory(project=project, **fields)
    name = project.annotation_classes.first()
    for _ in range(number):
        made = SyntheticImageFactory(project=project, generation_run=run, annotation_class=name)
        beside = ImageFactory(
            project=project, split="train", status="accepted", annotation_class=name
        )
        for image in (made.image, beside):
            buffer = io.BytesIO()
            PIL.Image.effect_noise((28, 28), 50).save(buffer, "PNG")
            image.file = default_storage.save(image.file, ContentFile(buffer.getvalue()))
            image.save(update_fields=["file"])
    return run


def look_at_all(test: RealismTest, user: User, fooled_by: int) -> None:
    """Take so many fakes for real, and all else for what it is."""
    tasks = test.tasks.select_related("image").order_by("pk")
    fakes = [task.pk for task in tasks if task.image.origin == "synthetic"]
    answers = [
        Answer(
            task.pk,
            "fake" if task.pk in fakes[fooled_by:] else "real",
            f"{test.pk} {task.pk} {user.pk}",
            1.0,
        )
        for task in tasks
    ]
    outcomes = reviews_record(project=test.project, user=user, answers=answers)
    assert {outcome.status for outcome in outcomes} == {"stored"}


def test_findings_add_up_by_generator_and_over_time(project: Project, annotator: User) -> None:
    generator, other = CheckpointFactory.create_batch(2, project=project, kind="generator")
    for checkpoint, fooled_by in ((generator, 1), (generator, 3), (other, 4)):
        run = batch_of(project, checkpoint=checkpoint)
        look_at_all(realism_start(generation_run=run, count=4, seed=1), annotator, fooled_by)
    realism_start(generation_run=run, count=2, seed=1)
    findings = realism_findings(project, realism_test_list(project))
    by_generator = {found.checkpoint: found for found in realism_by_generator(findings)}
    assert by_generator[generator].looks.fooled == Share(4, 8)
    assert (by_generator[generator].tests, by_generator[other].tests) == (2, 2)
    points = realism_points(findings)
    assert [point["fooled"]["count"] for point in points] == [1, 3, 4]
    assert all(point["fooled"]["low"] < point["fooled"]["high"] for point in points)


def test_a_manager_starts_a_test_and_sees_its_images_once_it_is_done(
    pages: Client, annotator: User, project: Project
) -> None:
    run = batch_of(project)
    address = reverse("review_realism", args=[project.slug])
    form = {"batch": run.pk, "count": 3, "looks_per_image": 1, "exposure_ms": 700}
    assert pages.post(address, {**form, "count": 0}).status_code == 422
    assert pages.post(address, {**form, "batch": run.pk + 1}).status_code == 422
    assert not RealismTest.objects.exists()
    assert pages.post(address, form).status_code == 302
    test = RealismTest.objects.get()
    assert (test.exposure_ms, test.tasks.count()) == (700, 6)

    one = reverse("review_realism_test", args=[project.slug, test.pk])
    assert "/thumbnail/" not in pages.get(one).content.decode()
    look_at_all(test, annotator, fooled_by=2)
    html = pages.get(one).content.decode()
    assert len(re.findall(r"/images/\d+/thumbnail/", html)) == 6
    assert "2 of 3" in html
    assert "2 of 3" in pages.get(address).content.decode()


def test_a_batch_that_cannot_be_tested_says_why(pages: Client, project: Project) -> None:
    run = SyntheticImageFactory(project=project).generation_run
    form = {"batch": run.pk, "count": 3, "looks_per_image": 1}
    answer = pages.post(reverse("review_realism", args=[project.slug]), form)
    assert (answer.status_code, "0 real ones" in answer.content.decode()) == (422, True)


def test_who_takes_part_sees_their_own_score_when_the_test_is_done(
    client: Client, annotator: User, project: Project
) -> None:
    test = realism_start(generation_run=batch_of(project), count=4, seed=1, looks_per_image=2)
    client.force_login(annotator)
    address = reverse("review_realism", args=[project.slug])
    assert "Look at 8 now" in client.get(address).content.decode()
    look_at_all(test, annotator, fooled_by=2)
    assert "How you did" not in client.get(address).content.decode()
    test.tasks.update(status=ReviewTask.Status.WITHDRAWN)
    html = client.get(address).content.decode()
    assert "6 of 8" in html
    assert "Start a test" not in html


def test_an_ended_test_is_done(pages: Client, project: Project) -> None:
    test = realism_start(generation_run=batch_of(project), count=4, seed=1)
    pages.post(reverse("review_realism_end", args=[project.slug, test.pk]))
    assert not test.tasks.filter(status=ReviewTask.Status.OPEN).exists()


def test_tests_are_started_and_read_over_rest(
    api: APIClient, annotator: User, project: Project
) -> None:
    run = batch_of(project)
    address = f"/api/v1/projects/{project.slug}/review/realism/"
    wrong = api.post(address, {"batch": run.pk, "exposure_ms": 1}, format="json")
    assert (wrong.status_code, "exposure_ms" in wrong.json()["error"]["fields"]) == (400, True)
    assert api.post(address, {"batch": 0}, format="json").status_code == 404
    made = api.post(address, {"batch": run.pk, "count": 4, "seed": 5}, format="json")
    assert made.status_code == 201
    test = RealismTest.objects.get()
    look_at_all(test, annotator, fooled_by=1)
    told = api.get(f"{address}{test.pk}/").json()
    assert told["result"]["fooled"] | {"low": 0, "high": 0} == {
        "count": 1, "of": 4, "value": 0.25, "low": 0, "high": 0,
    }  # fmt: skip
    assert (told["is_done"], told["generator"], told["seed"]) == (True, run.checkpoint_id, 5)
    assert [person["person"] for person in told["people"]] == [annotator.username]
    assert api.get(address).json()["results"] == [told]
