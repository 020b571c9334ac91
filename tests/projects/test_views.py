"""The pages of projects and members."""

from __future__ import annotations

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.projects.models import Membership, Project
from apps.projects.selectors import annotation_class_list, project_role
from tests.factories import ProjectFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_home_shows_ones_own_projects(pages: Client, project: Project) -> None:
    other = ProjectFactory()
    page = pages.get("/").content.decode()
    assert project.name in page
    assert other.name not in page


def test_home_says_what_to_do_where_there_is_no_project(client: Client, stranger: User) -> None:
    client.force_login(stranger)
    assert "/projects/new/" in client.get("/").content.decode()


FORM = {
    "name": "Garments", "slug": "garments", "description": "", "classes": "boot\ncoat\n\n",
    "training_size": 28, "channels": 1, "least_side": 16,
}  # fmt: skip


def test_the_form_makes_a_project(client: Client, stranger: User) -> None:
    client.force_login(stranger)
    assert client.post("/projects/new/", FORM)["Location"] == "/projects/garments/"
    project = Project.objects.get()
    assert [c.name for c in annotation_class_list(project)] == ["boot", "coat"]
    assert project_role(stranger, project) == Membership.Role.MANAGER


def test_a_mistake_is_told_where_it_stands_and_nothing_typed_is_lost(
    client: Client, stranger: User
) -> None:
    client.force_login(stranger)
    response = client.post("/projects/new/", {**FORM, "classes": "boot\nboot"})
    assert response.status_code == 422
    assert "named more than once" in response.context["form"].errors["classes"][0]
    assert "boot\nboot" in response.content.decode()


def test_members_are_set_and_removed_and_the_page_tells_who_did_it(
    pages: Client, project: Project, manager: User
) -> None:
    person = UserFactory(username="ada")
    address = f"/projects/{project.slug}/members/"
    pages.post(address, {"username": "ada", "role": "reviewer"})
    assert project_role(person, project) == Membership.Role.REVIEWER
    pages.post(f"{address}ada/remove/")
    assert project_role(person, project) is None
    page = pages.get(address).content.decode()
    for text in ("member.set", "member.remove", "ada", manager.username):
        assert text in page


def test_the_last_manager_is_kept_with_a_sentence(
    pages: Client, project: Project, manager: User
) -> None:
    address = f"/projects/{project.slug}/members/"
    demoted = pages.post(address, {"username": manager.username, "role": "annotator"})
    assert demoted.status_code == 422
    assert "last manager" in demoted.content.decode()
    removed = pages.post(f"{address}{manager.username}/remove/", follow=True)
    assert "last manager" in removed.content.decode()
    assert project_role(manager, project) == Membership.Role.MANAGER
