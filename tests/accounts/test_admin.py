"""The administration opens for administrators, and cannot be used to step over the services."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.test import Client

from apps.accounts.models import AuditEntry, SignInLink, User
from apps.accounts.services import api_token_create
from tests.factories import JobFactory, ProjectFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(client: Client) -> User:
    user = UserFactory(is_staff=True, is_superuser=True)
    client.force_login(user)
    return user


def test_every_list_and_form_opens(client: Client, administrator: User) -> None:
    api_token_create(user=administrator, name="script")
    JobFactory(project=ProjectFactory(created_by=administrator))
    for model in admin.site._registry:
        address = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        assert client.get(address).status_code == 200, address
        row = model._default_manager.first()
        if row:
            assert client.get(f"{address}{row.pk}/change/").status_code == 200, address


def test_a_digest_is_shown_to_nobody(client: Client, administrator: User) -> None:
    api_token_create(user=administrator, name="script")
    token = administrator.api_tokens.get()
    page = client.get(f"/admin/accounts/apitoken/{token.pk}/change/").content.decode()
    assert token.prefix in page
    assert token.digest not in page


def test_an_administrator_makes_somebodys_link(client: Client, administrator: User) -> None:
    person = UserFactory()
    choice = {"action": "make_sign_in_link", "_selected_action": [person.pk]}
    page = client.post("/admin/accounts/user/", choice, follow=True).content.decode()
    assert "/sign-in/link/" in page
    assert SignInLink.objects.get().user == person
    assert AuditEntry.objects.get().action == "sign_in_link.create"


def test_a_lesser_administrator_makes_no_links(client: Client) -> None:
    helper = UserFactory(is_staff=True)
    helper.user_permissions.set(
        Permission.objects.filter(codename__in=["view_user", "change_user"])
    )
    client.force_login(helper)
    choice = {"action": "make_sign_in_link", "_selected_action": [UserFactory().pk]}
    client.post("/admin/accounts/user/", choice)
    assert not SignInLink.objects.exists()
