"""`bench ingest`: images a second through decoding, hashing, storage and rows, on one core."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from config.benches.site import TemporarySite

COUNT = 3000
TAKE_IN = """
import io, time
import numpy as np
from PIL import Image as PillowImage
from apps.accounts.models import User
from apps.images.services import images_ingest
from apps.images.sources import Source
from apps.projects.services import project_create

def encoded(number, side, kind):
    pixels = np.random.default_rng(number).integers(0, 255, (side, side, 3), np.uint8)
    buffer = io.BytesIO()
    PillowImage.fromarray(pixels).resize((side, side)).save(buffer, kind)
    return buffer.getvalue()

result = {}
admin = User.objects.get(username="admin")
for side, kind, count in ((28, "PNG", COUNT), (512, "JPEG", COUNT // 20)):
    project = project_create(
        name="Bench", slug=f"bench-{side}", classes=["boot", "coat"], created_by=admin)
    sources = [Source(str(n), encoded(n, side, kind)) for n in range(count)]
    began = time.perf_counter()
    report = images_ingest(project=project, sources=sources)
    took = time.perf_counter() - began
    assert len(report.accepted) == count, report.refused[:3]
    result[f"ingest_images_per_s.{side}"] = count / took
"""


def ingest(say: Callable[[str], None]) -> Mapping[str, float]:
    """Take in PNGs of 28 pixels and JPEGs of 512, with their thumbnails."""
    with TemporarySite() as site:
        site.start()
        say(f"{COUNT:,} images …")
        figures: dict[str, float] = site.python(TAKE_IN.replace("COUNT", str(COUNT)), seconds=600)
    return figures
