"""Places over REST and on their pages: what is told, what is kept secret, what is refused."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core import serializers
from django.test import Client
from rest_framework.test import APIClient

from apps.accounts.models import AuditEntry, User
from apps.imports.models import Import, SyncedKey
from apps.jobs.models import Job
from apps.places.errors import PlaceError
from apps.places.models import Place
from apps.places.reading import bucket_address
from apps.projects.models import Project
from tests.images.pictures import png
from tests.places.making import folder_of, synced
from tests.places.s3_server import BUCKET, KEY_ID, SECRET, S3Server, s3_server

pytestmark = pytest.mark.django_db


@pytest.fixture
def server(settings: Any) -> Iterator[S3Server]:
    settings.FETCH_ALLOWED_HOSTS = ["127.0.0.1"]
    with s3_server() as serving:
        yield serving


def said_of(server: S3Server, **more: Any) -> dict[str, Any]:
    return {
        "name": "Pictures", "kind": "s3", "bucket": BUCKET, "endpoint_url": server.address,
        "access_key_id": KEY_ID, "secret_access_key": SECRET, **more,
    }  # fmt: skip


def calls(project: Project) -> str:
    return f"/api/v1/projects/{project.slug}/places/"


def test_a_place_is_named_tried_synced_changed_and_forgotten(
    api: APIClient, project: Project, server: S3Server
) -> None:
    server.put("a.png", png(1))
    server.put("b.txt", b"words")
    made = api.post(calls(project), said_of(server), format="json")
    assert made.status_code == 201, made.content
    one = f"{calls(project)}{made.json()['id']}/"
    assert api.post(f"{one}try/").json() == {
        "taken": 1, "passed_over": 1, "has_more": False, "examples": ["a.png"],
    }  # fmt: skip
    begun = api.post(f"{one}sync/")
    assert (begun.status_code, Job.objects.get().kind) == (202, "sync_place")
    assert api.post(f"{one}sync/").status_code == 409
    assert api.delete(one).status_code == 409, "it is being synced"
    changed = api.patch(one, {"name": "Photos", "every_minutes": 60}, format="json")
    assert (changed.status_code, changed.json()["name"]) == (200, "Photos")
    assert changed.json()["due_at"]
    Job.objects.update(status="cancelled", finished_at="2026-01-01T00:00Z")
    assert api.delete(one).status_code == 204
    assert api.get(calls(project)).json()["results"] == []


def test_the_secret_is_told_nowhere(
    api: APIClient,
    pages: Client,
    project: Project,
    server: S3Server,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    server.put("a.png", png(1))
    answers = [api.post(calls(project), said_of(server), format="json")]
    place = Place.objects.get()
    one, page = f"{calls(project)}{place.pk}/", f"/projects/{project.slug}/images/places/"
    answers += [api.get(one), api.get(calls(project)), api.post(f"{one}try/")]
    answers += [pages.get(page), pages.get(f"{page}{place.pk}/")]
    answers += [pages.post(f"{page}{place.pk}/", said_of(server, bucket="NO"))]
    synced(place)
    kept = serializers.serialize("json", [*Place.objects.all(), *AuditEntry.objects.all()])
    told = kept + caplog.text + "".join(answer.content.decode() for answer in answers)
    assert answers[-1].status_code == 422
    assert SECRET not in told
    assert json.dumps(SECRET)[1:-1] not in told
    assert AuditEntry.objects.filter(action="place.create").count() == 1


def test_another_secret_key_of_the_server_is_told_in_plain_words(
    project: Project, server: S3Server, settings: Any, api: APIClient
) -> None:
    api.post(calls(project), said_of(server), format="json")
    place = Place.objects.get()
    assert bucket_address(place).secret_access_key == SECRET
    settings.SECRET_KEY = "another one"
    with pytest.raises(PlaceError, match=r"another SECRET_KEY.*Enter it again"):
        bucket_address(place)
    assert api.post(f"{calls(project)}{place.pk}/try/").status_code == 409


def test_a_kept_secret_is_never_sent_to_another_service(
    api: APIClient, project: Project, server: S3Server
) -> None:
    """Or whoever manages a project could read it off a service of their own."""
    api.post(calls(project), said_of(server), format="json")
    place = Place.objects.get()
    one, page = f"{calls(project)}{place.pk}/", f"/projects/{project.slug}/images/places/"
    elsewhere = {"endpoint_url": "https://elsewhere.example"}
    assert api.patch(one, elsewhere, format="json").status_code == 400
    place.refresh_from_db()
    assert place.endpoint_url == server.address
    client = Client()
    client.force_login(User.objects.get(memberships__project=project))
    said = said_of(server, secret_access_key="", classes="none", **elsewhere)
    tried = client.post(f"{page}{place.pk}/", {**said, "try": "1"})
    assert "Give both an access key id and its secret" in tried.content.decode()


@pytest.mark.parametrize(
    ("field", "value"),
    [("bucket", "Up"), ("bucket", "a/b"), ("bucket", "arn:aws:s3:::x"), ("bucket", "../x"),
     ("endpoint_url", "file:///etc"), ("endpoint_url", "http://user:word@h.example"),
     ("endpoint_url", "http://h.example/path"), ("endpoint_url", "http://h.example:22"),
     ("region", "evil.example/"), ("region", "eu west"), ("access_key_id", "two words"),
     ("secret_access_key", "two words"), ("every_minutes", 1), ("every_minutes", 10**12),
     ("name", " "), ("name", "x\x00"), ("kind", "ftp"), ("split", "holdout")],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_its_field(
    api: APIClient, project: Project, field: str, value: object, settings: Any
) -> None:
    settings.FETCH_ALLOWED_HOSTS = []
    said = {
        "name": "x", "kind": "s3", "bucket": "pictures", "access_key_id": "k",
        "secret_access_key": "s", field: value,
    }  # fmt: skip
    answered = api.post(calls(project), said, format="json")
    assert (answered.status_code, list(answered.json()["error"]["fields"])) == (400, [field])
    assert not Place.objects.exists()


def test_folders_are_read_only_below_those_that_the_operator_has_opened(
    api: APIClient, project: Project, tmp_path: Path, settings: Any
) -> None:
    def answer(folder: str) -> tuple[int, str]:
        said = {"name": folder[-70:], "kind": "folder", "folder": folder}
        answered = api.post(calls(project), said, format="json")
        return answered.status_code, answered.content.decode()

    settings.IMPORT_FOLDERS = []
    status, told = answer("/etc")
    assert status == 400
    assert "IMPORT_FOLDERS" in told
    settings.IMPORT_FOLDERS = [tmp_path / "open"]
    (tmp_path / "open" / "in").mkdir(parents=True)
    for bad in ("/etc", f"{tmp_path}", f"{tmp_path}/open/../shut", "in", f"{tmp_path}/opener"):
        assert answer(bad)[0] == 400, bad
    assert answer(f"{tmp_path}/open/in")[0] == 201


def test_a_place_that_images_lie_at_stays(
    api: APIClient, project: Project, tmp_path: Path, settings: Any
) -> None:
    settings.IMPORT_FOLDERS = [tmp_path]
    for name in ("in", "else"):
        (tmp_path / name).mkdir()
    (tmp_path / "in" / "a.png").write_bytes(png(1))
    place = folder_of(project, tmp_path / "in", is_by_reference=True)
    synced(place)
    one = f"{calls(project)}{place.pk}/"
    refused = api.delete(one)
    assert refused.status_code == 409
    assert "1 image of the project lies at this place" in refused.json()["error"]["message"]
    assert api.patch(one, {"folder": f"{tmp_path}/else"}, format="json").status_code == 409
    project.images.all().delete()
    assert api.patch(one, {"folder": f"{tmp_path}/else"}, format="json").status_code == 200
    assert not SyncedKey.objects.exists(), "what lies elsewhere is another matter"
    assert api.delete(one).status_code == 204


def test_the_pages_name_try_and_sync_a_place(
    pages: Client, project: Project, server: S3Server
) -> None:
    base = f"/projects/{project.slug}/images/places/"
    assert "No place is named yet" in pages.get(base).content.decode()
    said = said_of(server, classes="none")
    tried = pages.post(f"{base}new/", {**said, "try": "1"}).content.decode()
    assert "no image was found" in tried
    server.put("a.png", png(1))
    assert "a sync would read 1" in pages.post(f"{base}new/", {**said, "try": "1"}).content.decode()
    server.denied = {"list-type"}
    assert "refused access" in pages.post(f"{base}new/", {**said, "try": "1"}).content.decode()
    assert not Place.objects.exists()
    made = pages.post(f"{base}new/", said)
    place = Place.objects.get()
    assert made["Location"] == f"{base}{place.pk}/"
    assert pages.post(f"{base}{place.pk}/sync/").status_code == 302
    assert Import.objects.get().place == place
    kept = pages.post(f"{base}{place.pk}/", {**said, "secret_access_key": "", "name": "Other"})
    assert kept.status_code == 302
    place.refresh_from_db()
    assert (place.name, bucket_address(place).secret_access_key) == ("Other", SECRET)
