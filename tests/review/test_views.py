"""The pages of the queue."""

from __future__ import annotations

import json
import re

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.projects.models import Project
from apps.review import services
from apps.review.models import Review
from apps.review.services import Answer
from tests.factories import ReviewTaskFactory

pytestmark = pytest.mark.django_db


def test_the_page_has_a_button_a_class_and_what_its_script_needs(
    pages: Client, manager: User, project: Project
) -> None:
    html = pages.get(reverse("review", args=[project.slug])).content.decode()
    assert re.findall(r'data-action="class-(\d)" data-name="(\w+)"', html) == [
        ("0", "boot"), ("1", "coat"), ("2", "shirt"),
    ]  # fmt: skip
    found = re.search(r'id="page-data" type="application/json">(.*?)</script>', html)
    assert found
    data = json.loads(found[1])
    assert (data["project"], data["person"], data["size"]) == (project.slug, manager.pk, 20)
    assert [annotation_class["name"] for annotation_class in data["classes"]] == [
        "boot", "coat", "shirt",
    ]  # fmt: skip


def test_an_images_answers_are_listed_and_what_was_taken_back_is_marked(
    pages: Client, manager: User, project: Project
) -> None:
    task = ReviewTaskFactory(project=project)
    path = reverse("image_reviews", args=[project.slug, task.image_id])
    assert "Nobody has reviewed" in pages.get(path).content.decode()
    given = Answer(task.pk, "class", "k", 1.5, "coat", ["blurred"])
    services.reviews_record(project=project, user=manager, answers=[given])
    services.review_take_back(user=manager, review=Review.objects.get())
    html = pages.get(path).content.decode()
    for words in (manager.username, "coat", "blurred", "1.5 s", "taken back"):
        assert words in html
    strange = ReviewTaskFactory().image_id
    assert pages.get(reverse("image_reviews", args=[project.slug, strange])).status_code == 404
