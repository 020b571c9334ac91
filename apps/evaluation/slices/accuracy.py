"""How a classifier does on each slice, from the answers that an evaluation kept."""

from __future__ import annotations

from dataclasses import dataclass

from apps.evaluation.confusions import FORGOTTEN, Confusions
from apps.evaluation.models import EvaluationRun
from apps.images.models import Image, Slice
from apps.images.slices.selectors import slice_list, slice_members
from apps.review.shares import Share

FEWEST_SEALED = 10
"""Of fewer test images, a share would tell which of them were right: test is sealed."""


@dataclass(frozen=True, slots=True)
class SliceAccuracy:
    """Of a slice's images that were measured, those that the classifier got right."""

    slice: Slice
    share: Share | None
    """None: nothing is told."""
    note: str = ""
    """Why nothing is told, or what the share does not tell."""


def accuracy_by_slice(found: Confusions) -> list[SliceAccuracy]:
    """A classifier's accuracy on each slice of its project, by name, on the images of its split.

    Three queries, however many slices; one where the project has none.
    """
    run = found.run
    slices = list(slice_list(run.project))
    if not slices:
        return []
    if found.hashes is None:
        return [SliceAccuracy(each, None, FORGOTTEN) for each in slices]
    right = [true == seen for true, seen in found.pairs]
    members = slice_members(run.project_id, found.hashes)
    return [_accuracy(run, each, [right[place] for place in members[each.pk]]) for each in slices]


def _accuracy(run: EvaluationRun, slice_: Slice, right: list[bool]) -> SliceAccuracy:
    if not right:
        return SliceAccuracy(slice_, None, f"None of its images was measured on {run.split}.")
    is_sealed = run.split == Image.Split.TEST
    if is_sealed and len(right) < FEWEST_SEALED:
        return SliceAccuracy(
            slice_,
            None,
            f"Fewer than {FEWEST_SEALED} of its images are in test: their accuracy would tell which"
            " of them were right, and test is sealed.",
        )
    chosen = "Its images were kept as errors: that others do better on them is partly chance."
    note = chosen if slice_.is_of_errors and not is_sealed else ""
    return SliceAccuracy(slice_, Share(sum(right), len(right)), note)
