"""Changing a project's queue policy."""

from __future__ import annotations

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction

from apps.accounts.errors import Conflict
from apps.accounts.models import User
from apps.accounts.services import audit_record
from apps.jobs.services import event_publish
from apps.projects.models import Project
from apps.review.models import ReviewSettings

GROUPS: dict[str, tuple[str, tuple[str, ...]]] = {
    "Holding": (
        "Nobody else is asked what a person holds.",
        ("reservation_minutes", "reservation_size"),
    ),
    "What comes next": (
        "The order in which people are asked; from the next hold on.",
        ("order", "random_share", "balance_classes"),
    ),
    "Answers": (
        "How many people answer, what they see, and how many answers become one.",
        ("reviews_per_task", "show_guess", "truth_method", "least_agreement"),
    ),
    "Checking people": (
        "Tasks whose answer is known lie among the others, not to be told from them.",
        ("gold_share", "gold_floor", "gold_window", "gold_action"),
    ),
    "Accepting batches": (
        "Batches of synthetic images are certified or refused by looks at some, drawn at random.",
        ("allowed_defects", "acceptance_confidence"),
    ),
}
FIELDS = [name for _, names in GROUPS.values() for name in names]


def bounds(name: str) -> tuple[float, float] | None:
    """The least and the most that a numeric setting may be; None for others."""
    field = ReviewSettings._meta.get_field(name)
    limits = field.validators if isinstance(field, models.Field) else []
    least = [limit.limit_value for limit in limits if isinstance(limit, MinValueValidator)]
    most = [limit.limit_value for limit in limits if isinstance(limit, MaxValueValidator)]
    return (max(least), min(most)) if least and most else None


def review_settings_change(
    *, project: Project, by: User | None, **changes: Any
) -> tuple[ReviewSettings, list[str]]:
    """Change settings of the queue; returns them, and the names of those that changed.

    A change is kept in the audit log and told to open pages (`review.settings`: what was
    changed, and how many tasks may be held at once in any case). Raises
    `ValidationError` by field, and `Conflict` for what is no setting.
    """
    with transaction.atomic():
        ReviewSettings.objects.get_or_create(project=project)
        settings = ReviewSettings.objects.select_for_update().get(project=project)
        before = {name: getattr(settings, name) for name in FIELDS}
        for name, value in changes.items():
            if name not in FIELDS:
                raise Conflict(f"{name} is no setting of the queue.")
            setattr(settings, name, value)
        settings.full_clean()
        changed = [name for name in FIELDS if getattr(settings, name) != before[name]]
        if changed:
            settings.save(update_fields=changed)
            audit_record(
                actor=by,
                action="review.settings",
                project_slug=project.slug,
                detail={
                    name: f"{_shown(before[name])} → {_shown(getattr(settings, name))}"
                    for name in changed
                },
            )
            event_publish(
                project_id=project.pk,
                kind="review.settings",
                payload={name: getattr(settings, name) for name in [*changed, "reservation_size"]},
            )
    return settings, changed


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g}" if isinstance(value, float) else str(value)
