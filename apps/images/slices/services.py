"""Making slices, changing them, and choosing the images of those that are made by hand."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from apps.accounts.errors import Conflict
from apps.accounts.models import User
from apps.accounts.services import audit_record
from apps.images.models import Image, Slice, SlicedImage
from apps.images.upload_forms import json_read
from apps.jobs.services import event_publish
from apps.projects.models import Project

MOST_SLICES = 50
"""Of a project: nobody watches more, and each takes part in every evaluation's page."""
MOST_AT_ONCE = 10_000
"""Images that one call adds or takes out."""
MOST_RULE_BYTES = 2_000
HAPPENED = {
    "slice.create": "slice.created",
    "slice.change": "slice.changed",
    "slice.remove": "slice.removed",
}
"""The event of the log, by what a person did."""
NAMED = 5
"""So many of the ids that there are not, an error names."""


@dataclass(frozen=True, slots=True)
class SliceChange:
    """How many images came into a slice, and how many left it."""

    added: int
    removed: int


@transaction.atomic
def slice_create(
    *,
    project: Project,
    actor: User | None,
    name: str,
    description: str = "",
    rule: dict[str, Any] | None = None,
    image_ids: Collection[int] = (),
    is_of_errors: bool = False,
    is_aimed_at: bool = False,
) -> Slice:
    """A slice by metadata, or without a rule one by hand, which begins with these images.

    Raises ValidationError, by field, and `Conflict` where the project has enough of them.
    """
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    if Slice.objects.filter(project=project).count() >= MOST_SLICES:
        raise Conflict(f"A project has at most {MOST_SLICES} slices; delete one first.")
    slice_ = Slice(
        project=project,
        name=name,
        description=description,
        rule=rule,
        is_of_errors=is_of_errors,
        is_aimed_at=is_aimed_at,
    )
    _write(slice_)
    added = _add(slice_, image_ids)
    _tell(slice_, "slice.create", actor, images=added)
    return slice_


@transaction.atomic
def slice_change(*, slice_: Slice, actor: User | None, **said: Any) -> None:
    """Give a slice another name, description or rule, or have it aimed at.

    One by hand stays so, and one by metadata, too. Raises ValidationError, by field.
    """
    was_by_hand = slice_.is_by_hand
    for name, value in said.items():
        setattr(slice_, name, value)
    if slice_.is_by_hand != was_by_hand:
        way = "by hand" if was_by_hand else "by metadata"
        raise ValidationError(
            {"rule": f"This slice is made {way} and stays so; make another slice instead."}
        )
    _write(slice_)
    _tell(slice_, "slice.change", actor)


@transaction.atomic
def slice_remove(*, slice_: Slice, actor: User | None) -> None:
    """Forget a slice; its images stay as they are."""
    _tell(slice_, "slice.remove", actor)
    slice_.delete()


@transaction.atomic
def slice_images_change(
    *, slice_: Slice, actor: User | None, add: Collection[int] = (), remove: Collection[int] = ()
) -> SliceChange:
    """Put images into a slice that is made by hand, by their ids, and take others out.

    Ids to take out that are not in it are passed by. Raises ValidationError, by field, where an
    id to add is no image of the project, and changes nothing then; `Conflict` where the slice is
    made by metadata.
    """
    Slice.objects.select_for_update(no_key=True).get(pk=slice_.pk)
    if not slice_.is_by_hand:
        raise Conflict(
            f"Slice {slice_.name!r} has the images whose metadata contain {slice_.rule_text}; make"
            " a slice by hand to choose single ones."
        )
    _bound_check("remove", remove)
    removed, _ = SlicedImage.objects.filter(slice=slice_, image__in=remove).delete()
    change = SliceChange(added=_add(slice_, add), removed=removed)
    _tell(slice_, "slice.change", actor, added=change.added, removed=change.removed)
    return change


def _add(slice_: Slice, image_ids: Collection[int]) -> int:
    """Puts images in; how many were not in it yet."""
    _bound_check("add", image_ids)
    asked = set(image_ids)
    known = Image.objects.filter(project=slice_.project_id, pk__in=asked)
    unknown = sorted(asked - set(known.values_list("pk", flat=True)))
    if unknown:
        named = ", ".join(map(str, unknown[:NAMED])) + (", …" if len(unknown) > NAMED else "")
        raise ValidationError(
            {
                "add": f"The project has no image {named}; take what it has not out of the list."
                " Nothing was changed."
            }
        )
    new = asked - set(
        SlicedImage.objects.filter(slice=slice_, image__in=asked).values_list("image", flat=True)
    )
    SlicedImage.objects.bulk_create(
        SlicedImage(slice=slice_, image_id=image_id) for image_id in sorted(new)
    )
    return len(new)


def _bound_check(field: str, image_ids: Collection[int]) -> None:
    if len(image_ids) > MOST_AT_ONCE:
        raise ValidationError(
            {
                field: f"{len(image_ids):,} images are more than the {MOST_AT_ONCE:,} of one call;"
                " send them in several."
            }
        )


def _write(slice_: Slice) -> None:
    slice_.name = slice_.name.strip()
    slice_.description = slice_.description.strip()
    problems = _rule_problems(slice_.rule)
    if not slice_.name:
        problems["name"] = "Give the slice a name, such as night photographs."
    if problems:
        raise ValidationError(problems)
    slice_.clean_fields(exclude=["project", "rule"])
    try:
        with transaction.atomic():
            slice_.save()
    except IntegrityError:
        raise ValidationError(
            {"name": f"The project has a slice {slice_.name!r} already; choose another name."}
        ) from None


def _rule_problems(rule: Any) -> dict[str, str]:
    if rule is None:
        return {}
    if not isinstance(rule, dict) or not rule:
        return {
            "rule": f"{json.dumps(rule)[:80]} is no rule: write a JSON object with at least one"
            ' key, such as {"camera": "3"}.'
        }
    text = json.dumps(rule)
    if len(text) > MOST_RULE_BYTES:
        return {"rule": f"A rule has at most {MOST_RULE_BYTES:,} characters; this has {len(text)}."}
    json_read("rule", text)
    return {}


def _tell(slice_: Slice, action: str, actor: User | None, **more: object) -> None:
    detail: dict[str, object] = {"slice": slice_.pk, "name": slice_.name, **more}
    event_publish(project_id=slice_.project_id, kind=HAPPENED[action], payload=detail)
    told = {**detail, "rule": slice_.rule, "is_aimed_at": slice_.is_aimed_at}
    audit_record(actor=actor, action=action, project_slug=slice_.project.slug, detail=told)
