"""Changing how a project's images are parted, and remembering what was learned from."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db import connection, transaction

from apps.accounts.models import User
from apps.accounts.services import audit_record
from apps.images.models import SplitPolicy
from apps.projects.models import Project

FIELDS = [
    "test_share",
    "select_share",
    "guidance_share",
    "least_per_class",
    "is_automatic",
    "seed",
]


@transaction.atomic
def split_policy_change(
    *, project: Project, values: dict[str, Any], actor: User | None
) -> SplitPolicy:
    """Give the project a policy, or change it. It moves nothing: it holds for what comes in.

    Raises ValidationError by field.
    """
    SplitPolicy.objects.get_or_create(project=project)
    policy = SplitPolicy.objects.select_for_update().get(project=project)
    for name in FIELDS:
        setattr(policy, name, values.get(name, getattr(policy, name)))
    policy.full_clean()
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
