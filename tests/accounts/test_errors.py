"""Every error of the API has one shape and one sentence."""

from __future__ import annotations

import pytest
from django.test import Client
from rest_framework.test import APIClient

from apps.accounts.services import api_token_create, api_token_revoke
from apps.projects.models import Project
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def test_nobody_is_told_how_to_sign_in(client: Client) -> None:
    answer = client.get("/api/v1/projects/")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Token"
    assert answer.json()["error"] == {
        "code": "not_authenticated",
        "message": "Sign in, or send Authorization: Token and your token.",
        "fields": {},
    }


def test_a_token_opens_the_door_until_it_is_revoked(client: Client) -> None:
    person = UserFactory()
    header = {"Authorization": f"Token {api_token_create(user=person, name='script')}"}
    assert client.get("/api/v1/projects/", headers=header).status_code == 200
    api_token_revoke(token=person.api_tokens.get(), actor=person)
    answer = client.get("/api/v1/projects/", headers=header)
    assert answer.status_code == 401
    assert "unknown, revoked" in answer.json()["error"]["message"]


def test_a_role_that_is_too_low_and_a_project_that_is_not_there(
    project: Project, annotator: object
) -> None:
    client = APIClient()
    client.force_authenticate(annotator)
    low = client.get(f"/api/v1/projects/{project.slug}/members/").json()["error"]
    assert low["code"] == "permission_denied"
    assert low["message"] == "This takes the role of manager; yours is annotator."
    none = client.get("/api/v1/projects/none/").json()["error"]
    assert none["code"] == "not_found"
    assert none["message"] == "There is no project 'none' that you are a member of."


def test_json_that_is_none_is_said_to_be(client: Client) -> None:
    client.force_login(UserFactory())
    answer = client.post("/api/v1/projects/", "{", content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "parse_error"
