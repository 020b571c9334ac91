"""Signing in by password, slowed down for those who guess."""

from __future__ import annotations

import math
from datetime import timedelta

from django.contrib.auth import authenticate
from django.db import connection, transaction
from django.utils import timezone

from apps.accounts.models import SignInAttempt, User

WINDOW = timedelta(minutes=15)
MOST_BY_PERSON = 5
"""Failed tries within the window from one address for one username."""
MOST_BY_ADDRESS = 50
"""Failed tries within the window from one address; offices share one."""


class SignInError(Exception):
    """A sign-in that is refused, in a sentence that does not tell whether the person exists."""


class ThrottledError(SignInError):
    """Refused unseen: there were too many failures."""


def sign_in(*, username: str, password: str, address: str) -> User:
    """The person whose name and password these are. Raises `SignInError`."""
    _attempt_record(username.lower(), address)
    user = authenticate(username=username, password=password)
    if not isinstance(user, User):
        raise SignInError(
            "This username and password do not belong together. Check both; capitals count."
        )
    SignInAttempt.objects.filter(username=username.lower(), address=address).delete()
    return user


def _attempt_record(username: str, address: str) -> None:
    """Counts the try before its password is looked at, so that tries in parallel count too."""
    now = timezone.now()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"sign-in {address}"])
        SignInAttempt.objects.filter(created_at__lt=now - WINDOW).delete()
        by_address = SignInAttempt.objects.filter(address=address).order_by("created_at")
        by_person = by_address.filter(username=username)
        for attempts, most in ((by_person, MOST_BY_PERSON), (by_address, MOST_BY_ADDRESS)):
            times = list(attempts.values_list("created_at", flat=True)[:most])
            if len(times) == most:
                minutes = math.ceil((times[0] + WINDOW - now).total_seconds() / 60)
                raise ThrottledError(
                    f"Too many failed sign-ins. Wait {minutes} minute{'s'[: minutes != 1]},"
                    " then try again."
                )
        SignInAttempt.objects.create(username=username, address=address)
