"""Changing how a project's images are parted, and remembering what was learned from."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db import connection, transaction

from apps.accounts.models import User
from apps.accounts.services import audit_record
from apps.images.models import SplitPolicy
from apps.projects.models import Project

GROUPS: dict[str, tuple[str, tuple[str, ...]]] = {
    "Shares": (
        "Of every class; what is left over is trained on, a fifth at least.",
        ("test_share", "select_share", "guidance_share"),
    ),
    "Rare classes": (
        "Half of a class stays in train, however few its images are.",
        ("least_per_class",),
    ),
    "When and how": (
        "A split that is told with an image always goes first.",
        ("is_automatic", "seed"),
    ),
}
FIELDS = [name for _, names in GROUPS.values() for name in names]


def split_policy_draft(*, project: Project, values: dict[str, Any]) -> SplitPolicy:
    """The project's policy, or the usual one, with these values; checked, and not saved.

    Raises ValidationError by field.
    """
    policy = SplitPolicy.objects.filter(project=project).first() or SplitPolicy(project=project)
    for name in FIELDS:
        setattr(policy, name, values.get(name, getattr(policy, name)))
    policy.clean_fields()
    policy.validate_constraints()
    return policy


@transaction.atomic
def split_policy_change(
    *, project: Project, values: dict[str, Any], actor: User | None
) -> SplitPolicy:
    """Give the project a policy, or change it. It moves nothing: it holds for what comes in.

    Raises ValidationError by field.
    """
    # One change at a time, and none while a batch is parted.
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    policy = split_policy_draft(project=project, values=values)
    policy.save()
    audit_record(
        actor=actor,
        action="splits.policy",
        project_slug=project.slug,
        detail={name: getattr(policy, name) for name in FIELDS},
    )
    return policy


def images_trained_on(*, project: Project, hashes: Collection[str]) -> None:
    """Remember that a model was trained on these images, by the SHA-256 of their bytes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO images_trainedimage (image_id)"
            " SELECT id FROM images_image WHERE project_id = %s AND sha256 = ANY(%s)"
            " AND origin = 'real' ON CONFLICT DO NOTHING",
            [project.pk, list(hashes)],
        )
