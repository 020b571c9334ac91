"""What is killed in the middle of an export, and what comes out all the same."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from config import embedded
from tests.images.pictures import png
from tests.running_site import RunningSite, wait_until

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults"), pytest.mark.timeout(400)]

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


CPU_WORKER = "--queues cpu"
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


@contextmanager
def held(site: RunningSite, rows: str, *parameters: Any) -> Iterator[None]:
    """Lock rows, so that whoever would write them waits."""
    database = embedded.database_settings(site.home)
    with (
        psycopg.connect(
            dbname=database["NAME"], user=database["USER"], host=database["HOST"]
        ) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(f"SELECT 1 FROM {rows} FOR NO KEY UPDATE", parameters)
        assert cursor.rowcount
        yield


def stored(site: RunningSite, folder: str) -> list[Path]:
    """The whole files in one folder of storage."""
    found = (site.home / "media" / folder).glob("**/*.*")
    return [path for path in found if path.is_file() and not path.name.startswith(".")]


def test_a_freeze_killed_before_its_row_is_written_leaves_one_version(
    site: RunningSite, api: httpx.Client
) -> None:
    before = set(stored(site, "manifests"))
    versions = api.get("projects/big/versions/").json()["results"]
    one_more = {"files": ("one-more.png", png(99)), "classes": (None, '["boot"]')}
    api.post("projects/big/images/", files=one_more).raise_for_status()
    with held(site, "projects_project WHERE slug = %s", "big"):
        asked = api.post("projects/big/versions/", json={}).json()["id"]
        (manifest,) = wait_until(
            lambda: set(stored(site, "manifests")) - before, 60, "the manifest"
        )
        site.kill(CPU_WORKER)
    assert ended(api, asked)["attempt"] == 2
    again = ended(api, api.post("projects/big/versions/", json={}).json()["id"])
    assert again["result"]["new"] is False
    version, *others = api.get("projects/big/versions/").json()["results"]
    assert others == versions
    assert set(stored(site, "manifests")) == before | {manifest}
    assert hashlib.sha256(manifest.read_bytes()).hexdigest() == version["sha256"]


def test_a_killed_export_goes_on_and_has_the_bytes_of_an_undisturbed_one(
    site: RunningSite, api: httpx.Client
) -> None:
    calls = "projects/big/exports/"
    ended(api, api.post("projects/big/versions/", json={}).json()["id"])
    wanted = {"version": 1, "format": "folders"}
    asked = api.post(calls, json=wanted).json()
    here = f"{calls}{asked['id']}/"
    with held(site, "datasets_export WHERE id = %s", asked["id"]):
        _half_made_wait_for(site.home / "engine" / "exports")
        site.kill(CPU_WORKER)
        wait_until(lambda: stored(site, "exports"), 120, "the archive in storage")
        site.kill(CPU_WORKER)  # it was about to write the row
    job = ended(api, asked["job"])
    assert job["attempt"] == 3
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
    assert len(stored(site, "exports")) == 1
