"""`bench crowd`: fifty people at once at one queue, until nothing is left."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from config.benches.site import TemporarySite

TASKS = 10_000
PEOPLE = 50
NUMBERS = (1, 3)
"""Of answers that each task takes."""
HELD = 20
LIFETIME_S = 60.0
"""The shortest that a hold can have: one minute."""
RENEWED_EVERY_S = 15.0
Say = Callable[[str], None]


def crowd(say: Say) -> Mapping[str, float]:
    """Fifty people answer 10,000 tasks, of one answer and of three; another leaves without a word.

    Figures by the number of answers a task takes, all but the last meant to be 0: tasks with
    more, tasks asked of a person twice, tasks left behind; then seconds from the end of their
    lifetime until abandoned holds were free again.
    """
    figures: dict[str, float] = {}
    with TemporarySite() as site:
        site.start()
        for number in NUMBERS:
            say(f"{PEOPLE} people at {TASKS:,} tasks of {number} …")
            figures |= _work_through(site, f"crowd-{number}", number)
    return figures


def _work_through(site: TemporarySite, slug: str, number: int) -> dict[str, float]:
    tokens = site.python(
        "from config.benches.queue_rows import annotators_add, queue_grow\n"
        "from apps.projects.models import Project\n"
        "from apps.review.models import ReviewSettings\n"
        f"queue_grow('{slug}', {TASKS}, {number})\n"
        f"project = Project.objects.get(slug='{slug}')\n"
        "ReviewSettings.objects.create(project=project, reservation_minutes=1)\n"
        f"result = annotators_add('{slug}', {PEOPLE} + 2)",
        seconds=300,
    )
    *people, leaver, newcomer = (Person(site, slug, token) for token in tokens)
    with ThreadPoolExecutor(PEOPLE + 1) as pool, _held_by(leaver, pool) as abandoned:
        list(pool.map(Person.answer_all, people))
    left_at = time.monotonic()
    # Somebody who has answered none of them yet: who has is not asked again.
    back = _back_at(newcomer, abandoned) - (left_at + LIFETIME_S)
    newcomer.answer_all()
    people.append(newcomer)
    counts = site.python(
        "from django.db.models import Count\n"
        "from apps.review.models import Review, ReviewTask\n"
        f"tasks = ReviewTask.objects.filter(project__slug='{slug}')\n"
        f"result = [tasks.annotate(n=Count('reviews')).filter(n__gt={number}).count(),"
        " tasks.exclude(status='done', free_places=0).count()]"
    )
    twice = sum(Counter(person.seen)[task] > 1 for person in people for task in set(person.seen))
    return {
        f"crowd_over_number.{number}": float(counts[0]),
        f"crowd_twice_to_one.{number}": float(twice),
        f"crowd_left_behind.{number}": float(counts[1]),
        f"crowd_holds_back_s.{number}": back,
    }


@contextmanager
def _held_by(leaver: Person, pool: ThreadPoolExecutor) -> Iterator[set[int]]:
    """The tasks that somebody holds, and renews, until the block ends; then they say no word."""
    gone = threading.Event()
    abandoned = {task["id"] for task in leaver.reserve()}

    def stay() -> None:
        while not gone.wait(RENEWED_EVERY_S):
            leaver.reserve()

    staying = pool.submit(stay)
    try:
        yield abandoned
    finally:
        gone.set()
    staying.result()
    leaver.reserve()


def _back_at(newcomer: Person, abandoned: set[int]) -> float:
    """When they were given an abandoned task: on the monotonic clock."""
    deadline = time.monotonic() + 3 * LIFETIME_S
    while not abandoned & {task["id"] for task in newcomer.reserve()}:
        if time.monotonic() > deadline:
            raise RuntimeError("Abandoned holds did not come back.")
        time.sleep(0.5)
    return time.monotonic()


class Person:
    """One of the crowd."""

    def __init__(self, site: TemporarySite, slug: str, token: str) -> None:
        self._site = site
        self._path = f"/api/v1/projects/{slug}/review"
        self._headers = {"Authorization": f"Token {token}"}
        self.seen: list[int] = []
        """The ids of the tasks that were answered."""

    def answer_all(self) -> None:
        """Answer what there is, until nothing comes."""
        while tasks := self.reserve():
            answers = [
                {"task": task["id"], "verdict": _verdict(task), "key": str(uuid4()), "seconds": 1}
                for task in tasks
            ]
            outcomes = self._call("reviews/", answers)
            if any(outcome["status"] != "stored" for outcome in outcomes):
                raise RuntimeError(f"An answer was not stored: {outcomes}")
            self.seen += [task["id"] for task in tasks]

    def reserve(self) -> list[dict[str, Any]]:
        """Hold what is next."""
        tasks: list[dict[str, Any]] = self._call("reservations/", {"size": HELD})["tasks"]
        return tasks

    def _call(self, path: str, body: object) -> Any:
        status, answer = self._site.request("POST", f"{self._path}/{path}", body, self._headers)
        if status not in (200, 201):
            raise RuntimeError(f"{path} was answered with {status}: {answer[:300]!r}")
        return json.loads(answer)


def _verdict(task: dict[str, Any]) -> str:
    return "unclear" if task["kind"] == "annotate" else "right"
