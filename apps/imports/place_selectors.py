"""What became of places: their syncs, and what is known of their keys."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, QuerySet

from apps.imports.models import Import, SyncedKey
from apps.places.models import Place
from apps.places.selectors import place_list
from apps.projects.models import Project


@dataclass(frozen=True, slots=True)
class PlaceCard:
    """A place with its newest sync, and how many of its keys became what."""

    place: Place
    last_sync: Import | None
    keys: dict[str, int]

    @property
    def has_images(self) -> int:
        """Its keys under which an image of the project lies."""
        return self.keys.get("taken", 0) + self.keys.get("duplicate", 0)


def place_cards(project: Project) -> list[PlaceCard]:
    """All places of a project, by name."""
    return [place_card(place) for place in place_list(project)]


def place_card(place: Place) -> PlaceCard:
    """One of them."""
    states = SyncedKey.objects.filter(place=place).values_list("state")
    return PlaceCard(
        place=place,
        last_sync=sync_list(place).first(),
        keys=dict(states.annotate(count=Count("pk")).order_by()),
    )


def sync_list(place: Place) -> QuerySet[Import]:
    """A place's syncs with their jobs, newest first."""
    return Import.objects.filter(place=place).select_related("job", "created_by").order_by("-id")
