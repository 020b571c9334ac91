"""Images over REST."""

from __future__ import annotations

import json
import random
import resource
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.response import Response
from rest_framework.test import APIClient

from apps.accounts.models import AuditEntry, User
from apps.accounts.services import api_token_create
from apps.images.models import Image
from apps.images.services import held_back_classes_set
from apps.projects.models import Project
from tests.factories import ImageFactory
from tests.images.pictures import encoded, picture, png, tarred, zipped


def upload(api: APIClient, project: Project, files: dict[str, bytes], **fields: Any) -> Response:
    sent = [SimpleUploadedFile(name, content, "image/svg+xml") for name, content in files.items()]
    texts = {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in fields.items()
    }
    return api.post(
        f"/api/v1/projects/{project.slug}/images/", {"files": sent, **texts}, format="multipart"
    )


def names(answer: Response, part: str) -> list[str]:
    return [entry["name"] for entry in answer.json()[part]]


def test_an_upload_says_what_became_of_each_file(api: APIClient, project: Project) -> None:
    upload(api, project, {"known.png": png(1)})
    answer = upload(
        api,
        project,
        {"new.png": png(2), "again.png": png(1), "drawing.png": b"<svg/>", "cut.png": png(3)[:60]},
    )
    assert answer.status_code == 201
    known, new = Image.objects.order_by("pk")
    body = answer.json()
    assert body["accepted"] == [{"id": new.pk, "name": "new.png"}]
    assert body["duplicates"] == [{"id": known.pk, "name": "again.png"}]
    assert [(entry["name"], entry["reason"]) for entry in body["refused"]] == [
        ("drawing.png", "svg"),
        ("cut.png", "truncated"),
    ]
    assert AuditEntry.objects.filter(action="images.ingest").count() == 2


def test_classes_stand_beside_the_files_or_under_their_names(
    api: APIClient, project: Project
) -> None:
    files = {"a.png": png(1), "b.png": png(2), "c.png": png(3)}
    answer = upload(api, project, files, classes=["boot", None, "hat"])
    assert names(answer, "accepted") == ["a.png", "b.png"]
    assert answer.json()["refused"][0]["reason"] == "unknown_class"
    upload(api, project, {"d.png": png(4), "e.png": png(5)}, classes={"e.png": "shirt"})
    classes = Image.objects.values_list("name", "annotation_class__name", "split")
    assert set(classes) == {
        ("a.png", "boot", "train"),
        ("b.png", None, "pool"),
        ("d.png", None, "pool"),
        ("e.png", "shirt", "train"),
    }


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_an_archives_folders_may_tell_the_classes(
    api: APIClient, project: Project, pack: Any, tmp_path: Path
) -> None:
    members = {
        "set/boot/1.png": png(1),
        "set/coat/left/2.png": png(2),
        "3.png": png(3),
        "set/hat/4.png": png(4),
        "../5.png": png(5),
    }
    answer = upload(api, project, {"set.bin": pack(members)}, classes="folders")
    assert set(Image.objects.values_list("name", "annotation_class__name")) == {
        ("set/boot/1.png", "boot"),
        ("set/coat/left/2.png", "coat"),
        ("3.png", None),
    }
    reasons = {entry["name"]: entry["reason"] for entry in answer.json()["refused"]}
    assert reasons == {"set/hat/4.png": "unknown_class", "../5.png": "unsafe_path"}
    written = {path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()}
    assert written == {Path("media") / image.file for image in Image.objects.all()}


