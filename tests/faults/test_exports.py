"""What is killed in the middle of an export, and what comes out all the same."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.running_site import RunningSite, wait_until

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("processes"), pytest.mark.timeout(400)]

MAKE_IMAGES = """
import hashlib, os
from pathlib import Path
from django.conf import settings
from apps.accounts.models import User
from apps.images.models import Image
from apps.projects.services import project_create
admin = User.objects.get(username="admin")
project = project_create(name="Big", slug="big", classes=["boot", "coat"], created_by=admin)
known = list(project.annotation_classes.all())
rows = []
for number in range(6000):  # no pictures, which an export of real ones does not ask for
    content = os.urandom(20_000)
    sha256 = hashlib.sha256(content).hexdigest()
    key = f"images/{sha256[:2]}/{sha256}.jpg"
    path = Path(settings.MEDIA_ROOT) / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    rows.append(Image(
        project=project, sha256=sha256, name=str(number), file=key, thumbnail=key, format="jpeg",
        width=10, height=10, byte_size=len(content), split="train", status="accepted",
        annotation_class=known[number % 2],
    ))
Image.objects.bulk_create(rows)
result = len(rows)
"""


FIFTH = 6000 * 20_000 // 5
"""Bytes of the archive."""


@pytest.fixture(scope="module")
def site() -> Iterator[RunningSite]:
    """A site with a project of 6,000 images."""
    running = RunningSite()
    try:
        running.start()
        assert running.python(MAKE_IMAGES) == 6000
        yield running
    finally:
        running.remove()


@pytest.fixture(scope="module")
def api(site: RunningSite) -> Iterator[httpx.Client]:
    with site.client() as client:
        yield client


def ended(api: httpx.Client, job_id: str) -> dict[str, Any]:
    """The job, once it has ended well."""

    def job() -> dict[str, Any]:
        return dict(api.get(f"jobs/{job_id}/").json())

    wait_until(lambda: job()["status"] not in ("queued", "running"), 120, "the job's end")
    assert job()["status"] == "succeeded", job()
    return job()


def _half_made_wait_for(folder: Path) -> None:
    """Wait until a fifth of the archive is written. What the API tells is too slow for that:
    on a fast machine the export is done before its progress is told twice.
    """
    deadline = time.monotonic() + 60
    while sum(path.stat().st_size for path in folder.glob("**/*") if path.is_file()) < FIFTH:
        assert time.monotonic() < deadline, f"nothing grew in {folder}"
        time.sleep(0.005)


def test_a_killed_export_goes_on_and_has_the_bytes_of_an_undisturbed_one(
    site: RunningSite, api: httpx.Client
) -> None:
    calls = "projects/big/exports/"
    ended(api, api.post("projects/big/versions/", json={}).json()["id"])
    wanted = {"version": 1, "format": "folders"}
    asked = api.post(calls, json=wanted).json()
    here = f"{calls}{asked['id']}/"
    _half_made_wait_for(site.home / "engine" / "exports")
    site.kill("config.celery")
    job = ended(api, asked["job"])
    assert job["attempt"] == 2
    disturbed = api.get(here).json()

    downloaded = hashlib.sha256()
    half = disturbed["byte_size"] // 2
    for part in (f"bytes=0-{half - 1}", f"bytes={half}-"):
        with api.stream("GET", f"{here}file/", headers={"Range": part}) as answer:
            assert answer.status_code == 206
            for chunk in answer.iter_bytes():
                downloaded.update(chunk)
    assert downloaded.hexdigest() == disturbed["sha256"]

    assert api.delete(here).status_code == 204
    again = api.post(calls, json=wanted).json()
    ended(api, again["job"])
    undisturbed = api.get(f"{calls}{again['id']}/").json()
    assert undisturbed["sha256"] == disturbed["sha256"]
