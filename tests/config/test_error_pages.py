"""Errors: plain and helpful, in the site's look for people and in the API's shape for programs."""

from __future__ import annotations

import pytest
from django.test import Client, RequestFactory
from django.urls import get_resolver

from apps.accounts.models import User
from apps.projects.models import Project


@pytest.mark.django_db
def test_an_unknown_page_and_an_unknown_call(client: Client) -> None:
    page = client.get("/nothing/here/")
    assert page.status_code == 404
    assert "There is no such page" in page.content.decode()
    call = client.get("/api/v1/nothing/")
    assert call.status_code == 404
    assert call.json()["error"]["code"] == "not_found"


@pytest.mark.django_db
def test_a_page_says_which_role_it_takes(client: Client, project: Project, annotator: User) -> None:
    client.force_login(annotator)
    page = client.get(f"/projects/{project.slug}/members/")
    assert page.status_code == 403
    assert "This takes the role of manager; yours is annotator." in page.content.decode()


@pytest.mark.django_db
def test_a_form_without_its_token_is_explained() -> None:
    page = Client(enforce_csrf_checks=True).post("/sign-in/", {"username": "a", "password": "b"})
    assert page.status_code == 403
    assert "load the page anew" in page.content.decode()


@pytest.mark.parametrize("status", [400, 500])
def test_the_pages_of_accidents_need_no_database(rf: RequestFactory, status: int) -> None:
    handler = get_resolver().resolve_error_handler(status)
    arguments = () if status == 500 else (ValueError("bad"),)
    page = handler(rf.get("/projects/"), *arguments)
    assert page.status_code == status
    assert "Assay" in page.content.decode()
    assert handler(rf.get("/api/v1/projects/"), *arguments).headers["Content-Type"] == (
        "application/json"
    )


def test_nothing_may_be_loaded_from_elsewhere_nor_stand_in_the_page(client: Client) -> None:
    policy = client.get("/healthz/").headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "script-src" not in policy
    assert "frame-ancestors 'none'" in policy
