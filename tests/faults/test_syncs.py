"""What is killed in the middle of a sync, and what is taken in all the same, once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.faults.test_exports import ended
from tests.images.pictures import encoded, picture
from tests.running_site import RunningSite, wait_until

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults"), pytest.mark.timeout(400)]

IMAGES = 1500
"""So many that there is a middle in which to kill."""
PROJECT = """
from apps.accounts.models import User
from apps.projects.services import project_create
admin = User.objects.get(username="admin")
result = project_create(name="Big", slug="big", classes=["boot", "coat"], created_by=admin).slug
"""
TOLD = """
from apps.images.models import Image
from apps.imports.models import SyncedKey
result = [Image.objects.count(), SyncedKey.objects.filter(state="taken").count()]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("open") / "pictures"
    made.mkdir()
    for number in range(IMAGES):
        content = encoded(picture(number, (96, 96), "RGB"))
        (made / f"{number:05}.png").write_bytes(content)
    return made


@pytest.fixture(scope="module")
def site(folder: Path) -> Iterator[RunningSite]:
    running = RunningSite(IMPORT_FOLDERS=str(folder.parent))
    try:
        running.start()
        running.python(PROJECT)
        yield running
    finally:
        running.remove()


def test_a_killed_sync_goes_on_and_a_repeat_changes_nothing(
    site: RunningSite, api: httpx.Client, folder: Path
) -> None:
    made = api.post(
        "projects/big/places/", json={"name": "Folder", "kind": "folder", "folder": str(folder)}
    ).json()
    here = f"projects/big/places/{made['id']}/sync/"
    begun = api.post(here).json()

    def taken() -> int:
        return int(api.get(f"projects/big/imports/{begun['id']}/").json()["accepted"])

    wait_until(lambda: 0 < taken() < IMAGES, 60, "the sync's middle")
    site.kill("config.celery")
    before = taken()
    job = ended(api, begun["job"])
    assert job["attempt"] == 2
    assert 0 < before < IMAGES
    told = api.get(f"projects/big/imports/{begun['id']}/").json()
    assert (told["accepted"], told["duplicates"], told["unchanged"]) == (IMAGES, 0, 0)
    assert site.python(TOLD) == [IMAGES, IMAGES]

    began = time.monotonic()
    again = api.post(here).json()
    ended(api, again["job"])
    told = api.get(f"projects/big/imports/{again['id']}/").json()
    assert (told["accepted"], told["unchanged"], told["total"]) == (0, IMAGES, IMAGES)
    print(f"synced again in {time.monotonic() - began:.1f} s")
    assert site.python(TOLD) == [IMAGES, IMAGES]
