"""Slices made of what a classifier confused."""

from __future__ import annotations

from collections.abc import Mapping

from django.core.exceptions import ValidationError

from apps.accounts.errors import Conflict
from apps.accounts.models import User
from apps.evaluation.confusions import Asked, Confusions
from apps.evaluation.models import EvaluationRun
from apps.images.models import Slice
from apps.images.slices.services import slice_create


def errors_name(true: str, seen: str) -> str:
    """What a slice of the images of class `true` that were taken for `seen` may be called."""
    if not true and not seen:
        return "all errors"
    return f"{true or 'any class'} taken for {seen or 'another'}"[:80]


def slice_of_errors(
    *, run: EvaluationRun, parameters: Mapping[str, str], name: str, actor: User | None
) -> Slice:
    """Keep the images that a classifier confused as a slice by hand.

    `parameters` ask by `class` and `seen` as `Confusions.asked` reads them. Raises
    ValidationError, by field, where they name no class, none was confused, or the name will not
    do; `Conflict` where the images are sealed or forgotten.
    """
    found = Confusions(run)
    asked = found.asked(parameters)
    if found.images_refusal:
        raise Conflict(found.images_refusal)
    _errors_check(asked)
    image_ids = list(found.images(asked).values_list("pk", flat=True))
    true, seen = parameters.get("class", ""), parameters.get("seen", "")
    if not image_ids:
        raise ValidationError(
            {"class": f"There is no image of this ({errors_name(true, seen)}): nothing to keep."}
        )
    return slice_create(
        project=run.project,
        actor=actor,
        name=name or errors_name(true, seen),
        description=f"Images of {run.split} that classifier {run.checkpoint.training_run_id} took"
        f" for another class: {errors_name(true, seen)}.",
        image_ids=image_ids,
        is_of_errors=True,
    )


def _errors_check(asked: Asked) -> None:
    if asked.is_of_a_pair and asked.true == asked.seen:
        raise ValidationError(
            {"seen": "These were taken for what they are; choose two classes that differ."}
        )
