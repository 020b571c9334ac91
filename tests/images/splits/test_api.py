"""Splits over REST."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.images.models import SplitPolicy
from apps.projects.models import Project
from tests.images.splits.arriving import Arriving, arrive
from tests.jobs.working import work

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def splits(project: Project, manager: User) -> tuple[APIClient, str]:
    """A manager's client, and the address of a project with 40 annotated images."""
    arrive(project, [Arriving(f"boot {number}", "boot") for number in range(40)])
    client = APIClient()
    client.force_authenticate(manager)
    return client, f"/api/v1/projects/{project.slug}/splits/"


def test_without_a_policy_nothing_is_parted_and_the_preview_shows_the_usual_one(
    splits: tuple[APIClient, str],
) -> None:
    client, url = splits
    assert client.get(url).json()["policy"] is None
    preview = client.get(f"{url}preview/", {"least_per_class": 4}).json()
    assert preview["moved"] == 6 + 6 + 4
    assert preview["after"][0]["counts"] == {"train": 24, "guidance": 4, "select": 6, "test": 6}
    assert client.post(f"{url}assign/").status_code == 409
    assert not SplitPolicy.objects.exists()


def test_a_policy_is_given_and_then_parts_what_is_there(
    project: Project, splits: tuple[APIClient, str]
) -> None:
    client, url = splits
    given = client.patch(url, {"test_share": 0.5, "least_per_class": 0}, format="json").json()
    assert given["policy"]["test_share"] == 0.5
    assert given["classes"][0]["counts"]["train"] == 40
    asked = client.post(f"{url}assign/")
    assert asked.status_code == 202
    assert client.post(f"{url}assign/").json()["id"] == asked.json()["id"], "one waits already"
    work(project)
    assert client.get(f"/api/v1/jobs/{asked.json()['id']}/").json()["result"]["moved"] == 30
    parted = {"train": 10, "guidance": 4, "select": 6, "test": 20}
    assert client.get(url).json()["classes"][0]["counts"] == parted


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"test_share": 0.6}, "test_share"),
        ({"test_share": "nan"}, "test_share"),
        ({"least_per_class": -1}, "least_per_class"),
        ({"seed": 2**40}, "seed"),
        ({"test_share": 0.5, "select_share": 0.4}, "__all__"),
    ],
)
def test_what_cannot_be_is_refused_by_field(
    splits: tuple[APIClient, str], values: dict[str, object], field: str
) -> None:
    client, url = splits
    for answer in (client.patch(url, values, format="json"), client.get(f"{url}preview/", values)):
        assert answer.status_code == 400
        assert field in answer.json()["error"]["fields"]


def test_torn_groups_are_told_and_mended(project: Project, splits: tuple[APIClient, str]) -> None:
    client, url = splits
    arrive(project, [Arriving("a", "boot", "test", "a"), Arriving("b", "boot", "train", "a")])
    assert client.get(url).json()["torn_groups"] == 1
    mending = client.post(f"{url}mend/").json()["id"]
    work(project)
    mended = client.get(f"/api/v1/jobs/{mending}/").json()["result"]
    assert mended == {"groups": 1, "moved": 1, "set_apart": 0}
    assert client.get(url).json()["torn_groups"] == 0
