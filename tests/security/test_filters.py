"""Filters reach what they name, never other tables (as label-studio's did, CVE-2023-47117)."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from django.http import HttpResponseBase
from django.test import Client

from apps.accounts.models import User
from apps.projects.models import Project
from tests.test_permissions import ROUTES, TABLE, World

LOOKUPS = {
    "created_by__password__startswith": "pbkdf2",
    "project__memberships__user__password__regex": ".",
    "user__password": "x",
    "user__api_tokens__digest__gt": "0",
    "held_back_class__annotation_class__name": "boot",
    "webhooks__salt__startswith": "a",
    "task__reviews__user__email": "x",
    "filters[created_by__password]": "x",
    "filter": '{"created_by__password__startswith": "p"}',
    "ordering": "-created_by__password",
    "order_by": "user__password",
    "sort": "created_by__password",
    "fields": "password",
    "expand": "user",
    "search": "pbkdf2",
    "q": "pbkdf2",
}
pytestmark = pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume")
LISTS = [line.partition(" ")[2] for line in TABLE if line.startswith("GET api/v1/projects/")]


def content(answer: HttpResponseBase) -> bytes:
    return b"".join(answer) if answer.streaming else answer.content  # type: ignore[attr-defined, arg-type]


@pytest.fixture
def world(project: Project, manager: User, annotator: User, stranger: User) -> World:
    return World(project, manager, annotator, stranger)


@pytest.mark.parametrize("route", LISTS)
def test_a_lookup_in_an_address_changes_nothing(world: World, route: str) -> None:
    client = Client()
    client.force_login(world.people["manager"])
    address = world.address(route)
    plain = content(client.get(address))
    for lookup in LOOKUPS.items():
        told = client.get(f"{address}?{urlencode([lookup])}")
        assert told.status_code == 400 or content(told) == plain, lookup


def test_every_list_of_the_api_is_looked_at() -> None:
    assert len(LISTS) > 15
    assert set(LISTS) <= set(ROUTES)


def test_no_answer_has_a_secret_of_anybody(world: World, project: Project) -> None:
    """Whatever is told of people: neither passwords nor tokens nor salts are part of it."""
    client = Client()
    client.force_login(world.people["manager"])
    secrets = [user.password for user in User.objects.all()]
    secrets += [token.digest for user in User.objects.all() for token in user.api_tokens.all()]
    secrets += [webhook.salt for webhook in project.webhooks.all()]
    for line in TABLE:
        method, _, route = line.partition(" ")
        if method == "GET" and not route.startswith("sign-in/link"):
            text = content(client.get(world.address(route)))
            assert not [secret for secret in secrets if secret.encode() in text], route
