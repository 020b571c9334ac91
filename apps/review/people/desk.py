"""What a person keeps beside their answers: remarks, their last decisions, their own filter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from apps.accounts.models import User
from apps.projects.models import Project
from apps.projects.selectors import RANK, Role, project_role
from apps.review.models import Remark, Review, Reviewer, ReviewTask, Skip

LAST = 50
"""Decisions that a person can look at again and take back."""
SKIPPED = "skip"
"""Stands where a verdict does: the person skipped the task."""


# --- Decisions ------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class PastDecision:
    """One of a person's own: an answer that stands, or a skipped task."""

    id: UUID | None
    """Of the answer; None of a skipped task."""
    task: ReviewTask
    verdict: str
    annotation_class: str | None
    reasons: list[str]
    at: datetime


def history_of(project: Project, user: User, kinds: Sequence[str] = ()) -> list[PastDecision]:
    """A person's last standing decisions, newest first; with `kinds`, about tasks of those."""
    wanted = {"task__kind__in": kinds} if kinds else {}
    reviews = Review.objects.filter(
        user=user, task__project=project, superseded_at=None, **wanted
    ).select_related("task__image", "annotation_class")
    skips = Skip.objects.filter(user=user, task__project=project, **wanted)
    decisions = [
        PastDecision(
            review.pk,
            review.task,
            review.verdict,
            review.annotation_class.name if review.annotation_class else None,
            review.reasons,
            review.created_at,
        )
        for review in reviews.order_by("-created_at")[:LAST]
    ] + [
        PastDecision(None, skip.task, SKIPPED, None, [skip.reason], skip.created_at)
        for skip in skips.select_related("task__image").order_by("-created_at")[:LAST]
    ]
    return sorted(decisions, key=attrgetter("at"), reverse=True)[:LAST]


# --- Remarks --------------------------------------------------------------------------------
def remark_list(project: Project, user: User, kind: str | None = None) -> QuerySet[Remark]:
    """Remarks newest first: one's own, and for reviewers the open flags and comments of all."""
    remarks = Remark.objects.filter(task__project=project).select_related("task__image", "user")
    own = remarks.filter(user=user)
    if _sees_all(user, project):
        own |= remarks.exclude(kind=Remark.Kind.BOOKMARK)
    found = own.filter(resolved_at=None).order_by("-id")
    return found.filter(kind=kind) if kind else found


def remark_add(*, project: Project, user: User, task_id: int, kind: str, text: str = "") -> Remark:
    """Flag, comment on or bookmark a task.

    Sent again it is one: a flag or a bookmark takes the new text, a comment of the
    same words is the same. Raises ValidationError.
    """
    task = ReviewTask.objects.filter(project=project, pk=task_id).first()
    if task is None:
        raise ValidationError({"task": f"This project has no review task {task_id}."})
    if kind == Remark.Kind.COMMENT:
        if not text:
            raise ValidationError({"text": "A comment needs words."})
        return Remark.objects.get_or_create(task=task, user=user, kind=kind, text=text)[0]
    defaults = {"text": text, "resolved_at": None, "resolved_by": None}
    return Remark.objects.update_or_create(task=task, user=user, kind=kind, defaults=defaults)[0]


def remark_remove(*, project: Project, user: User, remark_id: int) -> None:
    """Delete one's own remark, or as a reviewer mark another's as looked at.

    Doing it again is no error.
    """
    remarks = Remark.objects.filter(task__project=project, pk=remark_id)
    if remarks.filter(user=user).delete()[0] or not _sees_all(user, project):
        return
    open_ = remarks.exclude(kind=Remark.Kind.BOOKMARK).filter(resolved_at=None)
    open_.update(resolved_at=timezone.now(), resolved_by=user)


def _sees_all(user: User, project: Project) -> bool:
    role = project_role(user, project)
    return role is not None and RANK[role] >= RANK[Role.REVIEWER]


# --- A person's own filter ------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class OwnFilter:
    """What a person wants to be asked: kinds and names of expected classes; empty means all."""

    kinds: list[str]
    classes: list[str]


def own_filter_get(project: Project, user: User) -> OwnFilter:
    """The person's filter; where they have set none, one that lets everything through."""
    reviewer = Reviewer.objects.filter(project=project, user=user).first()
    if reviewer is None:
        return OwnFilter([], [])
    classes = project.annotation_classes.filter(pk__in=reviewer.class_ids).order_by("position")
    return OwnFilter(reviewer.kinds, [annotation_class.name for annotation_class in classes])


def own_filter_set(
    *, project: Project, user: User, kinds: Sequence[str], classes: Sequence[str]
) -> OwnFilter:
    """Keep what a person wants to be asked from now on. Raises ValidationError."""
    ids = dict(project.annotation_classes.filter(name__in=classes).values_list("name", "pk"))
    if unknown := next((name for name in classes if name not in ids), None):
        raise ValidationError({"classes": f"This project has no class {unknown!r}."})
    with transaction.atomic():
        Reviewer.objects.update_or_create(
            project=project,
            user=user,
            defaults={"kinds": sorted(set(kinds)), "class_ids": sorted(ids.values())},
        )
    return own_filter_get(project, user)
