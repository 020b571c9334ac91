"""`bench reserve`: how long a person waits for the next twenty tasks, by the queue's length."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from statistics import quantiles

from config.benches.site import TemporarySite

SIZES = (1_000, 10_000, 100_000, 1_000_000)
"""Open tasks in the project."""
REQUESTS = 100
RESERVED = 20
GROW = """
from django.db import connection
from apps.accounts.models import User
from apps.images.models import Image
from apps.projects.models import Project
from apps.projects.services import project_create
from apps.review.models import ReviewTask

admin = User.objects.get(username="admin")
project = Project.objects.filter(slug="bench").first() or project_create(
    name="Bench", slug="bench", classes=["boot", "coat"], created_by=admin)
model = Image.objects.filter(project=project).order_by("pk").first() or Image.objects.create(
    project=project, name="0", sha256="0", file="0", thumbnail="0", format="png",
    width=28, height=28, byte_size=500)
task = ReviewTask.objects.filter(image=model).first() or ReviewTask.objects.create(
    project=project, image=model, kind="annotate")

def columns(rows, but):
    return ", ".join(
        f'"{field.column}"' for field in rows._meta.concrete_fields if field.column not in but)

with connection.cursor() as cursor:
    there = Image.objects.filter(project=project).count()
    kept = columns(Image, {"id", "sha256"})
    cursor.execute(
        f"INSERT INTO images_image (sha256, {kept}) SELECT n::text, {kept}"
        " FROM images_image, generate_series(%s, %s) n WHERE id = %s",
        [there, SIZE - 1, model.pk])
    kept = columns(ReviewTask, {"id", "image_id", "priority"})
    cursor.execute(
        f"INSERT INTO review_reviewtask (image_id, priority, {kept})"
        f" SELECT new.id, random(), {kept} FROM review_reviewtask, LATERAL (SELECT id FROM"
        " images_image image WHERE project_id = %s AND NOT EXISTS (SELECT 1 FROM"
        " review_reviewtask WHERE image_id = image.id)) new WHERE review_reviewtask.id = %s",
        [project.pk, task.pk])
    cursor.execute("ANALYZE images_image, review_reviewtask")
result = ReviewTask.objects.filter(project=project).count()
"""
"""Grows a project to SIZE tasks by copying one row; through the services it would take hours."""


def reserve(say: Callable[[str], None]) -> Mapping[str, float]:
    """Reserve twenty tasks and give them back, again and again, over REST."""
    figures = {}
    with TemporarySite() as site:
        site.start()
        headers = {"Authorization": f"Token {site.token()}"}
        for size in SIZES:
            tasks = site.python(GROW.replace("SIZE", str(size)), seconds=900)
            say(f"{tasks:,} tasks …")
            times = [_reserve_once(site, headers) for _ in range(REQUESTS)]
            cuts = quantiles(times, n=20)
            figures[f"reserve_p50_ms.{size}"] = cuts[9]
            figures[f"reserve_p95_ms.{size}"] = cuts[18]
    return figures


def _reserve_once(site: TemporarySite, headers: dict[str, str]) -> float:
    """Milliseconds to hold what was free; giving it back is not counted."""
    path = "/api/v1/projects/bench/review/reservations/"
    began = time.perf_counter()
    status, body = site.request("POST", path, {"size": RESERVED}, headers)
    took = (time.perf_counter() - began) * 1000
    if body.count(b'"kind"') != RESERVED:
        raise RuntimeError(f"Reserving was answered with {status}: {body[:300]!r}")
    site.request("DELETE", path, headers=headers)
    return took
