"""Naming places, changing them, looking into them, and forgetting them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts.errors import Conflict
from apps.accounts.models import User
from apps.accounts.services import audit_record
from apps.outbound.client import url_check
from apps.outbound.errors import OutboundError
from apps.places.clients.folder import folder_check
from apps.places.errors import PlaceError
from apps.places.models import Place
from apps.places.reading import QUICK, place_opened
from apps.places.sealing import secret_seal
from apps.projects.models import Project

MOST_PLACES = 50
SHORTEST_PERIOD, LONGEST_PERIOD = 5, 60 * 24 * 31
"""Minutes between two syncs."""
EXAMPLES = 10
BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
REGION = re.compile(r"[a-z0-9-]{0,40}")
PRINTABLE_ASCII = re.compile(r"[!-~]*")
LONGEST_SECRET = 200


@dataclass(frozen=True, slots=True)
class Look:
    """What the beginning of a place's listing has in it."""

    taken: int
    passed_over: int
    """Files whose names end as no image's do."""
    has_more: bool
    examples: list[str]
    """The first keys that would be taken."""


def place_create(
    *, project: Project, actor: User | None, secret_access_key: str = "", **said: Any
) -> Place:
    """Name a place, by the fields of `Place`.

    Raises ValidationError, by field, and `Conflict` where the project has enough of them.
    """
    place = Place(project=project, created_by=actor, **said)
    with transaction.atomic():
        Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        if Place.objects.filter(project=project).count() >= MOST_PLACES:
            raise Conflict(f"A project has at most {MOST_PLACES} places; remove one first.")
        _write(place, secret_access_key)
        _audit(place, "place.create", actor)
    return place


def place_change(
    *, place: Place, actor: User | None, secret_access_key: str = "", **said: Any
) -> None:
    """Give a place other values. An empty secret keeps the present one.

    Where images by reference lie cannot be changed: it raises `Conflict`. Raises
    ValidationError, by field.
    """
    with transaction.atomic():
        if _say(place, said):
            _unreferenced_check(place, "Where they lie cannot be changed; add another place.")
            # What lies there is another matter altogether.
            place.keys.all().delete()
        _write(place, secret_access_key)
        _audit(place, "place.change", actor)


def place_remove(*, place: Place, actor: User | None) -> None:
    """Forget a place; the images that were copied from it stay.

    Raises `Conflict` where images still lie there, or while it is being synced.
    """
    with transaction.atomic():
        Place.objects.select_for_update().get(pk=place.pk)
        _unreferenced_check(place, "They would be lost; the place stays.")
        if place.syncs.filter(job__finished_at=None, job__isnull=False).exists():
            raise Conflict("This place is being synced; cancel that job first.")
        _audit(place, "place.remove", actor)
        place.delete()


def place_draft(
    *, project: Project, known: Place | None, secret_access_key: str = "", **said: Any
) -> Place:
    """A place as it would be, to be tried; never saved. Raises ValidationError, by field."""
    draft = Place(project=project)
    if known is not None:
        draft = copy(known)
    _say(draft, said)
    _check(draft, secret_access_key)
    draft.sealed_secret = secret_seal(secret_access_key) or draft.sealed_secret
    return draft


def place_try(*, place: Place) -> Look:
    """Look at the first keys of a place, saved or not, and read one. Raises `PlaceError`."""
    with place_opened(place, QUICK) as client:
        page = next(iter(client.pages()))
        wanted = [entry for entry in page.entries if entry.may_be_image]
        if wanted:
            client.read(wanted[0].key, wanted[0].size + 1)
    return Look(
        taken=len(wanted),
        passed_over=len(page.entries) - len(wanted),
        has_more=page.last is not None,
        examples=[entry.key for entry in wanted[:EXAMPLES]],
    )


def _say(place: Place, said: Mapping[str, Any]) -> bool:
    """Give the place these values; whether it lies elsewhere by them."""
    before = _whereabouts(place)
    for name, value in said.items():
        setattr(place, name, value)
    if _whereabouts(place) == before:
        return False
    # Or a kept secret could be sent to a service that it was not given for.
    place.sealed_secret = ""
    return True


