"""What stopped a loop or went wrong in it, by round."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from apps.jobs.models import Job
from apps.jobs.selectors import event_payloads
from apps.loops.models import Loop, Round
from apps.projects.models import Project

BEGINNING, STATUS = "round.step", "loop.status"


def pauses_by_round(project: Project) -> Mapping[int, list[str]]:
    """Why the loop paused, each by the round that had begun last; 0 before the first."""
    pauses: defaultdict[int, list[str]] = defaultdict(list)
    number = 0
    for kind, payload in event_payloads(project, [BEGINNING, STATUS]):
        if kind == BEGINNING and payload["step"] == Round.Step.TRAIN:
            number = payload["round"]
        elif kind == STATUS and payload["status"] == Loop.Status.PAUSED:
            pauses[number].append(payload["reason"] or "A manager paused the loop.")
    return pauses


def failures_by_round(project: Project, number: int | None) -> Mapping[int, list[dict[str, Any]]]:
    """Jobs of rounds that ended badly and were not tried again since."""
    prefix = "round:" if number is None else f"round:{number}:"
    jobs = Job.objects.filter(
        project=project, key__startswith=prefix, status__in=Job.ENDED_BADLY
    ).order_by("created_at", "key")
    failures: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
    for key, title, status, error in jobs.values_list("key", "title", "status", "error"):
        failures[int(key.split(":")[1])].append({"title": title, "status": status, "error": error})
    return failures
