"""What a classifier took for what on one split, and the images behind each count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

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
DEPTHS = 5
"""Of a cell's ground."""
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

    @property
    def depth(self) -> int:
        """How deep its ground is drawn: 0 for nothing, up to `DEPTHS` for all of the class."""
        return -(-self.share.count * DEPTHS // self.share.of) if self.share.of else 0


@dataclass(frozen=True, slots=True)
class Confusions:
    """All counts of an evaluation."""

    names: list[str]
    rows: list[list[Cell]]
    """By true class, then by the class that was seen."""

    @property
    def has_table(self) -> bool:
        """Whether there are few enough classes for a table of all pairs."""
        return len(self.names) <= MOST_IN_A_TABLE

    @property
    def largest(self) -> list[Cell]:
        """The confusions that take most images, the largest first."""
        wrong = [
            cell for row in self.rows for cell in row if not cell.is_right and cell.share.count
        ]
        return sorted(wrong, key=lambda cell: (-cell.share.count, cell.true, cell.seen))[:LARGEST]


def evaluation_get(project: Project, run_id: int) -> EvaluationRun:
    """A classifier's evaluation. Raises Http404, for a generator's too."""
    runs = EvaluationRun.objects.filter(project=project, generation_run=None)
    return get_object_or_404(runs.select_related("checkpoint__training_run"), pk=run_id)


def confusions(run: EvaluationRun) -> Confusions:
    """What was taken for what."""
    pairs = _pairs(run)
    names = _names(run.project, pairs)
    counts, totals = Counter(pairs), Counter(true for true, _ in pairs)
    return Confusions(
        names,
        [
            [
                Cell(true, seen, Share(counts[row, column], totals[row]))
                for column, seen in enumerate(names)
            ]
            for row, true in enumerate(names)
        ],
    )


def asked_read(run: EvaluationRun, parameters: Mapping[str, str]) -> Asked:
    """What an address asks for by `class` and `seen`, names of classes.

    Raises ValidationError for a class that there is not.
    """
    names = _names(run.project, _pairs(run))
    found: dict[str, int | None] = {}
    for parameter in ("class", "seen"):
        name = parameters.get(parameter, "")
        if name and name not in names:
            raise ValidationError(
                {parameter: f"There is no class {name!r}; choose one of {', '.join(names)}."}
            )
        found[parameter] = names.index(name) if name else None
    return Asked(found["class"], found["seen"])


def images_refusal(run: EvaluationRun) -> str:
    """Why the images behind the counts are not shown; empty where they are."""
    if run.split == Image.Split.TEST:
        return SEALED
    return "" if _hashes_of(run) is not None else FORGOTTEN


def images_behind(run: EvaluationRun, asked: Asked) -> QuerySet[Image]:
    """The images that are asked for, by their hashes; none where `images_refusal` says why."""
    rows = [] if images_refusal(run) else zip(_hashes_of(run) or [], _pairs(run), strict=True)
    hashes = [sha256 for sha256, pair in rows if asked.takes(*pair)]
    images = Image.objects.filter(project=run.project_id, sha256__in=hashes)
    return images.select_related("annotation_class").order_by("sha256")


def taken_for(run: EvaluationRun) -> dict[str, str]:
    """The class that each image was taken for, by its hash, where the list of images is kept."""
    pairs = _pairs(run)
    names = _names(run.project, pairs)
    seen = (names[seen] for _, seen in pairs)
    return dict(zip(_hashes_of(run) or [], seen, strict=False))


def _hashes_of(run: EvaluationRun) -> list[str] | None:
    kept = EvaluatedImages.objects.filter(
        project=run.project_id, images_sha256=run.images_sha256
    ).first()
    if kept is None:
        return None
    text = bytes(kept.hashes).hex()
    return [text[i : i + 2 * HASH_BYTES] for i in range(0, len(text), 2 * HASH_BYTES)]


def _pairs(run: EvaluationRun) -> list[tuple[int, int]]:
    """Position of the true class and of the one that was seen, in the list's order."""
    targets, predictions = bytes(run.targets), bytes(run.predictions)
    return list(zip(positions_unpack(targets), positions_unpack(predictions), strict=True))


def _names(project: Project, pairs: list[tuple[int, int]]) -> list[str]:
    """The classes' names, by position."""
    names = [item.name for item in annotation_class_list(project)]
    most = max((max(pair) for pair in pairs), default=-1)
    return names + [f"class {position + 1}" for position in range(len(names), most + 1)]
