"""What a batch's acceptance test decides for the round: which images the arms may try."""

from __future__ import annotations

from typing import Any

from apps.generation.models import GenerationRun
from apps.generation.services import audit_record
from apps.review.batches.acceptance import acceptance_update
from apps.review.batches.looks import batch_looks, refusal_counts
from apps.review.models import AcceptanceTest

Status = AcceptanceTest.Status


def batch_audit(*, generation_run: GenerationRun) -> dict[str, Any]:
    """Bring the batch's tests to their end, and write whether its unseen images may be mixed.

    Only those of a certified batch may, but for the classes that their own tests refused. What
    people refused and why is kept with it: the next batch reads that.
    """
    test = acceptance_update(batch=generation_run.pk)
    refused_classes = AcceptanceTest.objects.filter(
        batch=generation_run.pk, annotation_class__isnull=False, status=Status.REFUSED
    ).order_by("annotation_class__position")
    audit = {
        "status": test.status if test else Status.UNDECIDED.value,
        "looks": test.looks if test else 0,
        "defects": test.defects if test else 0,
        **refusal_counts(generation_run.project, batch_looks(generation_run.pk)),
        "excluded_classes": list(refused_classes.values_list("annotation_class__name", flat=True)),
    }
    admitted = test is not None and test.status == Status.CERTIFIED
    audit_record(generation_run=generation_run, audit=audit, admitted=admitted)
    return audit
