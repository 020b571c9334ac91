"""Signing in by password and by link, and the account page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts import throttle
from apps.accounts.models import ApiToken, AuditEntry, SignInAttempt, User
from apps.accounts.services import api_token_create, api_token_use, sign_in_link_create
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse"  # what the factory gives everyone


def sign_in(client: Client, username: str, password: str = PASSWORD, **more: str) -> object:
    return client.post("/sign-in/", {"username": username, "password": password, **more})


def signed_in_as(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


@pytest.mark.parametrize(
    ("following", "goes"),
    [
        ("/account/", "/account/"),
        ("", "/"),
        ("https://evil.example/", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_signing_in_goes_on_to_this_site_only(client: Client, following: str, goes: str) -> None:
    person = UserFactory()
    response = sign_in(client, person.username, next=following)
    assert (response.status_code, response["Location"]) == (302, goes)
    assert signed_in_as(client) == str(person.pk)


def test_a_wrong_password_and_an_unknown_person_are_answered_alike(client: Client) -> None:
    pages = []
    for username in (UserFactory(username="somebody").username, "whoever"):
        response = sign_in(client, username, "wrong")
        token = response.context["csrf_token"]
        pages.append(response.content.decode().replace(username, "").replace(str(token), ""))
        assert "do not belong together" in pages[-1]
    assert len({len(page) for page in pages}) == 1


def test_guessing_is_slowed_down_and_then_forgotten(client: Client) -> None:
    person = UserFactory()
    for _ in range(throttle.MOST_BY_PERSON):
        assert sign_in(client, person.username, "guess").status_code == 200
    response = sign_in(client, person.username)
    assert response.status_code == 429
    assert "Too many failed sign-ins. Wait 15 minutes" in response.content.decode()
    assert signed_in_as(client) is None
    SignInAttempt.objects.update(created_at=timezone.now() - throttle.WINDOW - timedelta(seconds=1))
    assert sign_in(client, person.username).status_code == 302


def test_one_persons_failures_do_not_lock_out_others_or_elsewhere(client: Client) -> None:
    person, other = UserFactory(), UserFactory()
    for _ in range(throttle.MOST_BY_PERSON):
        sign_in(client, person.username, "guess")
    assert sign_in(client, other.username).status_code == 302
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    assert sign_in(elsewhere, person.username).status_code == 302


def test_a_success_clears_the_count(client: Client) -> None:
    person = UserFactory()
    for _ in range(3):
        for _ in range(throttle.MOST_BY_PERSON - 1):
            sign_in(client, person.username, "slip")
        assert sign_in(client, person.username).status_code == 302
        client.logout()


def test_spraying_many_names_from_one_address_is_stopped(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "MOST_BY_ADDRESS", 3)
    for number in range(3):
        sign_in(client, f"name{number}", "guess")
    assert sign_in(client, UserFactory().username).status_code == 429


def test_opening_a_link_any_number_of_times_uses_nothing_up(client: Client) -> None:
    person = UserFactory()
    address = f"/sign-in/link/{sign_in_link_create(user=person)}/"
    for _ in range(2):
        assert person.username in client.get(address).content.decode()
    assert signed_in_as(client) is None
    assert client.post(address)["Location"] == "/"
    assert signed_in_as(client) == str(person.pk)
    late = Client()
    assert late.get(address).status_code == 410
    assert late.post(address).status_code == 410
    assert signed_in_as(late) is None


def test_a_link_presses_its_button_for_nobody_who_is_signed_in_already(client: Client) -> None:
    address = f"/sign-in/link/{sign_in_link_create(user=UserFactory())}/"
    assert 'id="sign-in-link"' in client.get(address).content.decode()
    client.force_login(UserFactory())
    assert 'id="sign-in-link"' not in client.get(address).content.decode()


def test_a_token_is_shown_once_and_revoked(client: Client) -> None:
    person = UserFactory()
    client.force_login(person)
    response = client.post("/account/tokens/", {"name": "upload script"})
    text = response.context["new_token"]
    assert text in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    token = api_token_use(text=text)
    assert token
    page = client.get("/account/").content.decode()
    assert "upload script" in page
    assert text not in page
    client.post(f"/account/tokens/{token.pk}/revoke/")
    assert api_token_use(text=text) is None
    actions = AuditEntry.objects.filter(actor=person).order_by("id")
    assert list(actions.values_list("action", flat=True)) == ["token.create", "token.revoke"]


def test_anothers_token_cannot_be_revoked(client: Client) -> None:
    api_token_create(user=UserFactory(), name="theirs")
    client.force_login(UserFactory())
    token = ApiToken.objects.get()
    assert client.post(f"/account/tokens/{token.pk}/revoke/").status_code == 404
    assert ApiToken.objects.get().revoked_at is None


def test_a_new_password_needs_the_old_one_and_ends_other_sessions(client: Client) -> None:
    person = UserFactory()
    elsewhere = Client()
    elsewhere.force_login(person)
    client.force_login(person)
    new = {"new_password1": "battery staple 9", "new_password2": "battery staple 9"}
    assert client.post("/account/password/", {"old_password": "x", **new}).status_code == 422
    assert client.post("/account/password/", {"old_password": PASSWORD, **new}).status_code == 302
    assert User.objects.get(pk=person.pk).check_password("battery staple 9")
    assert client.get("/account/").status_code == 200
    assert elsewhere.get("/account/").status_code == 302


def test_who_came_by_a_link_sets_a_first_password(client: Client) -> None:
    person = UserFactory()
    person.set_unusable_password()
    person.save()
    client.force_login(person)
    new = {"new_password1": "battery staple 9", "new_password2": "battery staple 9"}
    assert client.post("/account/password/", new).status_code == 302
    assert User.objects.get(pk=person.pk).check_password("battery staple 9")


def test_signing_out_is_no_link(client: Client) -> None:
    client.force_login(UserFactory())
    assert client.get("/sign-out/").status_code == 405
    assert client.post("/sign-out/")["Location"] == "/sign-in/"
    assert signed_in_as(client) is None


def test_the_administration_signs_in_on_our_page(client: Client) -> None:
    response = client.get("/admin/", follow=True)
    assert response.redirect_chain[-1][0] == "/sign-in/?next=%2Fadmin%2F"
    client.force_login(UserFactory())
    assert client.get("/admin/", follow=True).status_code == 403
