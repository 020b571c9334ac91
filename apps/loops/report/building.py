"""Making a report: a bounded number of queries, however many rounds there are."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Prefetch
from django.http import Http404

from apps.loops.models import Decision, Round
from apps.loops.report.batches import batches_by_round
from apps.loops.report.canonical import canonical
from apps.loops.report.facts import (
    BEFORE,
    Answered,
    Asked,
    Worked,
    answered_by_round,
    asked_by_round,
    worked_by_round,
)
from apps.loops.report.happenings import failures_by_round, pauses_by_round
from apps.loops.report.rounds import (
    asked_payload,
    control_payload,
    cost_payload,
    round_entry,
    round_times,
)
from apps.projects.models import Project
from apps.projects.selectors import annotation_class_list

FORMAT = "assay-report-1"
"""Raised where a reader of older files would misread newer ones."""


@dataclass(frozen=True)
class Report:
    """A round's report, or a loop's."""

    number: int | None
    """Of the round; None of the whole loop."""
    shown: list[Round]
    """What it is about, in order."""
    content: dict[str, Any]
    """What the same images, seed and answers give again."""
    times: dict[str, Any]
    """What depends on the clock, and names the project."""

    @cached_property
    def sha256(self) -> str:
        """Of the content's canonical JSON: two runs alike have the same."""
        return hashlib.sha256(canonical(self.content)).hexdigest()

    def file(self, *, times: bool = True) -> bytes:
        """The report as canonical JSON; without `times` equal runs give equal bytes."""
        if not times:
            return canonical({"report": self.content})
        told = {**self.times, "report_sha256": self.sha256}
        return canonical({"report": self.content, "times": told})

    @property
    def rounds(self) -> list[dict[str, Any]]:
        """Each round's entry with its times, in order."""
        return [
            {**entry, "times": times}
            for entry, times in zip(self.content["rounds"], self.times["rounds"], strict=True)
        ]


def report_build(project: Project, number: int | None = None) -> Report:
    """The report of a round, or without a number that of the loop. Raises Http404."""
    rounds = _rounds(project, number)
    shown = [round_ for round_ in rounds if number in (None, round_.number)]
    if number is not None and not shown:
        raise Http404(f"There is no round {number} in the project {project.slug}.")
    asked = asked_by_round(project, number)
    answered = answered_by_round(project, number)
    worked = worked_by_round(project, number)
    return Report(
        number,
        shown,
        _content(project, number, rounds, shown, asked),
        {
            "project": project.slug,
            "rounds": [
                round_times(round_, answered.get(round_.number, []), worked.get(round_.number, []))
                for round_ in shown
            ],
            **cost_payload(_answers_joined(answered), _jobs_joined(worked)),
        },
    )


def _rounds(project: Project, number: int | None) -> list[Round]:
    """In order, with decisions and their mixes; of one round, with the one before it."""
    decisions = Decision.objects.select_related("mix")
    rounds = Round.objects.filter(project=project).order_by("number")
    if number is not None:
        rounds = rounds.filter(number__in=[number - 1, number])
    return list(rounds.prefetch_related(Prefetch("decisions", decisions)))


def _content(
    project: Project,
    number: int | None,
    rounds: Sequence[Round],
    shown: Sequence[Round],
    asked: Mapping[int, list[Asked]],
) -> dict[str, Any]:
    batches = batches_by_round(project, number)
    pauses = pauses_by_round(project)
    failures = failures_by_round(project, number)
    earlier = {round_.number: round_ for round_ in rounds}
    before = asked_payload(asked.get(BEFORE, []))
    together = _asked_joined(asked)
    return {
        "format": FORMAT,
        "classes": [item.name for item in annotation_class_list(project)],
        **(
            {"settings": shown[0].settings}
            if number
            else {"asked_beside_rounds": before, "pauses_before": pauses.get(0, [])}
        ),
        "asked": asked_payload(together),
        "control": control_payload(together),
        "rounds": [
            round_entry(
                round_,
                before=earlier.get(round_.number - 1),
                asked=asked.get(round_.number, []),
                batches=batches.get(round_.number, []),
                pauses=pauses.get(round_.number, []),
                failures=failures.get(round_.number, []),
            )
            for round_ in shown
        ],
    }


# --- All rounds together ---------------------------------------------------------------------
def _asked_joined(asked: Mapping[int, Sequence[Asked]]) -> list[Asked]:
    joined: dict[tuple[str, str], Asked] = {}
    for part in (each for parts in asked.values() for each in parts):
        known = joined.get((part.kind, part.reason))
        joined[part.kind, part.reason] = part if known is None else _sum(known, part)
    return [joined[key] for key in sorted(joined)]


def _sum(one: Asked, other: Asked) -> Asked:
    return Asked(
        one.kind,
        one.reason,
        one.asked + other.asked,
        one.answered + other.answered,
        one.withdrawn + other.withdrawn,
        one.guessed + other.guessed,
    )


def _answers_joined(answered: Mapping[int, Sequence[Answered]]) -> list[Answered]:
    joined: defaultdict[str, tuple[int, int, float]] = defaultdict(lambda: (0, 0, 0.0))
    for part in (each for parts in answered.values() for each in parts):
        answers, timed, seconds = joined[part.kind]
        joined[part.kind] = (
            answers + part.answers,
            timed + part.timed,
            seconds + part.seconds,
        )
    return [Answered(kind, *joined[kind]) for kind in sorted(joined)]


def _jobs_joined(worked: Mapping[int, Sequence[Worked]]) -> list[Worked]:
    joined: defaultdict[str, tuple[int, float]] = defaultdict(lambda: (0, 0.0))
    for part in (each for parts in worked.values() for each in parts):
        jobs, seconds = joined[part.kind]
        joined[part.kind] = (jobs + part.jobs, seconds + part.seconds)
    return [Worked(kind, *joined[kind]) for kind in sorted(joined)]
