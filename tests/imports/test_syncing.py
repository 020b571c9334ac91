"""Syncing: what a place has comes in once, and only what is new or changed is read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from apps.accounts.errors import Conflict
from apps.images.models import Image, Refusal
from apps.imports import syncing
from apps.imports.models import Import, SyncedKey
from apps.imports.syncing import sync_begin, syncs_begin_due
from apps.jobs.models import Job
from apps.jobs.services import Fenced, job_claim
from apps.places.clients import folder as folder_client
from apps.places.errors import PlaceError
from apps.places.models import Place
from apps.projects.models import Project
from ml_engine.config import StopRequestedError
from tests.images.pictures import png
from tests.outbound.hosts import host
from tests.places.making import bucket_of, carried_on, counts, folder_of, synced
from tests.places.s3_server import S3Server, s3_server

pytestmark = pytest.mark.django_db


@pytest.fixture
def server(settings: Any) -> Iterator[S3Server]:
    settings.FETCH_ALLOWED_HOSTS = ["127.0.0.1"]
    with s3_server() as serving:
        yield serving


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.IMPORT_FOLDERS = [tmp_path]
    (tmp_path / "pictures").mkdir()
    return tmp_path / "pictures"


def lay(folder: Path, key: str, content: bytes) -> None:
    (folder / key).parent.mkdir(parents=True, exist_ok=True)
    (folder / key).write_bytes(content)


def states(place: Place) -> dict[str, str]:
    return dict(SyncedKey.objects.filter(place=place).values_list("key", "state"))


def test_a_bucket_comes_in_and_a_second_sync_reads_nothing(
    project: Project, server: S3Server
) -> None:
    for number in range(5):
        server.put(f"coat/{number} ä+&.png", png(number))
    server.put("copies/3.png", png(3))
    server.put("boot/x/notes.txt", b"words")
    server.put("broken.jpg", b"no picture")
    server.put("empty.png", b"")
    server.put("folder/", b"")
    place = bucket_of(project, server.address, classes="folders", split="train")
    first = synced(place)
    assert counts(first) == {"accepted": 5, "duplicates": 1, "refused": 2}
    assert (first.total, first.ended_at is None) == (8, False)
    assert sorted(server.read()) == sorted(
        ["/pictures/broken.jpg", "/pictures/copies/3.png"]
        + [f"/pictures/coat/{number} ä+&.png" for number in range(5)]
    ), "neither the text, nor the folder, nor what is empty was read"
    told = set(Image.objects.values_list("annotation_class__name", "split"))
    assert told == {("coat", "train")}
    assert set(Refusal.objects.values_list("name", "reason", "sent_by")) == {
        ("broken.jpg", "not_an_image", first.sender),
        ("empty.png", "not_an_image", first.sender),
    }
    before = list(SyncedKey.objects.order_by("key").values())
    server.requests.clear()
    second = synced(place)
    assert counts(second) == {"unchanged": 8}
    assert len(server.requests) == 1, "one listing"
    assert list(SyncedKey.objects.order_by("key").values()) == before, "no row was written again"
    assert Refusal.objects.count() == 2


def test_what_is_new_changed_and_gone_is_told_and_no_image_is_lost(
    project: Project, server: S3Server
) -> None:
    for number in range(4):
        server.put(f"{number}.png", png(number))
    place = bucket_of(project, server.address)
    synced(place)
    server.put("1.png", png(101))
    server.put("9.png", png(9))
    server.remove("2.png")
    again = synced(place)
    assert counts(again) == {"accepted": 2, "unchanged": 2, "changed": 1}
    assert sorted(server.read()) == ["/pictures/1.png", "/pictures/9.png"]
    assert Image.objects.count() == 6
    assert states(place)["2.png"] == "gone"
    server.put("2.png", png(2))
    assert counts(synced(place)) == {"duplicates": 1, "unchanged": 4}, "it came back"


def test_keys_are_paged_and_compared_in_the_order_of_their_bytes(
    project: Project, server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Collations of languages would put them elsewhere, and pages would overlap."""
    monkeypatch.setattr("apps.outbound.s3.PAGE_KEYS", 3)
    names = ["B", "Z/1", "Z", "a-b", "a/b", "a b", "ab", "a", "ä", "é", "_", "~", "🙂", "ﬀ"]
    for number, name in enumerate(names):
        server.put(f"{name}.png", png(number))
    place = bucket_of(project, server.address)
    assert counts(synced(place)) == {"accepted": len(names)}
    assert counts(synced(place)) == {"unchanged": len(names)}
    assert set(states(place).values()) == {"taken"}


