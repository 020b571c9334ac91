"""What a manager can do about a doubt: one table for the page and the API."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from apps.accounts.models import User
from apps.projects.models import Project
from apps.training.doubts.services import doubts_ask, doubts_keep, doubts_set_apart
from apps.training.models import Doubt

Kind, Outcome = Doubt.Kind, Doubt.Outcome


@dataclass(frozen=True, slots=True)
class Way:
    """One way to settle doubts."""

    outcome: str
    words: dict[str, str]
    """On its button, by kind."""
    icon: str
    done: str
    """What happened to the images, after their number."""
    settle: Callable[..., list[int]]
    """The service that does it."""


WAYS = (
    Way(
        Outcome.ASKED,
        {Kind.OUTLIER: "Ask anyway", Kind.MISLABELLED: "Annotate again"},
        "circle-help",
        "put to people, before all else",
        doubts_ask,
    ),
    Way(
        Outcome.KEPT,
        {Kind.OUTLIER: "It belongs: choose as any other", Kind.MISLABELLED: "The class is right"},
        "check",
        "not doubted any more",
        doubts_keep,
    ),
    Way(
        Outcome.SET_APART,
        {Kind.OUTLIER: "Set apart", Kind.MISLABELLED: "Set apart"},
        "x",
        "set apart; Quality shows them, and takes them back",
        doubts_set_apart,
    ),
)


def doubts_settle(
    *, project: Project, kind: str, outcome: str, image_ids: Collection[int], by: User | None
) -> list[int]:
    """Settle doubts of one kind by an outcome of `WAYS`. Returns the ids of the images.

    Ids of images of which that is not doubted are passed by.
    """
    way = next(way for way in WAYS if way.outcome == outcome)
    return way.settle(project=project, kind=kind, image_ids=image_ids, by=by)
