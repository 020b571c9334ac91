"""A project's quality policy: read, checked and changed."""

from __future__ import annotations

import math
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from apps.accounts.models import User
from apps.accounts.services import audit_record
from apps.images.models import QualityPolicy
from apps.images.quality.filters import FILTERS
from apps.jobs.services import event_publish
from apps.projects.models import Project

FIELDS = [
    *(each.name for each in FILTERS),
    "near_bits",
    "sets_near_duplicates_apart",
    "embedding_distance",
]


def quality_policy_get(project: Project) -> QualityPolicy:
    """The project's policy; where none was saved, one whose thresholds filter nothing."""
    found = QualityPolicy.objects.filter(project=project).first()
    return found or QualityPolicy(project=project)


@transaction.atomic
def quality_policy_change(
    *, project: Project, by: User | None, **changes: Any
) -> tuple[QualityPolicy, list[str]]:
    """Change thresholds for images that come in from now on; returns the names that changed.

    Images that are there keep their state until the policy is applied. Raises
    ValidationError by field.
    """
    QualityPolicy.objects.get_or_create(project=project)
    policy = QualityPolicy.objects.select_for_update().get(project=project)
    before = {name: getattr(policy, name) for name in FIELDS}
    for name, value in changes.items():
        setattr(policy, name, value)
    policy_check(policy)
    changed = [name for name in FIELDS if getattr(policy, name) != before[name]]
    if changed:
        policy.save()
        told = {name: getattr(policy, name) for name in changed}
        audit_record(
            actor=by,
            action="quality.policy",
            project_slug=project.slug,
            detail={name: f"{before[name]} → {value}" for name, value in told.items()},
        )
        event_publish(project_id=project.pk, kind="quality.policy", payload=told)
    return policy, changed


def policy_check(policy: QualityPolicy) -> None:
    """Raise ValidationError, by field, for thresholds that cannot be."""
    for name in FIELDS:
        value = getattr(policy, name)
        if isinstance(value, float) and not math.isfinite(value):
            raise ValidationError({name: "Write a finite number, or leave it empty."})
    policy.clean_fields(exclude=["project"])
    low, high = policy.least_brightness, policy.most_brightness
    if low is not None and high is not None and low >= high:
        raise ValidationError(
            {"most_brightness": f"It must be more than the least brightness, {low:g}."}
        )
