"""`bench queue`: how long a person waits for their next tasks, and for their answer to be kept.

Everything is measured through HTTP by an annotator's token, each request on a connection of
its own, and the peer in the same way. One client, so what is told is waiting, not load.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Mapping, Sequence
from statistics import median, quantiles
from typing import Any
from uuid import uuid4

from config.benches.label_studio import LabelStudio
from config.benches.site import TemporarySite

TASKS = (10_000, 100_000, 1_000_000)
"""Open tasks in the project at the beginning, by default."""
PEER_TASKS = 30_000
"""At this length the two are compared, in short turns, so that noise meets both, and neither is
timed on the caches that the other has just filled."""
REQUESTS = 150
TURN = 15
"""Requests before the other's turn."""
WARM_UP = 15
RESERVED = 20
LEAST_TASKS = 2 * RESERVED * (WARM_UP + REQUESTS)
"""So that at least half of them are left at the end."""
QUEUE = "/api/v1/projects/queue/review"


def task_counts(text: str) -> list[int]:
    """Numbers parted by commas, smallest first."""
    counts = sorted({int(part) for part in text.split(",")})
    if counts[0] < LEAST_TASKS:
        raise argparse.ArgumentTypeError(f"Name numbers of tasks from {LEAST_TASKS} up: {text}")
    return counts


OPTIONS: dict[str, dict[str, Any]] = {
    "tasks": {
        "type": task_counts,
        "default": list(TASKS),
        "metavar": "N,N,…",
        "help": "numbers of open tasks to measure at",
    },
    "peer": {"metavar": "URL", "help": "a running Label Studio to compare with"},
    "peer_token": {"metavar": "TOKEN", "default": "", "help": "an API token of that one"},
}


def queue(
    say: Callable[[str], None],
    tasks: Sequence[int] = TASKS,
    peer: str | None = None,
    peer_token: str = "",
) -> Mapping[str, float]:
    """Reserve twenty tasks, answer one of them and then the others, again and again."""
    figures: dict[str, float] = {}
    with TemporarySite() as site:
        site.start()
        for count in sorted({*tasks, *([PEER_TASKS] if peer else [])}):
            _grow(site, count)
            say(f"{count:,} tasks …")
            ours = Reviewing(site)
            if peer and count == PEER_TASKS:
                theirs = LabelStudio(peer, peer_token, count)
                say("the peer has as many …")
                figures |= _compare(ours, theirs)
            else:
                ours.measure()
            if count in tasks:
                figures |= _percentiles(f"reserve_{{}}_ms.{count}", ours.reserving)
                figures |= _percentiles(f"review_{{}}_ms.{count}", ours.reviewing)
    shortest, *_, longest = tasks if len(tasks) > 1 else [tasks[0]] * 2
    figures["reserve_growth_ratio"] = (
        figures[f"reserve_p50_ms.{longest}"] / figures[f"reserve_p50_ms.{shortest}"]
    )
    return figures


def _grow(site: TemporarySite, count: int) -> None:
    site.python(
        f"from config.benches.queue_rows import queue_grow\nresult = queue_grow('queue', {count})",
        seconds=1800,
    )


def _compare(ours: Reviewing, theirs: LabelStudio) -> dict[str, float]:
    """Ours ÷ theirs, of the median times."""
    for begin in range(0, WARM_UP + REQUESTS, TURN):
        for side in (ours, theirs):
            for number in range(begin, begin + TURN):
                # The first of a turn finds the other's caches.
                side.once(counts=begin >= WARM_UP and number > begin)
    return {
        "reserve_peer_ratio": median(ours.reserving) / median(theirs.taking),
        "review_peer_ratio": median(ours.reviewing) / median(theirs.submitting),
        **_percentiles(f"peer_next_{{}}_ms.{PEER_TASKS}", theirs.taking),
        **_percentiles(f"peer_submit_{{}}_ms.{PEER_TASKS}", theirs.submitting),
        **_percentiles(f"reserve_{{}}_ms.{PEER_TASKS}", ours.reserving),
        **_percentiles(f"review_{{}}_ms.{PEER_TASKS}", ours.reviewing),
    }


def _percentiles(name: str, times: Sequence[float]) -> dict[str, float]:
    cuts = quantiles(times, n=20)
    return {name.format("p50"): cuts[9], name.format("p95"): cuts[18]}


class Reviewing:
    """An annotator at work."""

    def __init__(self, site: TemporarySite) -> None:
        self._site = site
        [token] = site.python(
            "from config.benches.queue_rows import annotators_add\n"
            "result = annotators_add('queue', 1)"
        )
        self._headers = {"Authorization": f"Token {token}"}
        self.reserving: list[float] = []
        self.reviewing: list[float] = []
        """Milliseconds."""

    def measure(self) -> None:
        """Many times, after a few that do not count."""
        for number in range(WARM_UP + REQUESTS):
            self.once(counts=number >= WARM_UP)

    def once(self, *, counts: bool) -> None:
        """Hold twenty, answer one, and then the others, which is not measured."""
        took, body = self._timed("POST", "reservations/", {"size": RESERVED})
        tasks = body["tasks"]
        if len(tasks) != RESERVED:
            raise RuntimeError(f"{len(tasks)} tasks were reserved and not {RESERVED}.")
        answers = [_answer(task) for task in tasks]
        answered, first = self._timed("POST", "reviews/", answers[:1])
        _, others = self._timed("POST", "reviews/", answers[1:])
        if any(outcome["status"] != "stored" for outcome in first + others):
            raise RuntimeError(f"An answer was not stored: {first + others}")
        if counts:
            self.reserving.append(took)
            self.reviewing.append(answered)

    def _timed(self, method: str, path: str, body: object) -> tuple[float, Any]:
        began = time.perf_counter()
        status, answer = self._site.request(method, f"{QUEUE}/{path}", body, self._headers)
        took = (time.perf_counter() - began) * 1000
        if status not in (200, 201):
            raise RuntimeError(f"{path} was answered with {status}: {answer[:300]!r}")
        return took, json.loads(answer)


def _answer(task: dict[str, Any]) -> dict[str, Any]:
    said = (
        {"verdict": "class", "class": "coat"}
        if task["kind"] == "annotate"
        else {"verdict": "right"}
    )
    return {"task": task["id"], "seconds": 1.5, "key": str(uuid4()), **said}
