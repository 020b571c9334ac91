"""Requests that nobody can have meant are turned away before they cost anything."""

from __future__ import annotations

import base64
import json
import tracemalloc

import pytest
from django.test import Client
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.accounts.services import api_token_create
from apps.projects.models import Project


def post(api: APIClient, body: bytes) -> tuple[int, str]:
    answer = api.generic("POST", "/api/v1/projects/", body, "application/json")
    return answer.status_code, answer.json()["error"]["code"]


@pytest.mark.parametrize("signed_in_by", ["token", "session"])
def test_json_without_end_is_not_read_to_its_end(manager: User, signed_in_by: str) -> None:
    api = APIClient()
    if signed_in_by == "session":
        api.force_login(manager)
    else:
        api.credentials(HTTP_AUTHORIZATION=f"Token {api_token_create(user=manager, name='t')}")
    body = json.dumps({"name": "x" * 60_000_000}).encode()
    tracemalloc.start()
    answer = post(api, body)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert answer == (413, "too_large")
    assert peak < 2 * len(body)


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"a":' * 100_000])
def test_json_without_bottom_is_one_sentence(api: APIClient, body: bytes) -> None:
    assert post(api, body) == (400, "parse_error")


@pytest.mark.parametrize(
    "address", ["members/%00/remove/", "images/?class=%00", "jobs/?status=%00"]
)
def test_a_nul_in_an_address_gets_no_further(
    pages: Client, api: APIClient, project: Project, address: str
) -> None:
    assert pages.post(f"/projects/{project.slug}/{address}").status_code == 400
    answer = api.get(f"/api/v1/projects/{project.slug}/{address.replace('remove/', '')}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request")


@pytest.mark.parametrize("place", ["aaa", "1 OR 1=1", "9" * 400, "-1", "1e5", "\u0663"])
def test_a_made_up_cursor_leads_nowhere(api: APIClient, project: Project, place: str) -> None:
    cursor = base64.b64encode(f"p={place}".encode()).decode()
    for rest in ("images/", "members/", "webhooks/", "mixes/"):
        answer = api.get(f"/api/v1/projects/{project.slug}/{rest}", {"cursor": cursor})
        assert answer.status_code in (200, 404), answer.content