@pytest.mark.parametrize("kind", ["s3", "folder"])
def test_a_sync_that_was_stopped_anywhere_goes_on_and_counts_nothing_twice(
    project: Project,
    server: S3Server,
    folder: Path,
    kind: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("apps.outbound.s3.PAGE_KEYS", 5)
    monkeypatch.setattr(folder_client, "PAGE_KEYS", 5)
    monkeypatch.setattr(syncing, "BATCH_IMAGES", 2)
    for number in range(12):
        server.put(f"{number:02}.png", png(number))
        lay(folder, f"{number:02}.png", png(number))
    place = bucket_of(project, server.address) if kind == "s3" else folder_of(project, folder)
    sync = sync_begin(place=place, actor=None)
    assert sync.job
    real, ended = syncing.images_ingest, 0

    def dies(**told: Any) -> Any:
        if Image.objects.count() >= 2 * (ended + 1):
            raise KeyboardInterrupt
        return real(**told)

    monkeypatch.setattr(syncing, "images_ingest", dies)
    for ended in range(6):  # noqa: B007 — `dies` looks at it
        try:
            carried_on(sync)
        except KeyboardInterrupt:
            Job.objects.filter(pk=sync.job.pk).update(status="queued")
        else:
            break
    sync.refresh_from_db()
    assert counts(sync) == {"accepted": 12}
    assert (sync.total, ended) == (12, 5)
    assert counts(synced(place)) == {"unchanged": 12}


def test_another_attempts_writes_do_not_land(project: Project, folder: Path) -> None:
    lay(folder, "1.png", png(1))
    sync = sync_begin(place=folder_of(project, folder), actor=None)
    assert sync.job

    def taken_over() -> bool:
        Job.objects.filter(pk=sync.job.pk, attempt=1).update(attempt=2)
        return False

    with pytest.raises(Fenced):
        carried_on(sync, should_stop=taken_over)
    assert not Image.objects.exists()
    assert not SyncedKey.objects.exists()


def test_a_sync_stops_at_once_though_the_service_hangs(project: Project, settings: Any) -> None:
    settings.FETCH_ALLOWED_HOSTS = ["127.0.0.1"]
    with host(lambda request: iter(())) as silent:
        place = bucket_of(project, f"http://127.0.0.1:{silent.port}")
        with pytest.raises(StopRequestedError):
            carried_on(
                sync_begin(place=place, actor=None), should_stop=lambda: bool(silent.requests)
            )


def test_a_place_that_fails_fails_the_sync_in_plain_words(
    project: Project, server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.places.reading.PATIENCE", (0.0,))
    server.put("1.png", png(1))
    place = bucket_of(project, server.address)
    server.denied = {"list-type"}
    with pytest.raises(PlaceError, match="refused access") as caught:
        synced(place)
    assert "inner words" not in str(caught.value)
    Job.objects.update(status="failed")
    server.denied = set()
    server.troubled = ["503 Slow Down"]
    assert counts(synced(place)) == {"accepted": 1}, "what passes is asked again"


def test_a_file_that_may_not_be_read_is_refused_and_tried_again_next_time(
    project: Project, server: S3Server
) -> None:
    for number in range(3):
        server.put(f"{number}.png", png(number))
    place = bucket_of(project, server.address)
    server.denied = {"/1.png"}
    assert counts(synced(place)) == {"accepted": 2, "refused": 1}
    assert Refusal.objects.get().reason == "unreadable"
    server.denied = set()
    assert counts(synced(place)) == {"accepted": 1, "unchanged": 2}


def test_a_place_whose_files_all_may_not_be_read_is_told_once(
    project: Project, server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(syncing, "UNREADABLE_IN_A_ROW", 3)
    for number in range(6):
        server.put(f"{number}.png", png(number))
    server.denied = {".png"}
    with pytest.raises(PlaceError, match="refused access"):
        synced(bucket_of(project, server.address))
    assert not Refusal.objects.exists()


def test_keys_that_end_alike_are_told_apart(project: Project, folder: Path) -> None:
    """Images' names keep only the end of long keys."""
    for number in range(3):
        lay(folder, f"{number}/{'x' * 200}/{'y' * 60}.png", png(number))
    place = folder_of(project, folder)
    assert counts(synced(place)) == {"accepted": 3}
    kept = SyncedKey.objects.filter(place=place)
    assert len({row.image_id for row in kept}) == 3


def test_one_sync_of_a_place_at_a_time_and_due_ones_begin_by_themselves(
    project: Project, folder: Path
) -> None:
    place = folder_of(project, folder, every_minutes=5)
    assert place.due_at <= timezone.now()
    syncs_begin_due()
    sync = Import.objects.get()
    assert (sync.job.kind, sync.title) == ("sync_place", "Sync of Folder")  # type: ignore[union-attr]
    place.refresh_from_db()
    assert place.due_at > timezone.now()
    with pytest.raises(Conflict):
        sync_begin(place=place, actor=None)
    Place.objects.update(due_at=timezone.now())
    syncs_begin_due()
    assert Import.objects.count() == 1
    assert Place.objects.get().due_at > timezone.now()
    assert job_claim(job_id=sync.job.pk, worker="test")  # type: ignore[union-attr]
