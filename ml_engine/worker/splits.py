"""Jobs that move images between splits, all of them at once or none."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.db import transaction

from apps.images.splits.mending import groups_mend
from apps.images.splits.parted import images_part
from apps.images.splits.reading import split_policy_get
from apps.jobs.services import claim_require
from ml_engine.worker.context import JobContext


def part_images(context: JobContext) -> dict[str, Any]:
    """Move what the project's policy wants out of train; returns how many images that were."""
    policy = split_policy_get(context.project)
    if policy is None:
        raise ValueError("The project has no split policy any more; give it one, then part again.")
    with transaction.atomic():
        parted = images_part(policy=policy, actor=context.job.created_by)
        claim_require(claim=context.claim)
    return {"moved": parted.moved, "stuck": parted.stuck}


def mend_groups(context: JobContext) -> dict[str, Any]:
    """Bring every torn group of near-duplicates into one split."""
    with transaction.atomic():
        mended = groups_mend(project=context.project, actor=context.job.created_by)
        claim_require(claim=context.claim)
    return asdict(mended)
