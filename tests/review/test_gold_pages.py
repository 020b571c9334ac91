"""Gold tasks as managers make and retire them."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from apps.accounts.models import AuditEntry, User
from apps.images.models import Image
from apps.projects.models import Project
from apps.review.models import Judgement, ReviewTask
from tests.factories import ImageFactory, ReviewFactory, ReviewTaskFactory

pytestmark = pytest.mark.django_db


def image_of(project: Project, **known: object) -> Image:
    coat = project.annotation_classes.get(name="coat")
    facts = {"split": "train", "status": "accepted", "annotation_class": coat, **known}
    return ImageFactory(project=project, **facts)


def judged_by(image: Image, people: int, confidence: float, method: str = "majority") -> None:
    task = ReviewTaskFactory(project=image.project, image=image, status="done")
    judgement = Judgement.objects.create(
        task=task, method=method, verdict="class", confidence=confidence,
        annotation_class=image.annotation_class,
    )  # fmt: skip
    judgement.reviews.set(ReviewFactory.create_batch(people, task=task, verdict="class"))


def gold_images(project: Project) -> set[int]:
    gold = ReviewTask.objects.filter(project=project, status="gold")
    return set(gold.values_list("image_id", flat=True))


def test_chance_draws_only_what_is_beyond_doubt(pages: Client, project: Project) -> None:
    came_with_it, decided, agreed = (image_of(project) for _ in range(3))
    judged_by(decided, 1, 1.0, "adjudicated")
    judged_by(agreed, 3, 1.0)
    by_one, disputed = image_of(project), image_of(project)
    judged_by(by_one, 1, 1.0)
    judged_by(disputed, 3, 0.67)
    for split in ("select", "test", "guidance"):
        image_of(project, split=split)
    pages.post(reverse("review_gold_add", args=[project.slug]), {"count": 50})
    assert gold_images(project) == {came_with_it.pk, decided.pk, agreed.pk}
    assert len(AuditEntry.objects.get(action="gold.create").detail["tasks"]) == 3
    html = pages.get(reverse("review_gold", args=[project.slug])).content.decode()
    assert "3 questions" in html
    assert "not asked yet" in html


def test_a_manager_may_stand_for_one_image(pages: Client, project: Project) -> None:
    by_one, sealed = image_of(project), image_of(project, split="test")
    judged_by(by_one, 1, 1.0)
    for image in (by_one, sealed):
        pages.post(reverse("image_gold", args=[project.slug, image.pk]))
    assert gold_images(project) == {by_one.pk}
    reviews = reverse("image_reviews", args=[project.slug, by_one.pk])
    assert "to check them" in pages.get(reviews).content.decode()


def test_who_is_asked_learns_no_gold_and_no_answers_of_others(
    client: Client, project: Project, annotator: User, manager: User
) -> None:
    gold = ReviewTaskFactory(project=project, status="gold", image=image_of(project))
    waiting = ReviewTaskFactory(project=project, image=gold.image, reviews_needed=2)
    for task in (gold, waiting):
        ReviewFactory(task=task, user=manager, verdict="unclear")
    client.force_login(annotator)
    path = reverse("image_reviews", args=[project.slug, gold.image_id])
    html = client.get(path).content.decode()
    assert "gold" not in html
    assert manager.username not in html
    ReviewTask.objects.filter(pk=waiting.pk).update(status="done")
    assert manager.username in client.get(path).content.decode()


def test_gold_over_rest(api: APIClient, project: Project) -> None:
    path = f"/api/v1/projects/{project.slug}/review/gold/"
    image = image_of(project)
    assert api.post(path, {}, format="json").status_code == 400
    assert api.post(path, {"images": [image.pk], "count": 2}, format="json").status_code == 400
    [task] = api.post(path, {"images": [image.pk]}, format="json").json()["tasks"]
    [told] = api.get(path).json()["results"]
    assert (told["id"], told["image"], told["class"], told["asked"]) == (task, image.pk, "coat", 0)
    assert api.delete(f"{path}{task}/").status_code == 204
    assert api.delete(f"{path}{task}/").status_code == 404
    assert AuditEntry.objects.filter(action="gold.retire").count() == 1
