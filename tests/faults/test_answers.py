"""The web process dies between any two lines that keep an answer: none is lost, none kept twice."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from django.conf import settings

from tests.running_site import RunningSite

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults"), pytest.mark.timeout(300)]

STATEMENTS = 300
"""More than there are; who adds to the path may have to raise it."""
NEVER = 1_000_000
"""A statement that is not come to."""
PATH = {
    "ReviewListView.post", "reviews_record", "_record", "_answer_store", "_task_lock",
    "_review_insert", "_place_take", "_task_finish", "task_judge", "judgement_write",
    "adjudication_ask", "gold_standing_update", "counts_announce", "_note",
}  # fmt: skip
"""Functions that must have been on the way, lest the test kill beside it."""
PREPARE = """
from apps.accounts.models import User
from apps.images.models import Image
from apps.projects.services import project_create
from apps.review.models import Reservation, Review, ReviewSettings, ReviewTask
from datetime import timedelta
from django.utils import timezone

admin = User.objects.get(username="admin")
other = User.objects.create(username="other")
project = project_create(name="P", slug="p", classes=["a", "b"], created_by=admin)
ReviewSettings.objects.create(project=project, gold_window=5)
a, b = project.annotation_classes.order_by("position")

def images(origin, letter):
    return Image.objects.bulk_create(Image(
        project=project, origin=origin, split="train" if origin == "synthetic" else "pool",
        sha256=f"{letter}{n}", name="i", file="f", thumbnail="t", format="png", width=8, height=8,
        byte_size=1) for n in range(STATEMENTS))

def tasks(images, kind, **more):
    return ReviewTask.objects.bulk_create(
        ReviewTask(project=project, image=image, kind=kind, expected_class=a, **more)
        for image in images)

held = tasks(images("real", "h"), "annotate", free_places=0)
soon = timezone.now() + timedelta(hours=1)
Reservation.objects.bulk_create(
    Reservation(task=task, user=admin, expires_at=soon) for task in held)
free = tasks(images("synthetic", "f"), "validate")
disputed = tasks(images("real", "d"), "annotate", reviews_needed=2, free_places=1)
Review.objects.bulk_create(Review(
    task=task, user=other, verdict="class", annotation_class=b, seconds=1, key=str(task.pk))
    for task in disputed)
gold = tasks(images("real", "g"), "annotate", status="gold", gold_verdict="class", gold_class=a,
    reviews_needed=30000, free_places=30000)
result = [[task.pk for task in four] for four in zip(held, free, disputed, gold)]
""".replace("STATEMENTS", str(STATEMENTS))
LOOK = """
from collections import Counter
from django.db.models import Count, F, Q
from apps.review.models import Judgement, Reservation, Review, ReviewTask

mine = Review.objects.filter(user__username="admin", superseded_at=None)
done = ReviewTask.objects.filter(status="done")
result = {
    "keys": list(mine.values_list("key", flat=True)),
    "done": done.count(),
    "judged": Judgement.objects.filter(superseded_at=None, task__in=done).count(),
    "behind": Judgement.reviews.through.objects.count(),
    "disputes": ReviewTask.objects.filter(kind="adjudicate").count(),
    "wrong places": ReviewTask.objects.annotate(
        given=Count("reviews", filter=Q(reviews__superseded_at=None), distinct=True),
        kept=Count("reservations", distinct=True),
    ).exclude(free_places=F("reviews_needed") - F("given") - F("kept")).count(),
    "undone images": done.filter(reviews_needed=1, image__status="unreviewed").count(),
}
"""


@pytest.fixture(scope="module")
def site() -> Iterator[RunningSite]:
    running = RunningSite()
    try:
        running.start()
        yield running
    finally:
        running.remove()


@pytest.fixture
def mortal(site: RunningSite) -> Iterator[httpx.Client]:
    """A client of a web process that dies when it is told to, and comes back."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.mortal_web", str(listening.fileno())],
            cwd=settings.ROOT,
            env={**site.environment, "PYTHONPATH": f"{settings.ROOT}/platform"},
            pass_fds=[listening.fileno()],
            start_new_session=True,
        )
        try:
            port = listening.getsockname()[1]
            with httpx.Client(
                base_url=f"http://127.0.0.1:{port}/api/v1/projects/p/review/",
                headers={"Authorization": f"Token {site.token()}", "Connection": "close"},
                timeout=30,
            ) as client:
                yield client
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def test_death_at_any_line_loses_no_answer_and_keeps_none_twice(
    site: RunningSite, mortal: httpx.Client
) -> None:
    first, *fours = site.python(PREPARE)
    unharmed = post(mortal, four_answers(first), die_at=NEVER)
    assert unharmed is not None
    assert set(unharmed.headers["x-functions"].split(",")) >= PATH
    count = int(unharmed.headers["x-statements"])
    assert count <= len(fours), "STATEMENTS is too few"
    acknowledged = [answer["key"] for answer in four_answers(first)]
    for number, four in zip(range(1, count + 1), fours, strict=False):
        answers = four_answers(four)
        assert post(mortal, answers, die_at=number) is None, "it was told to die"
        again = post(mortal, answers)
        assert again is not None, "it was not told to die"
        assert {outcome["status"] for outcome in again.json()} <= {"stored", "known"}
        acknowledged += [answer["key"] for answer in answers]
    seen = site.python(LOOK)
    assert sorted(seen.pop("keys")) == sorted(acknowledged)
    assert seen == {
        "done": 3 * (count + 1),
        "judged": 3 * (count + 1),
        "behind": 4 * (count + 1),
        "disputes": count + 1,
        "wrong places": 0,
        "undone images": 0,
    }


def four_answers(tasks: list[int]) -> list[dict[str, Any]]:
    """To a task that is held, one that is free, one that others see differently, and a gold one."""
    annotate = {"verdict": "class", "class": "a"}
    said = [annotate, {"verdict": "right"}, annotate, annotate]
    return [
        {"task": task, "key": f"key of {task}", "seconds": 1, **what}
        for task, what in zip(tasks, said, strict=True)
    ]


def post(client: httpx.Client, answers: Any, die_at: int = 0) -> httpx.Response | None:
    """What is answered; None where the server died over it."""
    try:
        response = client.post("reviews/", json=answers, headers={"x-die-at": str(die_at)})
    except httpx.TransportError:
        return None
    assert response.status_code == 201, response.text
    return response
