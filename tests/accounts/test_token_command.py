"""`./manage.py token USER [--create]`."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from apps.accounts.models import ApiToken, User
from apps.accounts.services import api_token_use
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def test_the_last_word_is_a_token_that_works(capsys: pytest.CaptureFixture[str]) -> None:
    person = UserFactory()
    call_command("token", person.username)
    token = api_token_use(text=capsys.readouterr().out.split()[-1])
    assert token
    assert token.user == person


def test_create_makes_a_person_without_password(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("token", "robot", "--create")
    call_command("token", "robot", "--create")
    assert not User.objects.get(username="robot").has_usable_password()
    assert api_token_use(text=capsys.readouterr().out.split()[-1])


def test_an_unknown_person_is_named_in_one_sentence() -> None:
    with pytest.raises(
        CommandError, match=r"^There is no user nobody; add --create to make one\.$"
    ):
        call_command("token", "nobody")


def test_a_name_that_cannot_be_is_refused() -> None:
    with pytest.raises(CommandError, match="valid username"):
        call_command("token", "two words", "--create")
    assert not User.objects.exists()
    assert not ApiToken.objects.exists()
