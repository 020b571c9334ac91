"""What becomes of images that scoring doubts."""

from __future__ import annotations

import pytest
from django.test import Client
from rest_framework.test import APIClient

from apps.accounts.models import AuditEntry, User
from apps.images.models import Image
from apps.jobs.services import Claim
from apps.projects.models import Project
from apps.review.models import ReviewTask
from apps.review.services import Answer, reservation_take, reviews_record
from apps.training.doubts.selectors import doubt_counts, doubt_list, outliers_of, settled_images
from apps.training.doubts.services import FoundDoubt, doubts_record
from apps.training.models import Checkpoint, Doubt
from tests.factories import CheckpointFactory, ImageFactory, JobFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def outlier(project: Project) -> Image:
    return ImageFactory(project=project, split="pool")


@pytest.fixture
def wrong(project: Project) -> Image:
    """A coat of train that is annotated as a boot."""
    boot = project.annotation_classes.get(name="boot")
    return ImageFactory(project=project, split="train", status="accepted", annotation_class=boot)


@pytest.fixture
def checkpoint(project: Project, outlier: Image, wrong: Image) -> Checkpoint:
    checkpoint = CheckpointFactory(project=project)
    record(checkpoint, outlier, wrong)
    return checkpoint


def record(checkpoint: Checkpoint, outlier: Image, wrong: Image) -> None:
    """What a scoring of both finds."""
    coat = checkpoint.project.annotation_classes.get(name="coat")
    job = JobFactory(project=checkpoint.project, status="running", attempt=1)
    found = [
        FoundDoubt(outlier.pk, "outlier", "coarse", 2.0, 1.0, "Far away.", would_ask=True),
        FoundDoubt(wrong.pk, "mislabelled", "margin", 0.8, 0.4, "Nearer to coat.", coat.pk),
    ]
    doubts_record(claim=Claim(job.pk, 1), checkpoint=checkpoint, found=found)


def settle(api: APIClient, project: Project, image: Image, kind: str, outcome: str) -> list[int]:
    answer = api.post(
        f"/api/v1/projects/{project.slug}/doubts/settle/",
        {"kind": kind, "outcome": outcome, "images": [image.pk, 2**62]},
        format="json",
    )
    assert answer.status_code == 200, answer.content
    return answer.json()["settled"]


def test_a_manager_asks_anyway_and_it_is_asked_first_and_not_doubted_again(
    api: APIClient, project: Project, checkpoint: Checkpoint, outlier: Image, wrong: Image
) -> None:
    assert [row["image"] for row in outliers_of(checkpoint)] == [outlier.pk]
    assert settle(api, project, outlier, "outlier", "asked") == [outlier.pk]
    task = ReviewTask.objects.get()
    assert (task.image_id, task.kind, task.round_number) == (outlier.pk, "annotate", None)
    assert task.reason == "asked by a manager"
    assert not outliers_of(checkpoint)
    assert settle(api, project, outlier, "outlier", "kept") == []
    record(CheckpointFactory(project=project), outlier, wrong)
    assert doubt_counts(project) == {"outlier": 0, "mislabelled": 1}
    assert settled_images(project, "outlier") == {outlier.pk}
    assert AuditEntry.objects.filter(action="doubts.settle").count() == 1


def test_a_doubted_annotation_is_made_anew_by_people_who_do_not_see_the_old_one(
    api: APIClient,
    project: Project,
    checkpoint: Checkpoint,
    wrong: Image,
    annotator: User,
) -> None:
    settle(api, project, wrong, "mislabelled", "asked")
    (task,), _ = reservation_take(project=project, user=annotator, size=5)
    assert task.expected_class is None
    assert task.context == {}
    answer = Answer(task=task.pk, verdict="class", annotation_class="coat", seconds=1.0, key="k")
    reviews_record(project=project, user=annotator, answers=[answer])
    wrong.refresh_from_db()
    assert (wrong.annotation_class.name, wrong.split, wrong.status) == ("coat", "train", "accepted")


def test_a_newer_scoring_replaces_what_nobody_settled(
    project: Project, checkpoint: Checkpoint, outlier: Image, wrong: Image
) -> None:
    newer = CheckpointFactory(project=project)
    job = JobFactory(project=project, status="running", attempt=1)
    again = FoundDoubt(outlier.pk, "outlier", "embedding", 1.5, 1.0, "Still far.")
    doubts_record(claim=Claim(job.pk, 1), checkpoint=newer, found=[again])
    doubt = Doubt.objects.get()
    assert (doubt.image, doubt.checkpoint, doubt.reason) == (outlier, newer, "Still far.")
    Image.objects.filter(pk=outlier.pk).update(status="accepted", split="train")
    assert not doubt_list(project)  # people have answered about it meanwhile


def test_the_page_shows_each_kind_and_sets_images_apart(
    pages: Client, project: Project, checkpoint: Checkpoint, outlier: Image, wrong: Image
) -> None:
    address = f"/projects/{project.slug}/images/doubts/"
    page = pages.get(address)
    assert "Far away." in page.content.decode()
    assert "The strategy had chosen it." in page.content.decode()
    page = pages.get(address, {"kind": "mislabelled"})
    assert "rather coat?" in page.content.decode()
    sent = {"kind": "outlier", "way": "set_apart", "image": [str(outlier.pk), "x"]}
    answer = pages.post(f"{address}settle/", sent, follow=True)
    assert "1 image: set apart" in answer.content.decode()
    outlier.refresh_from_db()
    assert outlier.status == "quarantined"
    answer = pages.post(f"{address}settle/", {"kind": "outlier", "way": "burn"}, follow=True)
    assert "No image was chosen" in answer.content.decode()


def test_the_api_lists_them_by_kind_and_refuses_kinds_that_there_are_not(
    api: APIClient, project: Project, checkpoint: Checkpoint, wrong: Image
) -> None:
    address = f"/api/v1/projects/{project.slug}/doubts/"
    (found,) = api.get(address, {"kind": "mislabelled"}).json()["results"]
    told = {name: found[name] for name in ("image", "given_class", "other_class", "threshold")}
    assert told == {
        "image": wrong.pk, "given_class": "boot", "other_class": "coat", "threshold": 0.4,
    }  # fmt: skip
    assert len(api.get(address).json()["results"]) == 2
    refused = api.get(address, {"kind": "odd"})
    assert refused.status_code == 400
    assert "outlier, mislabelled" in refused.content.decode()
