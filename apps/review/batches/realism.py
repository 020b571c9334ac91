"""Realism tests: real and synthetic images, drawn alike, mixed, shuffled and re-rendered.

Nothing that a reviewer is sent tells the two apart but the pictures themselves: both are
rendered to one size by the same code when the test begins, and served under their tasks'
ids, which are in random order. After HYPE (Zhou et al. 2019).
"""

from __future__ import annotations

import io
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import PIL.Image
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from PIL import ImageOps

from apps.accounts.errors import Conflict
from apps.accounts.models import User
from apps.images.contents import ContentLostError, image_bytes
from apps.images.models import Image
from apps.images.storage import key_open
from apps.projects.models import Project
from apps.projects.selectors import Role, project_role
from apps.review.models import RealismTest, Reservation, Review, ReviewTask
from apps.review.queue.reservations import tasks_lock

PRIORITY = 10.0
"""Before the loop's other questions: who has validated an image knows what it is."""
MOST_IMAGES = 200
"""Of each origin: they are rendered while the page waits."""
MOST_EXPOSURE_MS = 10_000
LEAST_EXPOSURE_MS = 50
MOST_LOOKS = 9
SEEN_SPLITS = (Image.Split.POOL, Image.Split.TRAIN, Image.Split.GUIDANCE)
"""Select and test stay out of people's sight."""


# --- Beginning and ending -------------------------------------------------------------------
def realism_test_create(
    *,
    project: Project,
    batch: int,
    synthetic: Mapping[int, int],
    count: int,
    seed: int,
    exposure_ms: int | None = None,
    looks_per_image: int = 1,
    by: User | None = None,
) -> RealismTest:
    """Ask people which of `count` synthetic and as many real images are real.

    `synthetic` names what may be drawn: the batch's images, each with the id of the class
    that it was made for. Real images are drawn of the same classes, as far as there are
    such; images that nobody has answered about come first in both. Where either side has
    fewer than `count`, both are as many as that one. Raises ValidationError.
    """
    _check(count, exposure_ms, looks_per_image)
    chance = random.Random(seed)  # noqa: S311 — a draw that can be repeated
    fakes = _draw(chance, Image.objects.filter(project=project, pk__in=synthetic), count)
    reals = _draw_real(chance, project, Counter(synthetic[pk] for pk in fakes))
    pairs = min(len(fakes), len(reals))
    if pairs == 0:
        raise ValidationError(
            f"Batch {batch} has {len(fakes)} images and the project {len(reals)} real ones that"
            " may be shown; a realism test needs one of each at least."
        )
    images = Image.objects.in_bulk([*fakes[:pairs], *reals[:pairs]])
    order = list(images)
    chance.shuffle(order)
    size = _size_of(images[pk] for pk in fakes[:pairs])
    with transaction.atomic():
        test = RealismTest.objects.create(
            project=project, batch=batch, exposure_ms=exposure_ms, seed=seed, created_by=by
        )
        tasks = ReviewTask.objects.bulk_create(
            ReviewTask(
                project=project,
                image_id=pk,
                kind=ReviewTask.Kind.REALISM,
                realism_test=test,
                priority=PRIORITY,
                context={"size": size},
                reviews_needed=looks_per_image,
                free_places=looks_per_image,
            )
            for pk in order
        )
        for task in tasks:
            try:
                content = image_bytes(images[task.image_id])
            except ContentLostError as error:
                raise Conflict(str(error)) from None
            picture = blind_render(content, size, channels=project.channels)
            default_storage.save(_picture_key(task), ContentFile(picture))
    return test


def realism_test_end(*, test: RealismTest) -> int:
    """Ask about the test's open images no more. Returns how many there were."""
    with transaction.atomic():
        ids = [task.pk for task in tasks_lock(test.tasks.filter(status=ReviewTask.Status.OPEN))]
        Reservation.objects.filter(task__in=ids).delete()
        ReviewTask.objects.filter(pk__in=ids).update(status=ReviewTask.Status.WITHDRAWN)
    return len(ids)


