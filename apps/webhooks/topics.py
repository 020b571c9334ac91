"""What a webhook can be told of: kinds of events of the project's log, by topic."""

from __future__ import annotations

from collections.abc import Iterable

TOPICS = {
    "jobs": ("job.queued", "job.running", "job.succeeded", "job.failed", "job.cancelled"),
    "rounds": (
        "round.step",
        "round.done",
        "round.generator_kept",
        "round.not_refined",
        "loop.status",
    ),
    "ingestion": ("images.ingested", "images.quarantined", "images.restored"),
    "decisions": ("round.decided", "loop.rollback"),
    "alarms": ("training.alarm", "round.safeguard"),
}
WORDS = {
    "jobs": "Jobs: queued, running, succeeded, failed, cancelled",
    "rounds": "Rounds: each step, the end, a generator that stands in for a failed one or learns"
    " from real images alone, the loop's start and pause",
    "ingestion": "Ingestion: images taken in, refused, set apart and restored",
    "decisions": "Decisions: the ratio that a round chose, going back to an earlier mix",
    "alarms": "Alarms: a generator that collapses, or whose loss is no number; what a safeguard"
    " of a round stopped",
}
PING = "ping"


def kinds_of(topics: Iterable[str]) -> list[str]:
    """The kinds of events that these topics have."""
    return [kind for topic in topics for kind in TOPICS.get(topic, ())]
