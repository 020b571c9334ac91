"""What thresholds would do to the images that a project has, before they are applied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from apps.images.models import Image, QualityMeasures, QualityPolicy
from apps.images.quality.filters import FILTERS, MEASURES, Filter, Measure
from apps.images.quality.resemblance import Look, images_alike
from apps.projects.models import Project

SAMPLE = 20_000
"""Images that are looked at; of more, so many drawn by a hash of their ids."""
BARS = 40
TILES = 8
ASKED = 200
"""Images, drawn at random, of which it is asked whether they nearly equal another."""
TAIL = 0.01
"""The share of the images that a suggested threshold leaves out."""

Values = dict[str, NDArray[np.float64]]

_VALUES = """
SELECT image.id, LEAST(image.width, image.height),
    GREATEST(image.width, image.height)::float8 / LEAST(image.width, image.height),
    measures.sharpness, measures.brightness, measures.dark_share, measures.bright_share,
    measures.entropy
FROM images_qualitymeasures measures JOIN images_image image ON image.id = measures.image_id
WHERE measures.project_id = %(project)s
AND (hashint8(image.id) & 2147483647) %% %(every)s = 0
ORDER BY image.id
"""


@dataclass(frozen=True, slots=True)
class FilterPreview:
    """What one threshold stops."""

    filter: Filter
    threshold: float | None
    count: int
    """Of the images looked at."""
    image_ids: list[int]
    """Some of them, the least clear cases first."""
    suggestion: float
    """The threshold that one image in a hundred does not pass."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a histogram, in its own units: whole numbers for a picture 400 by 100."""

    x: float
    height: float
    is_stopped: bool


@dataclass(frozen=True, slots=True)
class MeasurePreview:
    """How a measure is spread over the images looked at, and what its filters stop."""

    measure: Measure
    filters: list[FilterPreview]
    bars: list[Bar]
    low: float
    high: float
    marks: list[float]
    """Where the thresholds lie, in the picture's units."""


@dataclass(frozen=True, slots=True)
class NearPreview:
    """How many images nearly equal another."""

    asked: int
    """So many were drawn at random and compared with all."""
    found: int
    pairs: list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Preview:
    """What a policy would set apart."""

    total: int
    """Real images of the project that were measured."""
    looked_at: int
    unmeasured: int
    stopped: int
    """Of those looked at: what any of the thresholds stops."""
    measures: list[MeasurePreview]

    @property
    def is_sampled(self) -> bool:
        """Whether not all were looked at."""
        return self.looked_at < self.total

    @property
    def stopped_share(self) -> float:
        """Of the images looked at, 0 to 1."""
        return self.stopped / self.looked_at if self.looked_at else 0.0


def quality_preview(project: Project, policy: QualityPolicy) -> Preview:
    """Lay the policy, which need not be saved, over the project's measured images."""
    total = QualityMeasures.objects.filter(project=project).count()
    ids, values = _values(project, total, most=SAMPLE)
    stopped = np.zeros(len(ids), bool)
    for each in FILTERS:
        stopped |= _stopped(each, values, getattr(policy, each.name))
    return Preview(
        total=total,
        looked_at=len(ids),
        unmeasured=unmeasured_count(project),
        stopped=int(stopped.sum()),
        measures=[_measure_preview(measure, policy, ids, values) for measure in MEASURES],
    )


def near_preview(project: Project, most_bits: int) -> NearPreview:
    """Ask of some images, drawn by a hash of their ids, whether they nearly equal another."""
    total = QualityMeasures.objects.filter(project=project).count()
    ids, _ = _values(project, total, most=ASKED)
    rows = QualityMeasures.objects.filter(pk__in=ids[:ASKED].tolist()).order_by("pk")
    asked = list(rows.values_list("pk", "perceptual_hash", "grey_copy"))
    looks = [Look(perceptual_hash, bytes(copy)) for _, perceptual_hash, copy in asked]
    pairs: dict[int, int] = {}
    for place, image_id in images_alike(project.pk, looks, most_bits):
        if image_id != asked[place][0]:
            pairs.setdefault(asked[place][0], image_id)
    return NearPreview(len(asked), len(pairs), list(pairs.items())[:TILES])


def unmeasured_count(project: Project) -> int:
    """Real images without measures: they came before there were any."""
    real = Image.objects.filter(project=project, origin=Image.Origin.REAL)
    return real.filter(measures=None).count()


def _values(project: Project, total: int, most: int) -> tuple[NDArray[np.int64], Values]:
    with connection.cursor() as cursor:
        cursor.execute(_VALUES, {"project": project.pk, "every": max(1, -(-total // most))})
        rows = cursor.fetchall()
    table = np.array(rows, np.float64).reshape(len(rows), 1 + len(MEASURES))
    columns = {measure.name: table[:, 1 + at] for at, measure in enumerate(MEASURES)}
    return table[:, 0].astype(np.int64), columns


def _stopped(each: Filter, values: Values, threshold: float | None) -> NDArray[np.bool_]:
    of_measure = values[each.measure.name]
    if threshold is None:
        return np.zeros(len(of_measure), bool)
    return of_measure < threshold if each.is_least else of_measure > threshold


def _filter_preview(
    each: Filter, policy: QualityPolicy, ids: NDArray[np.int64], values: Values
) -> FilterPreview:
    threshold = getattr(policy, each.name)
    of_measure = values[each.measure.name]
    at = np.flatnonzero(_stopped(each, values, threshold))
    if threshold is None:
        clearest_last: Sequence[int] = []
    else:
        clearest_last = ids[at[np.argsort(np.abs(of_measure[at] - threshold), kind="stable")]][
            :TILES
        ].tolist()
    tail = TAIL if each.is_least else 1 - TAIL
    suggestion = float(np.quantile(of_measure, tail)) if len(of_measure) else 0.0
    return FilterPreview(each, threshold, len(at), list(clearest_last), suggestion)


def _measure_preview(
    measure: Measure, policy: QualityPolicy, ids: NDArray[np.int64], values: Values
) -> MeasurePreview:
    mine = [each for each in FILTERS if each.measure is measure]
    filters = [_filter_preview(each, policy, ids, values) for each in mine]
    of_measure = values[measure.name]
    low, high = _range(of_measure)
    heights, edges = np.histogram(of_measure.clip(low, high), BARS, (low, high))
    tallest = max(1, int(heights.max()))
    middles = (edges[1:] + edges[:-1]) / 2
    width = 400 / BARS
    return MeasurePreview(
        measure=measure,
        filters=filters,
        bars=[
            Bar(
                x=at * width,
                height=float(round(100 * count / tallest, 1)),
                is_stopped=any(
                    found.threshold is not None and found.filter.stops(middle, found.threshold)
                    for found in filters
                ),
            )
            for at, (count, middle) in enumerate(zip(heights.tolist(), middles, strict=True))
        ],
        low=low,
        high=high,
        marks=[
            round(400 * min(1.0, max(0.0, (found.threshold - low) / (high - low))), 1)
            for found in filters
            if found.threshold is not None
        ],
    )


def _range(of_measure: NDArray[np.float64]) -> tuple[float, float]:
    """Without the farthest half per cent at both ends, which would squeeze all others."""
    if not len(of_measure):
        return 0.0, 1.0
    low, high = (float(end) for end in np.quantile(of_measure, [0.005, 0.995]))
    return (low, high) if high > low else (low - 0.5, high + 0.5)
