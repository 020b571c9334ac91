"""Batches that are held back: page and API say why, and a manager may put them to people."""

from __future__ import annotations

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.accounts.services import api_token_create
from apps.generation.models import GenerationRun
from apps.loops.models import Round
from apps.projects.models import Project
from apps.review.models import ReviewTask
from tests.factories import GenerationRunFactory, SyntheticImageFactory

pytestmark = pytest.mark.django_db
REASON = "The generator copies: 90% of its images nearly equal a training image."


@pytest.fixture
def held(project: Project) -> GenerationRun:
    """A batch of three images that is held back, in a round at review."""
    run = GenerationRunFactory(
        project=project,
        round_number=1,
        held_reason=REASON,
        guards=[
            {"guard": "most_near_copies", "value": 0.9, "low": 0.8, "high": 0.95, "limit": 0.1,
             "is_breached": True},
        ],
    )  # fmt: skip
    for _ in range(3):
        SyntheticImageFactory(project=project, generation_run=run)
    Round.objects.create(
        project=project, number=1, seed=1, step="review", generation_run=run,
        settings={"validate_quota": 5, "annotate_quota": 0},
    )  # fmt: skip
    return run


def test_the_page_says_why_and_its_button_puts_the_batch_to_people(
    client: Client, project: Project, manager: User, held: GenerationRun
) -> None:
    client.force_login(manager)
    page = client.get(f"/projects/{project.slug}/review/batches/").content.decode()
    assert REASON in page
    assert "Near copies of training images" in page
    release = f"/projects/{project.slug}/review/batches/{held.pk}/release/"
    assert release in page
    assert client.post(release).status_code == 302
    assert ReviewTask.objects.filter(batch=held.pk, kind="validate").count() == 3
    assert REASON not in client.get(f"/projects/{project.slug}/review/batches/").content.decode()
    page = client.get(f"/projects/{project.slug}/review/batches/{held.pk}/").content.decode()
    assert "put it to people all the same" in page


def test_an_annotator_reads_why_but_has_no_button(
    client: Client, project: Project, annotator: User, held: GenerationRun
) -> None:
    client.force_login(annotator)
    page = client.get(f"/projects/{project.slug}/review/batches/").content.decode()
    assert REASON in page
    assert "/release/" not in page


def test_the_api_lists_it_and_releases_it_only_while_its_round_is_at_review(
    client: Client, project: Project, manager: User, held: GenerationRun
) -> None:
    headers = {"Authorization": f"Token {api_token_create(user=manager, name='t')}"}
    root = f"/api/v1/projects/{project.slug}/review"
    (listed,) = client.get(f"{root}/held-batches/", headers=headers).json()["results"]
    assert (listed["id"], listed["image_count"], listed["reason"]) == (held.pk, 3, REASON)
    assert listed["guards"][0]["is_breached"]
    Round.objects.update(step="mix")
    answer = client.post(f"{root}/batches/{held.pk}/release/", headers=headers)
    assert answer.status_code == 409
    assert "only while its round is at review" in answer.json()["error"]["message"]
    Round.objects.update(step="review")
    assert client.post(f"{root}/batches/{held.pk}/release/", headers=headers).status_code == 204
    assert client.get(f"{root}/held-batches/", headers=headers).json()["results"] == []
