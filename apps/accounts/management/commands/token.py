"""`./manage.py token USER [--create]`."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from apps.accounts.models import User
from apps.accounts.services import api_token_create, user_create


class Command(BaseCommand):
    help = "Print a new API token of USER, once, as the last word of the output."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user", metavar="USER", help="the person's username")
        parser.add_argument("--create", action="store_true", help="make the person where missing")
        parser.add_argument("--name", default="command line", help="what the token is for")

    def handle(self, *args: Any, user: str, create: bool, name: str, **options: Any) -> None:
        with transaction.atomic():
            text = api_token_create(user=self._person(user, create), name=name)
        self.stdout.write(f"Token of {user}, shown this once: {text}")

    def _person(self, username: str, create: bool) -> User:
        person = User.objects.filter(username=username).first()
        if person is not None and not person.is_active:
            raise CommandError(f"{username} is inactive; an administrator can change that.")
        if person is None and not create:
            raise CommandError(f"There is no user {username}; add --create to make one.")
        try:
            return person or user_create(username=username)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
