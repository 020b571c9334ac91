"""How fast an archive of photographs is taken in, and what memory that takes."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from functools import cache
from http.client import HTTPConnection
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from config.benches.calls import Calls, job_seconds
from config.benches.photos import QUALITY, photo
from config.benches.site import TemporarySite
from config.benches.start import MEGABYTE
from config.benches.weighing import peaks

IMAGES = 10_000
SCENES = 50
"""Photographs that the archive's are variants of, as making each anew takes long."""
PATCH = 32
"""Side, in pixels, of what tells two variants of a scene apart."""
CHUNK = 1 << 20
BOUNDARY = "assay-bench-2f6d"
PREPARE = """
from apps.accounts.models import User
from apps.projects.services import project_create
project_create(name="Bench", slug="bench", classes=["boot", "coat"],
    created_by=User.objects.get(username="admin"))
result = 1
"""


def import_figures(say: Callable[[str], None], images: int = IMAGES) -> Mapping[str, float]:
    """Send one archive with a manifest in it; the job's rate and each process's peak."""
    with TemporarySite() as site:
        site.start()
        site.python(PREPARE)
        archive = site.home / "photos.zip"
        say(f"An archive of {images:,} photographs is packed …")
        archive_write(archive, images)
        calls = Calls(site)
        say(f"{archive.stat().st_size / MEGABYTE:,.0f} MB are taken in …")
        with peaks(site) as held:
            begun = _send(site, calls.headers, archive)
            job = calls.ended(begun["job"]["id"])
        done = calls.get(f"imports/{begun['import']['id']}/")
        if done["accepted"] != images:
            raise RuntimeError(f"{done['accepted']:,} of {images:,} images came in: {done}")
        by_role = {f"import_peak_mb.{role}": peak / MEGABYTE for role, peak in held.items()}
        return {
            "import_peak_mb": max(by_role.values()),
            **by_role,
            "import_images_per_s": images / job_seconds(job),
        }


def archive_write(path: Path, images: int) -> None:
    """A zip of so many photographs, no two alike, with a manifest that gives their classes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        lines = ["file,class,number"]
        for number in range(images):
            name = f"photos/{number:06}.jpg"
            archive.writestr(name, variant(number))
            lines.append(f"{name},{('boot', 'coat')[number % 2]},{number}")
        archive.writestr("manifest.csv", "\n".join(lines))


def variant(number: int) -> bytes:
    """A photograph as no other number has."""
    pixels = _scene(number % SCENES).copy()
    noise = np.random.default_rng(number).integers(0, 256, (PATCH, PATCH, 3), np.uint8)
    pixels[:PATCH, :PATCH] = noise
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue()


@cache
def _scene(number: int) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(photo(number))))


def _send(
    site: TemporarySite, headers: Mapping[str, str], archive: Path
) -> dict[str, dict[str, str]]:
    """Upload it in one request, read from the disk as it is sent."""
    head = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="photos.zip"\r\n'
        "Content-Type: application/zip\r\n\r\n"
    ).encode()
    tail = f"\r\n--{BOUNDARY}--\r\n".encode()
    connection = HTTPConnection("127.0.0.1", site.port, timeout=600)
    connection.putrequest("POST", "/api/v1/projects/bench/imports/")
    length = len(head) + archive.stat().st_size + len(tail)
    told = {
        **headers,
        "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
        "Content-Length": str(length),
    }
    for name, value in told.items():
        connection.putheader(name, value)
    connection.endheaders(head)
    with archive.open("rb") as file:
        while chunk := file.read(CHUNK):
            connection.send(chunk)
    connection.send(tail)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    if answer.status != 202:  # noqa: PLR2004 — HTTP's "accepted"
        raise RuntimeError(f"The archive was answered with {answer.status}: {content[:300]!r}")
    return dict(json.loads(content))
