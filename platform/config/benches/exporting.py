"""`bench export`: what an export of many images takes of memory and time, format by format."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from http.client import HTTPConnection

from config.benches.calls import Calls, job_seconds
from config.benches.site import TemporarySite
from config.benches.start import MEGABYTE
from config.benches.weighing import peaks

OPTIONS = {
    "images": {"type": int, "default": 100_000, "help": "How many; 100,000 without it."},
    "kilobytes": {"type": int, "default": 10, "help": "Of each image; 10 without it."},
}
FORMATS = ("folders", "parquet", "webdataset", "coco", "jsonl", "csv")
CHUNK = 1 << 20
FILL = """
import hashlib, os, struct, zlib
from pathlib import Path
from django.conf import settings
from apps.accounts.models import User
from apps.generation.models import GenerationRun, SyntheticImage
from apps.images.models import Image
from apps.projects.services import project_create
from apps.training.models import Checkpoint, TrainingRun

def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

def picture():
    # Files whose outside is PNG's; nothing that is measured looks at pixels.
    header = struct.pack(">IIBBBBB", 100, 100, 8, 0, 0, 0, 0)
    noise = chunk(b"IDAT", os.urandom(SIZE))
    return b"\\x89PNG\\r\\n\\x1a\\n" + chunk(b"IHDR", header) + noise + chunk(b"IEND", b"")

admin = User.objects.get(username="admin")
project = project_create(
    name="Bench", slug="bench", classes=[f"class {n}" for n in range(10)], created_by=admin)
classes = list(project.annotation_classes.all())
run = TrainingRun.objects.create(
    project=project, kind="generator", family="none", purpose="generator", config={}, seed=0)
checkpoint = Checkpoint.objects.create(
    project=project, training_run=run, kind=run.kind, folder="none", sha256="0" * 64)
batch = GenerationRun.objects.create(project=project, checkpoint=checkpoint, seed=0)

def row(number):
    content = picture()
    sha256 = hashlib.sha256(content).hexdigest()
    key = f"images/{sha256[:2]}/{sha256}.png"
    path = Path(settings.MEDIA_ROOT) / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return Image(
        project=project, sha256=sha256, name=str(number), file=key, thumbnail=key, format="png",
        width=100, height=100, byte_size=len(content), status="accepted",
        origin="synthetic" if number % 3 == 0 else "real",
        split="train" if number % 3 == 0 or number % 5 else "test",
        annotation_class=classes[number % 10])

for first in range(0, COUNT, 1000):
    images = Image.objects.bulk_create(
        row(number) for number in range(first, min(first + 1000, COUNT)))
    SyntheticImage.objects.bulk_create(
        SyntheticImage(image=image, generation_run=batch, sample_index=int(image.name), latent=b"",
                       annotation_class=image.annotation_class)
        for image in images if image.origin == "synthetic")
result = COUNT
"""


def export_figures(
    say: Callable[[str], None], images: int = 100_000, kilobytes: int = 10
) -> Mapping[str, float]:
    """Freeze, export in every format, and download; a third of the images is synthetic."""
    with TemporarySite() as site:
        site.start()
        say(f"{images:,} images of {kilobytes} kB …")
        code = FILL.replace("COUNT", str(images)).replace("SIZE", str(kilobytes * 1000))
        site.python(code, seconds=3600)
        calls = Calls(site)
        with peaks(site) as held:
            frozen = calls.ended(calls.post("versions/", {})["id"])
            figures = {"freeze_s": job_seconds(frozen)}
            for name in FORMATS:
                say(f"{name} …")
                asked = calls.post("exports/", {"version": 1, "format": name})
                made = calls.ended(asked["job"])
                figures[f"export_images_per_s.{name}"] = images / job_seconds(made)
                speed = _download(site, calls.headers, asked["id"])
                if name == FORMATS[0]:
                    figures["download_mb_per_s"] = speed
                calls.delete(f"exports/{asked['id']}/")
        by_role = {f"export_peak_mb.{role}": peak / MEGABYTE for role, peak in held.items()}
        return {"export_peak_mb": max(by_role.values()), **by_role, **figures}


def _download(site: TemporarySite, headers: dict[str, str], export_id: int) -> float:
    """Megabytes a second."""
    began, size = time.monotonic(), 0
    connection = HTTPConnection("127.0.0.1", site.port, timeout=120)
    path = f"/api/v1/projects/bench/exports/{export_id}/file/"
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    while chunk := answer.read(CHUNK):
        size += len(chunk)
    connection.close()
    return size / MEGABYTE / (time.monotonic() - began)
