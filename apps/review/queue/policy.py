"""What a person is given next, by the project's policy, their role and their own filter."""

from __future__ import annotations

import math
import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from django.core.exceptions import PermissionDenied

from apps.accounts.errors import Conflict
from apps.projects.selectors import RANK, Role
from apps.review.models import Reviewer, ReviewSettings, ReviewTask
from apps.review.queue.taking import Arm

T = TypeVar("T")
Kind = ReviewTask.Kind
FOR_EVERYBODY = (Kind.ANNOTATE, Kind.VALIDATE, Kind.REALISM)
WARNING = (
    "Several of your last answers to questions whose answer is known were wrong."
    " Take your time, and skip what you cannot tell."
)
PAUSED = (
    "You are paused, as too many of your last answers to questions whose answer is known were"
    " wrong; ask a manager to let you go on."
)


def kinds_of(role: Role) -> tuple[str, ...]:
    """The kinds of task that a role may answer."""
    return (*FOR_EVERYBODY, Kind.ADJUDICATE) if RANK[role] >= RANK[Role.REVIEWER] else FOR_EVERYBODY


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asks for."""

    size: int | None = None
    """Tasks held at once; the project's own size if left out."""
    kinds: Collection[str] | None = None
    """Narrows to these; the person's own filter applies if left out."""
    is_sheet: bool = False
    """Whether it is for a sheet: validate tasks of one expected class."""
    class_id: int | None = None
    """A sheet's class; the one with most waiting if left out."""


@dataclass(frozen=True, slots=True)
class Policy:
    """A project's settings as they meet one person's wish."""

    settings: ReviewSettings
    reviewer: Reviewer
    size: int
    kinds: tuple[str, ...]
    class_ids: tuple[int, ...] = field(default=())
    """Only tasks of these expected classes; empty: all."""

    @property
    def notice(self) -> str:
        """What the person should be told; mostly nothing."""
        return WARNING if self.reviewer.warned_at else ""

    def arms(self, project_classes: Sequence[int]) -> list[Arm]:
        """The parts of the queue that hold something for the person."""
        if self.class_ids:
            classes: Sequence[int | None] = self.class_ids
        elif self.settings.balance_classes:
            classes = (*project_classes, None)
        else:
            return [Arm(kind) for kind in self.kinds]
        return [
            Arm(kind, is_of_class=True, class_id=class_id)
            for kind in self.kinds
            for class_id in classes
        ]


def policy_of(settings: ReviewSettings, reviewer: Reviewer, role: Role, wish: Wish) -> Policy:
    """What holds for this person and wish.

    Raises PermissionDenied for kinds beyond the role, and `Conflict` where the person is paused.
    """
    if reviewer.paused_at is not None:
        raise Conflict(PAUSED)
    size = wish.size or settings.reservation_size
    allowed = kinds_of(role)
    if wish.is_sheet:
        classes = () if wish.class_id is None else (wish.class_id,)
        return Policy(settings, reviewer, size, (Kind.VALIDATE,), classes)
    if wish.kinds is None:
        kinds = tuple(kind for kind in allowed if not reviewer.kinds or kind in reviewer.kinds)
        return Policy(settings, reviewer, size, kinds, tuple(reviewer.class_ids))
    if beyond := set(wish.kinds) - set(allowed):
        raise PermissionDenied(f"Tasks of kind {min(beyond)} are for reviewers and managers.")
    return Policy(settings, reviewer, size, tuple(kind for kind in allowed if kind in wish.kinds))


def share_of(count: int, share: float) -> int:
    """So many of `count`: right on average however few are drawn at once."""
    return math.floor(count * share + random.random())  # noqa: S311 — nothing is secret here


def mixed(ordered: Sequence[T], strewn: Sequence[T]) -> list[T]:
    """The first in their order, the second anywhere among them."""
    places = sorted(random.choices(range(len(ordered) + 1), k=len(strewn)), reverse=True)  # noqa: S311 — as above
    result = list(ordered)
    for place, one in zip(places, strewn, strict=True):
        result.insert(place, one)
    return result
