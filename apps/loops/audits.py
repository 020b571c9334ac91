"""What a random draw of a batch, judged by people, says of the rest of it."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

from apps.generation.models import GenerationRun
from apps.generation.services import audit_record
from apps.review.models import Review

Z_95 = 1.96
LOOKS_TO_EXCLUDE = 2
"""So many looks at a class, with no majority of right ones, keep the class's unseen images out."""


def wilson_low(right: int, looked: int) -> float:
    """The lower 95% bound of a share (Wilson 1927), in [0, 1]; 0 where nobody looked."""
    if looked == 0:
        return 0.0
    share, z2 = right / looked, Z_95**2
    centre = share + z2 / (2 * looked)
    spread = Z_95 * math.sqrt(share * (1 - share) / looked + z2 / (4 * looked**2))
    return (centre - spread) / (1 + z2 / looked)


def batch_audit(*, generation_run: GenerationRun, least_right_share: float) -> dict[str, Any]:
    """Judge a batch by its standing reviews, and write whether its unseen images may be mixed."""
    reviews = Review.objects.filter(
        superseded_at=None, task__image__lineage__generation_run=generation_run
    ).values_list("verdict", "task__image__lineage__annotation_class__name")
    looked, right = Counter[str](), Counter[str]()
    verdicts = Counter[str]()
    for verdict, name in reviews:
        looked[name] += 1
        right[name] += verdict == Review.Verdict.RIGHT
        verdicts[verdict] += 1
    low = wilson_low(right.total(), looked.total())
    audit = {
        "looked": looked.total(),
        "right": right.total(),
        "right_share_low": round(low, 4),
        "least_right_share": least_right_share,
        "verdicts": dict(sorted(verdicts.items())),
        "classes": {
            name: {"looked": looked[name], "right": right[name]} for name in sorted(looked)
        },
        "excluded_classes": [
            name
            for name in sorted(looked)
            if looked[name] >= LOOKS_TO_EXCLUDE and right[name] * 2 <= looked[name]
        ],
    }
    audit_record(generation_run=generation_run, audit=audit, admitted=low > least_right_share)
    return audit
