"""The loop as a ring of its seven steps: where each stands, what it does, what lies behind it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from django.urls import reverse

from apps.loops.models import Round
from apps.projects.models import Project

Step = Round.Step
RADIUS = 92
"""Of the ring, in the SVG's units; its centre is the origin."""
LABEL_RADIUS = 122
TONES = {
    Step.SCORE: "uncertain",
    Step.SELECT: "uncertain",
    Step.GENERATE: "synthetic",
    Step.REVIEW: "uncertain",
    Step.MIX: "synthetic",
}
SIDE = 0.5
"""Labels of steps that stand further aside than this part of the radius are written outwards."""
SENTENCES = {
    Step.TRAIN: "The classifier trains on the mix in use.",
    Step.SCORE: "The classifier says which images it is unsure of.",
    Step.SELECT: "The least sure images are put to people.",
    Step.GENERATE: "The generator makes images like the unsure ones.",
    Step.REVIEW: "People annotate real images and judge synthetic ones.",
    Step.MIX: "Ratios of synthetic to real are tried, each with the same seeds.",
    Step.EVALUATE: "The best ratio on select is confirmed once on test.",
}


@dataclass(frozen=True, slots=True)
class RingStep:
    """One step on the ring."""

    name: str
    sentence: str
    tone: str
    """The meaning whose colour it takes while it is the current one."""
    state: Literal["done", "current", "ahead"]
    url: str
    x: float
    y: float
    label_x: float
    label_y: float
    anchor: Literal["start", "middle", "end"]


def ring_steps(project: Project, round_: Round | None) -> list[RingStep]:
    """The seven steps clockwise from the top."""
    names = list(SENTENCES)
    now = _index_now(names, round_)
    return [_ring_step(project, round_, step, index, now) for index, step in enumerate(names)]


def _index_now(names: list[Round.Step], round_: Round | None) -> int:
    """The place of the round's step: below 0 before the first round, 7 once it is done."""
    if round_ is None:
        return -1
    return len(names) if round_.step == Step.DONE else names.index(Step(round_.step))


def _ring_step(
    project: Project, round_: Round | None, step: Round.Step, index: int, now: int
) -> RingStep:
    angle = 2 * math.pi * index / len(SENTENCES) - math.pi / 2
    x, y = math.cos(angle), math.sin(angle)
    return RingStep(
        name=step.value,
        sentence=SENTENCES[step],
        tone=TONES.get(step, "real"),
        state="current" if index == now else "done" if index < now else "ahead",
        url=_behind(project, round_, step),
        x=round(x * RADIUS, 1),
        y=round(y * RADIUS, 1),
        label_x=round(x * LABEL_RADIUS, 1),
        label_y=round(y * LABEL_RADIUS, 1),
        anchor="middle" if abs(x) < SIDE else "start" if x > 0 else "end",
    )


def _behind(project: Project, round_: Round | None, step: Round.Step) -> str:
    """The page that shows what the step did."""
    slug = project.slug
    if step is Step.TRAIN and round_ and round_.classifier:
        return reverse("model_detail", args=[slug, round_.classifier.training_run_id])
    if step is Step.GENERATE and round_ and round_.generator:
        return reverse("model_detail", args=[slug, round_.generator.training_run_id])
    return {
        Step.TRAIN: reverse("model_list", args=[slug]) + "?purpose=deployed",
        Step.SCORE: reverse("job_list", args=[slug]),
        Step.SELECT: reverse("review", args=[slug]),
        Step.GENERATE: reverse("model_list", args=[slug]) + "?purpose=generator",
        Step.REVIEW: reverse("review", args=[slug]),
        Step.MIX: reverse("model_list", args=[slug]) + "?purpose=arm",
        Step.EVALUATE: reverse("overview", args=[slug]) + "#decisions",
    }[step]