def _write(place: Place, secret_access_key: str) -> None:
    _check(place, secret_access_key)
    if secret_access_key:
        place.sealed_secret = secret_seal(secret_access_key)
    if not place.access_key_id:
        place.sealed_secret = ""
    _plan(place)
    try:
        with transaction.atomic():
            place.save()
    except IntegrityError:
        raise ValidationError({"name": "Another place of the project has this name."}) from None


def _plan(place: Place) -> None:
    """When it is next due by itself: at once the first time."""
    if place.every_minutes is None:
        place.due_at = None
        return
    latest = timezone.now() + timedelta(minutes=place.every_minutes)
    place.due_at = min(place.due_at or timezone.now(), latest)


def _check(place: Place, secret_access_key: str) -> None:
    problems = _folder_problems(place) if place.kind == Place.Kind.FOLDER else _s3_problems(place)
    if place.kind == Place.Kind.S3:
        problems |= _secret_problems(place, secret_access_key)
    if not place.name.strip():
        problems["name"] = "Give the place a name."
    period = place.every_minutes
    if period is not None and not SHORTEST_PERIOD <= period <= LONGEST_PERIOD:
        problems["every_minutes"] = (
            f"Between two syncs are {SHORTEST_PERIOD} to {LONGEST_PERIOD:,} minutes."
        )
    if problems:
        raise ValidationError(problems)


def _folder_problems(place: Place) -> dict[str, str]:
    """Of a folder; what only buckets have is left out."""
    place.bucket = place.endpoint_url = place.region = place.access_key_id = ""
    try:
        folder_check(place.folder)
    except PlaceError as error:
        return {"folder": error.detail}
    return {}


def _s3_problems(place: Place) -> dict[str, str]:
    """Of a bucket; what only folders have is left out."""
    place.folder = ""
    problems = {}
    if not BUCKET.fullmatch(place.bucket):
        problems["bucket"] = (
            "A bucket's name has 3 to 63 small letters, digits, dots and hyphens, such as"
            " my-pictures."
        )
    if not REGION.fullmatch(place.region):
        problems["region"] = "A region is written like eu-west-1."
    if not PRINTABLE_ASCII.fullmatch(place.access_key_id):
        problems["access_key_id"] = "An access key id has no spaces or other signs."
    if place.endpoint_url:
        try:
            url = url_check(place.endpoint_url)
        except OutboundError as error:
            problems["endpoint_url"] = error.detail
        else:
            if url.path not in ("", "/") or url.query or url.fragment:
                problems["endpoint_url"] = "Write only the host, such as https://s3.example.org."
    return problems


def _secret_problems(place: Place, secret_access_key: str) -> dict[str, str]:
    if bool(place.access_key_id) != bool(secret_access_key or place.sealed_secret):
        return {
            "access_key_id": "Give both an access key id and its secret, or neither for an open"
            " bucket."
        }
    if len(secret_access_key) > LONGEST_SECRET or not PRINTABLE_ASCII.fullmatch(secret_access_key):
        return {
            "secret_access_key": f"A secret access key has at most {LONGEST_SECRET} signs and no"
            " spaces."
        }
    return {}


def _whereabouts(place: Place) -> tuple[str, ...]:
    return (place.kind, place.bucket, place.endpoint_url, place.region, place.folder)


def _unreferenced_check(place: Place, consequence: str) -> None:
    count = place.images.count() if place.pk else 0
    if count:
        raise Conflict(
            f"{count:,} image{'s' if count > 1 else ''} of the project"
            f" lie{'' if count > 1 else 's'} at this place and nowhere else. {consequence}"
        )


def _audit(place: Place, action: str, actor: User | None) -> None:
    # Neither keys nor the endpoint's path: only what tells places apart.
    audit_record(
        actor=actor,
        action=action,
        project_slug=place.project.slug,
        detail={"place": place.pk, "name": place.name, "kind": place.kind},
    )
