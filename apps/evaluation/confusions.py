"""What a classifier took for what on one split, and the images behind each count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from apps.evaluation.models import EvaluatedImages, EvaluationRun
from apps.evaluation.services import positions_unpack
from apps.images.models import Image
from apps.projects.models import Project
from apps.projects.selectors import annotation_class_list
from apps.review.shares import Share

HASH_BYTES = 32
MOST_IN_A_TABLE = 30
"""Classes of which a table of all pairs can still be read."""
LARGEST = 12
"""So many confusions are told in words."""
SEALED = (
    "The images of test are not shown: it tells the truth once a decision only as long as nobody"
    " learns from it."
)
FORGOTTEN = "An earlier release measured this, which did not keep the list of images."


@dataclass(frozen=True, slots=True)
class Asked:
    """Images of one class that were taken for one; None stands for any, wrong ones alone."""

    true: int | None = None
    seen: int | None = None

    @property
    def is_of_a_pair(self) -> bool:
        """Whether one count is asked for, and not all errors."""
        return self.true is not None and self.seen is not None

    def takes(self, true: int, seen: int) -> bool:
        """Whether an image of class `true` that was taken for `seen` is asked for."""
        if self.is_of_a_pair:
            return (true, seen) == (self.true, self.seen)
        fits = self.true in (None, true) and self.seen in (None, seen)
        return fits and true != seen


@dataclass(frozen=True, slots=True)
class Cell:
    """How many images of one class were taken for one."""

    true: str
    seen: str
    share: Share
    """Of the images of that class."""

    @property
    def is_right(self) -> bool:
        """Whether both are the same class."""
        return self.true == self.seen


@dataclass(frozen=True)
class Confusions:
    """An evaluation: what was taken for what, of which images. Each part is read when asked for."""

    run: EvaluationRun

    @cached_property
    def pairs(self) -> list[tuple[int, int]]:
        """Position of the true class and of the one that was seen, in the list's order."""
        targets, predictions = bytes(self.run.targets), bytes(self.run.predictions)
        return list(zip(positions_unpack(targets), positions_unpack(predictions), strict=True))

    @cached_property
    def names(self) -> list[str]:
        """Of the classes, by position."""
        return _names(self.run.project, self.pairs)

    @cached_property
    def hashes(self) -> list[str] | None:
        """Of the images, in the list's order; None where it was not kept."""
        return hashes_of(self.run)

    @property
    def rows(self) -> list[list[Cell]]:
        """By true class, then by the class that was seen."""
        positions = range(len(self.names))
        return [[self._cell(true, seen) for seen in positions] for true in positions]

    @property
    def has_table(self) -> bool:
        """Whether there are few enough classes for a table of all pairs."""
        return len(self.names) <= MOST_IN_A_TABLE

    @cached_property
    def largest(self) -> list[Cell]:
        """The confusions that take most images, the largest first."""
        wrong = [self._cell(true, seen) for true, seen in self._counts if true != seen]
        return sorted(wrong, key=lambda cell: (-cell.share.count, cell.true, cell.seen))[:LARGEST]

    def _cell(self, true: int, seen: int) -> Cell:
        share = Share(self._counts[true, seen], self._totals[true])
        return Cell(self.names[true], self.names[seen], share)

    @cached_property
    def _counts(self) -> Counter[tuple[int, int]]:
        return Counter(self.pairs)

    @cached_property
    def _totals(self) -> Counter[int]:
        return Counter(true for true, _ in self.pairs)

    @property
    def images_refusal(self) -> str:
        """Why the images behind the counts are not shown; empty where they are."""
        if self.run.split == Image.Split.TEST:
            return SEALED
        return FORGOTTEN if self.hashes is None else ""

    def asked(self, parameters: Mapping[str, str]) -> Asked:
        """What an address asks for by `class` and `seen`, names of classes.

        Raises ValidationError for a class that there is not.
        """
        return Asked(self._position(parameters, "class"), self._position(parameters, "seen"))

    def _position(self, parameters: Mapping[str, str], parameter: str) -> int | None:
        name = parameters.get(parameter, "")
        if name and name not in self.names:
            choices = ", ".join(self.names)
            raise ValidationError(
                {parameter: f"There is no class {name!r}; choose one of {choices}."}
            )
        return self.names.index(name) if name else None

    def images(self, asked: Asked) -> QuerySet[Image]:
        """The images that are asked for, by their hashes; none where `images_refusal` says why."""
        rows = [] if self.images_refusal else zip(self.hashes or [], self.pairs, strict=True)
        hashes = [sha256 for sha256, pair in rows if asked.takes(*pair)]
        images = Image.objects.filter(project=self.run.project_id, sha256__in=hashes)
        return images.select_related("annotation_class").order_by("sha256")

    def taken_for(self, images: Iterable[Image]) -> list[tuple[Image, str]]:
        """Each of these images with the class that it was taken for."""
        seen = dict(zip(self.hashes or [], self.pairs, strict=False))
        return [(image, self.names[seen[image.sha256][1]]) for image in images]


def evaluation_get(project: Project, run_id: int) -> EvaluationRun:
    """A classifier's evaluation. Raises Http404, for a generator's too."""
    runs = EvaluationRun.objects.filter(project=project, generation_run=None)
    return get_object_or_404(runs.select_related("checkpoint__training_run"), pk=run_id)


def hashes_of(run: EvaluationRun) -> list[str] | None:
    """Of the images that were measured, in the list's order; None where it was not kept."""
    kept = EvaluatedImages.objects.filter(
        project=run.project_id, images_sha256=run.images_sha256
    ).first()
    if kept is None:
        return None
    text = bytes(kept.hashes).hex()
    return [text[i : i + 2 * HASH_BYTES] for i in range(0, len(text), 2 * HASH_BYTES)]


def _names(project: Project, pairs: list[tuple[int, int]]) -> list[str]:
    """The classes' names, by position."""
    names = [item.name for item in annotation_class_list(project)]
    most = max((max(pair) for pair in pairs), default=-1)
    return names + [f"class {position + 1}" for position in range(len(names), most + 1)]
