"""`bench export`: what an export of many images takes of memory and time, format by format."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from http.client import HTTPConnection
from typing import Any

import psutil

from config.benches.site import TemporarySite
from config.benches.start import MEGABYTE, peak_bytes

OPTIONS = {
    "images": {"type": int, "default": 100_000, "help": "How many; 100,000 without it."},
    "kilobytes": {"type": int, "default": 10, "help": "Of each image; 10 without it."},
}
FORMATS = ("folders", "parquet", "webdataset", "coco", "jsonl", "csv")
LOOK_EVERY = 0.2
"""Seconds."""
OTHERS = "others"
ROLES = {
    "web": "config.web",
    "worker": "--queues cpu",
    "torch_worker": "--queues gpu",
    "conductor": "conductor",
    "database": "postgres",
    "broker": "valkey",
    "up": "manage.py up",
}
"""What a process is, by words of its command line. The worker of networks has no part in exports;
it counts all the same, for it runs beside them."""
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
        calls = _Calls(site)
        with _peaks(site) as peaks:
            frozen = calls.ended(calls.post("versions/", {})["id"])
            figures = {"freeze_s": _seconds(frozen)}
            for name in FORMATS:
                say(f"{name} …")
                asked = calls.post("exports/", {"version": 1, "format": name})
                made = calls.ended(asked["job"])
                figures[f"export_images_per_s.{name}"] = images / _seconds(made)
                speed = calls.download(asked["id"])
                if name == FORMATS[0]:
                    figures["download_mb_per_s"] = speed
                calls.delete(asked["id"])
        by_role = {f"export_peak_mb.{role}": peak / MEGABYTE for role, peak in peaks.items()}
        return {"export_peak_mb": max(by_role.values()), **by_role, **figures}


def export(say: Callable[[str], None], images: int, kilobytes: int) -> Mapping[str, float]:
    """Freeze, export in every format, and download; a third of the images is synthetic."""
    return export_figures(say, images, kilobytes)


@contextmanager
def _peaks(site: TemporarySite) -> Iterator[dict[str, int]]:
    """By role, the most that one process of the site has held in bytes, once the block has ended.

    Pages that processes share, such as the database's buffers, are counted in each of them.
    """
    most = dict.fromkeys([*ROLES, OTHERS], 0)
    over = threading.Event()

    def look() -> None:
        while not over.wait(LOOK_EVERY):
            for process in _all_of(site):
                role, held = _weighed(process)
                most[role] = max(most[role], held)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield most
    finally:
        over.set()
        thread.join()


def _all_of(site: TemporarySite) -> list[psutil.Process]:
    """The site's processes, and the database's own, which hide what they were started with."""
    own = site.processes("")
    with suppress(psutil.Error):
        return own + [
            child for one in site.processes(ROLES["database"]) for child in one.children()
        ]
    return own


def _weighed(process: psutil.Process) -> tuple[str, int]:
    """A process's role and peak; nothing of one that has just ended."""
    try:
        command = " ".join(process.cmdline())
        role = next((role for role, words in ROLES.items() if words in command), OTHERS)
        return role, peak_bytes(process)
    except (OSError, psutil.Error):
        return OTHERS, 0


def _seconds(job: Mapping[str, Any]) -> float:
    begun, ended = (datetime.fromisoformat(job[name]) for name in ("started_at", "finished_at"))
    return (ended - begun).total_seconds()


class _Calls:
    """The project's calls, as the administrator."""

    def __init__(self, site: TemporarySite) -> None:
        self._site = site
        self._headers = {"Authorization": f"Token {site.token()}"}

    def post(self, path: str, body: object) -> dict[str, Any]:
        return self._call("POST", f"/api/v1/projects/bench/{path}", body)

    def delete(self, export_id: int) -> None:
        self._call("DELETE", f"/api/v1/projects/bench/exports/{export_id}/", None)

    def ended(self, job_id: str) -> dict[str, Any]:
        """The job, once it has ended. Raises RuntimeError where it ended badly."""
        while not (job := self._call("GET", f"/api/v1/jobs/{job_id}/", None))["finished_at"]:
            time.sleep(LOOK_EVERY)
        if job["status"] != "succeeded":
            raise RuntimeError(f"{job['title']}: {job['error']}")
        return job

    def download(self, export_id: int) -> float:
        """Megabytes a second."""
        began, size = time.monotonic(), 0
        connection = HTTPConnection("127.0.0.1", self._site.port, timeout=120)
        path = f"/api/v1/projects/bench/exports/{export_id}/file/"
        connection.request("GET", path, headers=self._headers)
        answer = connection.getresponse()
        while chunk := answer.read(CHUNK):
            size += len(chunk)
        connection.close()
        return size / MEGABYTE / (time.monotonic() - began)

    def _call(self, method: str, path: str, body: object) -> dict[str, Any]:
        status, answer = self._site.request(method, path, body, self._headers)
        if status >= 300:  # noqa: PLR2004 — HTTP's failures
            raise RuntimeError(f"{method} {path} was answered with {status}: {answer[:300]!r}")
        return dict(json.loads(answer)) if answer else {}
