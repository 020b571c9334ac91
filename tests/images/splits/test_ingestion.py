"""Real files: pictures that nearly equal each other come into one split, whenever they come."""

from __future__ import annotations

import pytest
from PIL import Image as PillowImage
from PIL import ImageEnhance

from apps.images.models import Image
from apps.images.services import images_ingest
from apps.images.sources import Source
from apps.images.splits.policies import split_policy_change
from apps.images.splits.reading import torn_groups
from apps.projects.models import Project
from tests.images.pictures import encoded, picture

pytestmark = pytest.mark.django_db


def photo(number: int) -> PillowImage.Image:
    """A picture with large soft shapes, as photographs have them."""
    return picture(number, (6, 6), "RGB").resize((192, 192), PillowImage.Resampling.BICUBIC)


def test_a_copy_goes_where_its_original_is_in_the_same_batch_and_later(project: Project) -> None:
    values = {"test_share": 0.3, "select_share": 0.3, "guidance_share": 0.1}
    split_policy_change(project=project, values=values, actor=None)
    originals = [photo(number) for number in range(24)]
    first = [
        Source(f"{number}-{kind}.jpg", encoded(image, "JPEG", quality=quality), "boot")
        for number, image in enumerate(originals)
        for kind, quality in (("fine", 95), ("coarse", 60))
    ]
    images_ingest(project=project, sources=first)
    later = [
        Source(f"{number}-later.jpg", encoded(ImageEnhance.Brightness(image).enhance(1.04)), "boot")
        for number, image in enumerate(originals)
    ]
    images_ingest(project=project, sources=later)
    grouped = Image.objects.filter(project=project, group__isnull=False)
    # Which pictures are near-duplicates is the quality filters' to say; a few copies differ more.
    assert grouped.count() > 60
    assert {"test", "select", "train"} <= set(grouped.values_list("split", flat=True))
    assert not torn_groups(project).exists()
