"""Which images a mix holds: all real ones, and synthetic ones up to a ratio."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import F, Q

from apps.images.models import Image
from apps.projects.models import Project


@dataclass(frozen=True, slots=True, order=True)
class MixRow:
    """An image of a mix and the position of its class."""

    sha256: str
    position: int
    image_id: int


def draw(seed: int, sha256: str) -> str:
    """An image's place in the random order of `seed`: by content, so the same in every database."""
    return hashlib.sha256(f"{seed}:{sha256}".encode()).hexdigest()


def fraction(seed: int, sha256: str) -> float:
    """That place as a number in [0, 1)."""
    return int(draw(seed, sha256)[:8], 16) / 2**32


def real_rows(project: Project) -> list[MixRow]:
    """Every annotated real image that may be trained on."""
    rows = Image.objects.filter(
        project=project,
        origin=Image.Origin.REAL,
        split=Image.Split.TRAIN,
        status=Image.Status.ACCEPTED,
        annotation_class__isnull=False,
    ).values_list("sha256", "annotation_class__position", "pk")
    return sorted(MixRow(*row) for row in rows)


def synthetic_rows(project: Project) -> list[MixRow]:
    """Synthetic images that people accepted, and unseen ones of batches that an audit let in."""
    accepted = Q(status=Image.Status.ACCEPTED)
    let_in = Q(status=Image.Status.UNREVIEWED, lineage__generation_run__admitted=True)
    images = (
        Image.objects.filter(accepted | let_in, project=project, origin=Image.Origin.SYNTHETIC)
        .annotate(
            asked_position=F("lineage__annotation_class__position"),
            asked_name=F("lineage__annotation_class__name"),
            audit=F("lineage__generation_run__audit"),
        )
        .select_related("annotation_class")
    )
    rows = []
    for image in images:
        if image.annotation_class is not None:
            rows.append(MixRow(image.sha256, image.annotation_class.position, image.pk))
        elif image.asked_name not in image.audit.get("excluded_classes", []):
            rows.append(MixRow(image.sha256, image.asked_position, image.pk))
    return sorted(rows)


def synthetic_draw(
    real: Sequence[MixRow],
    synthetic: Sequence[MixRow],
    *,
    ratio: float,
    most_per_real: float,
    seed: int,
) -> list[MixRow]:
    """Up to `ratio` · len(real) synthetic rows in the seed's order, each class up to its cap.

    A smaller ratio's draw is the beginning of a larger one's, so arms differ in
    nothing but what the ratio adds. Fewer come back where fewer may be used.
    """
    wanted = round(ratio * len(real))
    room = Counter(
        {
            position: int(count * most_per_real)
            for position, count in Counter(row.position for row in real).items()
        }
    )
    drawn: list[MixRow] = []
    for row in sorted(synthetic, key=lambda row: draw(seed, row.sha256)):
        if len(drawn) == wanted:
            break
        if room[row.position] > 0:
            room[row.position] -= 1
            drawn.append(row)
    return drawn


def rows_of_mix(mix_id: int) -> list[MixRow]:
    """The images of a mix, with the class that each has now."""
    images = (
        Image.objects.filter(mix_images__mix_id=mix_id)
        .select_related("annotation_class", "lineage__annotation_class")
        .order_by("sha256")
    )
    return [
        MixRow(
            image.sha256,
            (image.annotation_class or image.lineage.annotation_class).position,
            image.pk,
        )
        for image in images
    ]


def image_ids(project: Project, hashes: Sequence[str]) -> list[int]:
    """The ids of a project's images, in the order of their hashes."""
    ids = dict(Image.objects.filter(project=project, sha256__in=hashes).values_list("sha256", "pk"))
    return [ids[sha256] for sha256 in sorted(ids)]
