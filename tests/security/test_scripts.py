"""Stored scripts: whatever people or files are called, no page runs it and no answer is a page.

As label-studio's avatars, SVGs and hotkeys did, and cvat's uploads under a type of their own.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponseBase
from django.test import Client
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.images.models import Image, Refusal
from apps.jobs.models import Job, JobEvent
from apps.projects.models import AnnotationClass, Project
from apps.review.models import Remark, ReviewTask
from apps.webhooks.models import Webhook
from config.benches.hostile.pictures import SVG, encoded, picture, png, polyglots
from tests.test_permissions import TABLE, World

SCRIPT = "</script><script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{7*7}}"
RUNS = [b"<script>alert", b"<img src=x", b"onerror=alert(1)>{{", b"{{49}}"]
SAFE_TYPES = {"image/png", "image/jpeg", "image/webp", "application/json", "application/zip"}


@pytest.fixture
def hostile_world(project: Project, manager: User, annotator: User, stranger: User) -> World:
    """One of everything, and everything that has a text of somebody's has a script in it."""
    world = World(project, manager, annotator, stranger)
    Project.objects.update(name=SCRIPT, description=SCRIPT)
    for known in AnnotationClass.objects.all():
        known.name = f"{known.position}{SCRIPT}"[:80]
        known.save()
    Image.objects.update(name=SCRIPT, metadata={SCRIPT: SCRIPT})
    Job.objects.update(
        title=SCRIPT, message=SCRIPT, error=SCRIPT, traceback=SCRIPT, status="failed"
    )
    JobEvent.objects.update(payload={"message": SCRIPT, "error": SCRIPT})
    ReviewTask.objects.update(reason=SCRIPT[:40])
    task = ReviewTask.objects.latest("pk")
    Remark.objects.create(task=task, user=manager, kind=Remark.Kind.COMMENT, text=SCRIPT)
    Refusal.objects.create(project=project, name=SCRIPT, reason=SCRIPT[:40], detail=SCRIPT)
    Webhook.objects.update(url=f"https://x.example/{SCRIPT}", switched_off_reason=SCRIPT)
    User.objects.update(first_name=SCRIPT[:30], last_name=SCRIPT[:30])
    return world


def content(answer: HttpResponseBase) -> bytes:
    return b"".join(answer) if answer.streaming else answer.content  # type: ignore[attr-defined, arg-type]


class Reader(HTMLParser):
    """Reads a page as a browser does, and notes what the browser would run."""

    def __init__(self) -> None:
        super().__init__()
        self.runs: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attributes}
        if tag == "script" and "src" not in said and said.get("type") != "application/json":
            self.runs.append(f"<script {said}>")
        for name, value in said.items():
            if name.startswith("on") or re.match(r"\s*(javascript|data|vbscript):", value, re.I):
                self.runs.append(f"<{tag} {name}={value[:60]}>")


def what_runs(page: str) -> list[str]:
    reader = Reader()
    reader.feed(page)
    return reader.runs


@pytest.mark.parametrize(
    "route", [line.partition(" ")[2] for line in TABLE if line.startswith("GET ")]
)
def test_no_page_runs_what_people_wrote_and_no_answer_is_what_they_want(
    hostile_world: World, route: str
) -> None:
    client = Client()
    client.force_login(hostile_world.people["manager"])
    answer = client.get(hostile_world.address(route))
    if answer.status_code == 302:
        return
    kind = answer.headers["Content-Type"].partition(";")[0]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"] or (
        "default-src 'none'; sandbox" in answer.headers["Content-Security-Policy"]
    )
    if kind == "text/html":
        page = content(answer)
        assert not [run for run in RUNS if run in page]
        assert what_runs(page.decode()) == []
    elif kind.startswith("image/"):
        assert kind in SAFE_TYPES
    elif kind == "text/csv":
        assert answer.headers["Content-Disposition"].startswith("attachment;")
    else:
        assert kind.startswith("application/"), kind


@pytest.mark.parametrize(
    "file",
    [("a.png", SVG.encode()), ("a.svg", SVG.encode()), ("a.html", f"<html>{SVG}".encode()),
     ("a.jpg", b"GIF89a=1;alert(1)//"), ("a.png", "\ufeff".encode() + SVG.encode())],
)  # fmt: skip
def test_what_is_a_program_is_no_picture_whatever_type_it_says(
    api: APIClient, project: Project, file: tuple[str, bytes]
) -> None:
    for content_type in ("image/png", "image/svg+xml", "text/html", "text/html; charset=utf-7"):
        sent = SimpleUploadedFile(*file, content_type)
        answer = api.post(f"/api/v1/projects/{project.slug}/images/", {"files": [sent]})
        assert answer.json()["accepted"] == []


def test_what_is_two_things_at_once_is_served_as_the_picture_alone(
    api: APIClient, pages: Client, project: Project
) -> None:
    files = [*polyglots(), ("good.png", png(1)), ("good.jpg", encoded(picture(2), "JPEG"))]
    sent = [SimpleUploadedFile(name, body, "text/html") for name, body in files if body]
    api.post(f"/api/v1/projects/{project.slug}/images/", {"files": sent})
    assert Image.objects.count() > 3
    for image in Image.objects.all():
        answer = pages.get(f"/projects/{project.slug}/images/{image.pk}/file/")
        assert answer.headers["Content-Type"] in ("image/png", "image/jpeg")
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert not re.search(rb"<script|<svg|<\?php|%PDF|PK\x03\x04|alert\(", answer.content)


@pytest.mark.parametrize(
    "keys",
    [{"submit": [SCRIPT]}, {SCRIPT: ["a"]}, {"submit": ["<"]}, {"submit": ["javascript:alert(1)"]},
     {"submit": [{"toString": "alert"}]}, {"__proto__": ["a"]}, {"submit": SCRIPT}],
)  # fmt: skip
def test_a_key_of_ones_own_is_a_key(api: APIClient, project: Project, keys: Any) -> None:
    answer = api.put("/api/v1/me/keys/", {"keys": keys}, format="json")
    assert answer.status_code == 400
    assert api.get("/api/v1/me/keys/").json() == {"keys": {}}