def test_split_and_metadata_are_kept(api: APIClient, project: Project) -> None:
    upload(api, project, {"a.png": png(1)}, split="select", metadata={"camera": "é 7"})
    upload(api, project, {"b.png": png(2), "c.png": png(3)}, metadata=[{"n": 1}, {"n": 2}])
    kept = {image.name: (image.split, image.metadata) for image in Image.objects.all()}
    assert kept == {
        "a.png": ("select", {"camera": "é 7"}),
        "b.png": ("pool", {"n": 1}),
        "c.png": ("pool", {"n": 2}),
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("split", "holdout"),
        ("classes", '["boot", "coat"]'),
        ("classes", "boot"),
        ("classes", "[1]"),
        ("metadata", "[]"),
        ("metadata", '{"a": NaN}'),
        ("metadata", '{"a": "\\u0000"}'),
        ("metadata", '{"a": "\\ud800"}'),
        ("metadata", json.dumps({"a": "x" * 20_000})),
        ("metadata", "3"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_taken(
    api: APIClient, project: Project, field: str, value: str
) -> None:
    answer = upload(api, project, {"a.png": png()}, **{field: value})
    assert answer.status_code == 400
    assert list(answer.json()["error"]["fields"]) == [field]
    assert not Image.objects.exists()


def test_an_upload_of_nothing_says_what_to_send(api: APIClient, project: Project) -> None:
    answer = upload(api, project, {})
    assert answer.status_code == 400
    assert "Send 1 to 1,000 images" in answer.json()["error"]["message"]


def test_more_files_than_allowed_are_one_sentence(
    api: APIClient, project: Project, settings: Any
) -> None:
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 3
    answer = upload(api, project, {f"{n}.png": png(n) for n in range(4)})
    assert answer.status_code == 400
    assert "several requests" in answer.json()["error"]["message"]


def test_two_hundred_files_come_in_together(api: APIClient, project: Project) -> None:
    files = {f"{number}.png": png(number) for number in range(190)}
    files |= {f"bad {number}.png": png(number)[:40] for number in range(10)}
    answer = upload(api, project, files)
    assert len(answer.json()["accepted"]) == 190
    assert names(answer, "refused") == [f"bad {number}.png" for number in range(10)]


def test_large_files_need_no_memory_of_their_size_and_few_open_files(
    api: APIClient, project: Project
) -> None:
    noise = random.Random(0).randbytes(1_200_000)
    files = {f"{n}.bin": noise + bytes([n]) for n in range(60)}
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (60, hard))
    try:
        answer = upload(api, project, {"good.png": png(), **files})
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert (len(answer.json()["accepted"]), len(answer.json()["refused"])) == (1, 60)


def test_only_managers_upload(project: Project, annotator: User, stranger: User) -> None:
    for user, code in [(annotator, 403), (stranger, 404)]:
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Token {api_token_create(user=user, name='t')}")
        assert upload(client, project, {"a.png": png()}).status_code == code
    assert upload(APIClient(), project, {"a.png": png()}).status_code == 401
    assert not Image.objects.exists()


def test_images_are_filtered(api: APIClient, project: Project) -> None:
    classes = {known.name: known for known in project.annotation_classes.all()}
    ImageFactory(project=project, name="a", annotation_class=classes["boot"], status="accepted")
    ImageFactory(project=project, name="b", origin="synthetic", split="train")
    ImageFactory(project=project, name="c", split="test")
    ImageFactory(name="of another project")

    def listed(query: str) -> list[str]:
        answer = api.get(f"/api/v1/projects/{project.slug}/images/?{query}")
        return [image["name"] for image in answer.json()["results"]]

    assert listed("") == ["c", "b", "a"]
    assert listed("class=boot") == ["a"]
    assert listed("origin=synthetic") == ["b"]
    assert listed("origin=real&split=test&status=unreviewed") == ["c"]
    assert listed("origin=real&page_size=1") == ["c"]


@pytest.mark.parametrize(
    "query",
    ["origin=drawn", "status=open", "split=x", "class=hat", "project__slug=x", "metadata__a=1",
     "held_back_class__annotation_class=1", "annotation_class__name=boot"],
)  # fmt: skip
def test_what_cannot_be_filtered_by_is_named(api: APIClient, project: Project, query: str) -> None:
    answer = api.get(f"/api/v1/projects/{project.slug}/images/?{query}")
    assert answer.status_code == 400
    assert list(answer.json()["error"]["fields"]) == [query.partition("=")[0]]


def test_an_image_is_told_with_its_addresses(api: APIClient, project: Project) -> None:
    upload(api, project, {"a.png": png()}, classes=["coat"])
    image = Image.objects.get()
    told = api.get(f"/api/v1/projects/{project.slug}/images/{image.pk}/").json()
    assert (told["class"], told["status"], told["sha256"]) == ("coat", "accepted", image.sha256)
    assert told["url"] == f"/projects/{project.slug}/images/{image.pk}/file/"
    other = ImageFactory()
    assert api.get(f"/api/v1/projects/{project.slug}/images/{other.pk}/").status_code == 404


def test_a_held_back_class_is_told_nowhere(
    api: APIClient, project: Project, client: Any, manager: User
) -> None:
    secret = project.annotation_classes.create(name="zebrafinch", position=3)
    upload(api, project, {"a.png": encoded(picture())})
    image = Image.objects.get()
    held_back_classes_set(project=project, classes={image.pk: secret.name})
    client.force_login(manager)
    rest = f"/api/v1/projects/{project.slug}/images/"
    for address in (rest, f"{rest}{image.pk}/", f"/projects/{project.slug}/images/{image.pk}/"):
        assert b"zebrafinch" not in client.get(address).content, address
    assert client.get(f"{rest}?class=zebrafinch").json()["results"] == []
