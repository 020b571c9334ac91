"""Imports over REST: one call sends, others tell what became of it."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from apps.images.models import Image
from apps.imports.models import Import
from apps.projects.models import Project
from tests.images.pictures import png, zipped
from tests.imports.sending import taken

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def address(project: Project) -> str:
    return f"/api/v1/projects/{project.slug}/imports/"


def file(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def left_over() -> list[Path]:
    return [path for path in Path(settings.UPLOAD_ROOT).rglob("*") if path.is_file()]


def test_one_call_sends_an_archive_and_its_manifest(
    api: APIClient, project: Project, address: str
) -> None:
    archive = zipped({"x/1.png": png(1), "x/2.png": b"no image"})
    answer = api.post(
        address,
        {
            "file": file("shoes.zip", archive),
            "manifest": file("m.csv", b"file,class\n1.png,boot\n"),
            "metadata": '{"trip": 7}',
        },
        format="multipart",
    )
    assert answer.status_code == 202, answer.content
    begun = answer.json()
    assert begun["import"]["title"] == "shoes.zip"
    assert begun["job"]["kind"] == "import_files"
    assert len(left_over()) == 2
    taken(Import.objects.get())
    assert left_over() == []
    now = api.get(f"{address}{begun['import']['id']}/").json()
    assert (now["total"], now["accepted"], now["refused"]) == (2, 1, 1)
    assert now["found_words"] == (
        "Read as: images and a CSV or JSONL manifest; 1 image named, 1 class; 1 came that are"
        " not named."
    )
    image = Image.objects.get()
    assert (image.annotation_class.name, image.metadata) == ("boot", {"trip": 7})  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({}, "file"),
        ({"file": True, "layout": "voc"}, "layout"),
        ({"file": True, "split": "attic"}, "split"),
        ({"file": True, "metadata": "[]"}, "metadata"),
        ({"file": True, "metadata": '{"a": "\\u0000"}'}, "metadata"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_leaves_nothing(
    api: APIClient, address: str, sent: dict[str, Any], field: str
) -> None:
    if "file" in sent:
        sent = {**sent, "file": file("a.zip", zipped({"1.png": png(1)}))}
    answer = api.post(address, {"title": "x", **sent}, format="multipart")
    assert answer.status_code == 400
    assert field in answer.json()["error"]["fields"]
    assert not Import.objects.exists()
    assert left_over() == []


def test_the_refused_come_in_pages_and_as_a_table_without_formulas(
    api: APIClient, address: str
) -> None:
    members = {"=cmd|' /C calc'!A0.png": b"x", "b.png": b"y", 'ä,".png': b"z"}
    answer = api.post(address, {"file": file("a.zip", zipped(members))}, format="multipart")
    taken(Import.objects.get())
    here = f"{address}{answer.json()['import']['id']}/refusals/"
    page = api.get(here, {"page_size": 2}).json()
    assert [entry["name"] for entry in page["results"]] == ["=cmd|' /C calc'!A0.png", "b.png"]
    assert [entry["name"] for entry in api.get(page["next"]).json()["results"]] == ['ä,".png']
    table = api.get(here, {"format": "csv"})
    assert table["Content-Disposition"].startswith("attachment")
    text = b"".join(table.streaming_content).decode()  # type: ignore[attr-defined]
    rows = list(csv.reader(io.StringIO(text)))
    assert [row[0] for row in rows] == ["name", "'=cmd|' /C calc'!A0.png", "b.png", 'ä,".png']
    assert api.get(here, {"format": "xml"}).status_code == 400


def test_it_can_be_cancelled_once_it_has_begun(api: APIClient, address: str) -> None:
    opened = api.post(address, {"title": "later"}, format="json").json()
    assert api.post(f"{address}{opened['id']}/cancel/").status_code == 409
    begun = api.post(address, {"file": file("1.png", png(1))}, format="multipart").json()
    cancelled = api.post(f"{address}{begun['import']['id']}/cancel/")
    assert cancelled.json()["status"] == "cancelled"
