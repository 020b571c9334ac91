"""The page of splits."""

from __future__ import annotations

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.images.models import SplitPolicy
from apps.projects.models import Project
from tests.images.splits.arriving import Arriving, arrive, splits_now
from tests.jobs.working import work

pytestmark = pytest.mark.django_db(transaction=True)
POLICY = {
    "test_share": "0.2",
    "select_share": "0.2",
    "guidance_share": "0",
    "least_per_class": "20",
    "is_automatic": "on",
    "seed": "0",
}


@pytest.fixture
def url(project: Project) -> str:
    """Of the page of a project with twenty annotated images."""
    arrive(project, [Arriving(f"boot {number}", "boot") for number in range(20)])
    return f"/projects/{project.slug}/images/splits/"


def test_it_shows_what_a_policy_would_do_before_it_is_saved(
    client: Client, manager: User, url: str
) -> None:
    client.force_login(manager)
    page = client.get(url).content.decode()
    assert "This project has no split policy" in page
    typed = client.get(f"{url}preview/", POLICY).content.decode()
    assert "part 10 images" in typed
    assert "test has 5 of 20" in typed
    assert "would leave train" not in client.get(f"{url}preview/", {"seed": "x"}).content.decode()
    assert not SplitPolicy.objects.exists()


def test_saving_moves_nothing_unless_parting_is_asked_for(
    client: Client, manager: User, project: Project, url: str
) -> None:
    client.force_login(manager)
    client.post(url, POLICY)
    assert set(splits_now(project).values()) == {"train"}
    page = client.post(url, {**POLICY, "part": "now"}, follow=True)
    assert "are being parted" in page.content.decode()
    work(project)
    assert "10 images would leave" not in client.get(f"{url}preview/").content.decode()
    assert sorted(splits_now(project).values()).count("test") == 5


def test_a_mistake_is_told_at_its_field_and_nothing_is_saved(
    client: Client, manager: User, url: str
) -> None:
    client.force_login(manager)
    answer = client.post(url, {**POLICY, "test_share": "0.9"})
    assert answer.status_code == 422
    assert "less than or equal to 0.5" in answer.content.decode()
    assert not SplitPolicy.objects.exists()


def test_an_annotator_sees_the_splits_and_no_buttons(
    client: Client, annotator: User, url: str
) -> None:
    client.force_login(annotator)
    page = client.get(url).content.decode()
    assert "Annotated real images by class" in page
    assert "Discard changes" not in page