def _check(count: int, exposure_ms: int | None, looks_per_image: int) -> None:
    if not 1 <= count <= MOST_IMAGES:
        raise ValidationError({"count": f"Draw 1 to {MOST_IMAGES} of each origin, not {count}."})
    if exposure_ms is not None and not LEAST_EXPOSURE_MS <= exposure_ms <= MOST_EXPOSURE_MS:
        raise ValidationError(
            {
                "exposure_ms": f"Show each image for {LEAST_EXPOSURE_MS} to"
                f" {MOST_EXPOSURE_MS:,} ms, not {exposure_ms}, or leave it out for no limit."
            }
        )
    if not 1 <= looks_per_image <= MOST_LOOKS:
        raise ValidationError(
            {"looks_per_image": f"Ask 1 to {MOST_LOOKS} people about each, not {looks_per_image}."}
        )


# --- Drawing --------------------------------------------------------------------------------
def _draw(chance: random.Random, images: QuerySet[Image], count: int) -> list[int]:
    """Ids of up to `count` of the images, at random, but those first that nobody has judged."""
    judged = Review.objects.filter(task__image=OuterRef("pk"), superseded_at=None)
    fresh = list(images.filter(~Exists(judged)).order_by("pk").values_list("pk", flat=True))
    drawn = chance.sample(fresh, min(count, len(fresh)))
    if len(drawn) < count:
        known = list(images.filter(Exists(judged)).order_by("pk").values_list("pk", flat=True))
        drawn += chance.sample(known, min(count - len(drawn), len(known)))
    return drawn


def _draw_real(chance: random.Random, project: Project, classes: Counter[int]) -> list[int]:
    """As many real images of each class; where too few are known of one, any others instead."""
    real = Image.objects.filter(
        project=project,
        origin=Image.Origin.REAL,
        split__in=SEEN_SPLITS,
        status__in=[Image.Status.UNREVIEWED, Image.Status.ACCEPTED],
    )
    drawn: list[int] = []
    for class_id, count in sorted(classes.items()):
        drawn += _draw(chance, real.filter(annotation_class=class_id), count)
    missing = classes.total() - len(drawn)
    if missing:
        drawn += _draw(chance, real.exclude(pk__in=drawn), missing)
    chance.shuffle(drawn)
    return drawn


def _size_of(images: Iterable[Image]) -> list[int]:
    """Width and height that most of the images have."""
    sizes = Counter((image.width, image.height) for image in images)
    return list(sizes.most_common(1)[0][0])


# --- Pictures -------------------------------------------------------------------------------
def blind_render(content: bytes, size: Sequence[int], channels: int) -> bytes:
    """An image as PNG of that size, as the generator sees real ones, in the project's colours.

    Not compressed, so that the length tells nothing either: a generator's noise is
    harder to compress than a photograph's.
    """
    width, height = size
    with PIL.Image.open(io.BytesIO(content)) as image:
        coloured = image.convert("L" if channels == 1 else "RGB").convert("RGB")
    is_larger = coloured.width > width and coloured.height > height
    method = PIL.Image.Resampling.BOX if is_larger else PIL.Image.Resampling.BICUBIC
    buffer = io.BytesIO()
    ImageOps.fit(coloured, (width, height), method).save(buffer, "PNG", compress_level=0)
    return buffer.getvalue()


def blind_picture(task: ReviewTask) -> bytes:
    """The picture of a realism test's task, as it was rendered. Raises FileNotFoundError."""
    with key_open(_picture_key(task)) as file:
        return file.read()


def may_look(user: User, task: ReviewTask) -> bool:
    """Whether a person may see a task's picture: who holds or answered it, and managers."""
    return (
        task.reservations.filter(user=user).exists()
        or task.reviews.filter(user=user, superseded_at=None).exists()
        or project_role(user, task.project) == Role.MANAGER
    )


def _picture_key(task: ReviewTask) -> str:
    return f"realism/{task.realism_test_id}/{task.pk}.png"
