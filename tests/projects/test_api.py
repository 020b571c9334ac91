"""Projects and members over REST."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.projects.models import Membership, Project
from apps.projects.selectors import project_role
from tests.factories import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db
GARMENTS = {"name": "Garments", "slug": "garments", "classes": ["boot", "coat"]}


def client_of(user: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def test_whoever_signs_in_makes_a_project_and_manages_it(stranger: User) -> None:
    client = client_of(stranger)
    made = client.post(
        "/api/v1/projects/", {**GARMENTS, "channels": 1, "training_size": 28}, "json"
    )
    assert made.status_code == 201
    assert made.json()["classes"] == ["boot", "coat"]
    assert client.get("/api/v1/projects/garments/").json() == made.json()
    assert [row["slug"] for row in client.get("/api/v1/projects/").json()["results"]] == [
        "garments"
    ]
    assert project_role(stranger, Project.objects.get()) == Membership.Role.MANAGER


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"classes": ["boot"]}, "classes"),
        ({"classes": ["boot", "boot"]}, "classes"),
        ({"classes": "boot"}, "classes"),
        ({"classes": None}, "classes"),
        ({"slug": "a b"}, "slug"),
        ({"slug": "new"}, "slug"),
        ({"name": ""}, "name"),
        ({"training_size": "big"}, "training_size"),
        ({"channels": 2}, "channels"),
    ],
)
def test_a_refusal_names_the_field_in_a_sentence(
    stranger: User, change: dict[str, object], field: str
) -> None:
    answer = client_of(stranger).post("/api/v1/projects/", {**GARMENTS, **change}, "json")
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["code"] == "invalid"
    assert list(error["fields"]) == [field]
    assert error["message"].startswith(f"{field}: ")
    assert not Project.objects.exists()


def test_the_list_holds_ones_own_projects_only_in_pages(stranger: User) -> None:
    own = [MembershipFactory(user=stranger).project.slug for _ in range(3)]
    MembershipFactory()
    client, seen = client_of(stranger), []
    address = "/api/v1/projects/?page_size=2"
    while address:
        page = client.get(address).json()
        seen += [row["slug"] for row in page["results"]]
        address = page["next"]
    assert seen == own[::-1]


def test_a_manager_adds_changes_and_removes_a_member(api: APIClient, project: Project) -> None:
    person = UserFactory(username="ada")
    address = f"/api/v1/projects/{project.slug}/members/"
    assert api.post(address, {"username": "ada", "role": "annotator"}, "json").status_code == 201
    changed = api.post(address, {"username": "ada", "role": "reviewer"}, "json")
    assert (changed.status_code, changed.json()["role"]) == (200, "reviewer")
    rows = api.get(address).json()["results"]
    assert {row["username"]: row["role"] for row in rows}["ada"] == "reviewer"
    assert api.delete(f"{address}ada/").status_code == 204
    assert project_role(person, project) is None
    gone = api.delete(f"{address}ada/")
    assert gone.status_code == 404
    assert gone.json()["error"]["message"] == f"ada is no member of {project}."


def test_the_last_manager_cannot_be_demoted(
    api: APIClient, project: Project, manager: User
) -> None:
    address = f"/api/v1/projects/{project.slug}/members/"
    demoted = api.post(address, {"username": manager.username, "role": "annotator"}, "json")
    assert demoted.status_code == 409
    assert "last manager" in demoted.json()["error"]["message"]
    assert api.delete(f"{address}{manager.username}/").status_code == 409


def test_somebody_unknown_is_named(api: APIClient, project: Project) -> None:
    address = f"/api/v1/projects/{project.slug}/members/"
    answer = api.post(address, {"username": "nobody", "role": "annotator"}, "json")
    assert answer.status_code == 400
    assert "There is no user 'nobody'" in answer.json()["error"]["fields"]["username"][0]
