"""Links, tokens and the first administrator."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.accounts import services
from apps.accounts.models import ApiToken, AuditEntry, SignInLink, User
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def test_a_link_signs_in_once() -> None:
    person = UserFactory()
    secret = services.sign_in_link_create(user=person)
    assert services.sign_in_link_owner(text=secret) == person
    assert services.sign_in_link_use(text=secret) == person
    assert services.sign_in_link_owner(text=secret) is None
    assert services.sign_in_link_use(text=secret) is None


def test_an_old_link_signs_nobody_in() -> None:
    secret = services.sign_in_link_create(user=UserFactory())
    SignInLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert services.sign_in_link_use(text=secret) is None


def test_a_deactivated_persons_link_and_token_are_dead() -> None:
    person = UserFactory()
    secret = services.sign_in_link_create(user=person)
    token = services.api_token_create(user=person, name="script")
    person.is_active = False
    person.save()
    assert services.sign_in_link_use(text=secret) is None
    assert services.api_token_use(text=token) is None


def test_neither_secret_is_kept() -> None:
    person = UserFactory()
    secret = services.sign_in_link_create(user=person)
    token = services.api_token_create(user=person, name="script")
    assert secret not in str(SignInLink.objects.values())
    assert token not in str(ApiToken.objects.values())
    assert token not in str(AuditEntry.objects.values())


def test_the_administrator_gets_the_password_of_the_environment() -> None:
    admin = services.administrator_ensure(password="first password")
    assert admin.username == "admin"
    assert admin.is_superuser
    assert admin.is_staff
    again = services.administrator_ensure(password="second password")
    assert again == admin
    assert User.objects.get().check_password("second password")


def test_without_a_password_the_administrators_own_stays() -> None:
    assert not services.administrator_ensure(password=None).has_usable_password()
    services.password_set(user=User.objects.get(), password="my own choice")
    services.administrator_ensure(password=None)
    assert User.objects.get().check_password("my own choice")
