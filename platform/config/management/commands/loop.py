"""`loop run SLUG --rounds N --annotator oracle`: the method, measured without people."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts.errors import Conflict
from apps.jobs.models import Job
from apps.loops.models import Loop, Round
from apps.loops.services import loop_get_or_create, loop_start, loop_update
from apps.loops.simulation import oracle_answer, reference_train
from apps.projects.models import Project
from apps.training.models import TrainingRun
from config.processes import worker_processes
from config.report import report_write, table

LOOK_EVERY = 0.5
"""Seconds."""
HEAD = (
    "round", "annotated", "synthetic", "ratio", "real only (95%)", "mixed (95%)",
    "macro-F1 real", "macro-F1 mixed", "coverage", "decision",
)  # fmt: skip


class Command(BaseCommand):
    help = "Run rounds of a project's loop with a simulated annotator, and print their figures."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        run = actions.add_parser("run", help="run rounds to their end")
        run.add_argument("slug", help="the project")
        run.add_argument("--rounds", type=int, required=True, help="how many")
        run.add_argument(
            "--annotator",
            choices=["oracle"],
            required=True,
            help="oracle: answers real images from held-back classes and synthetic ones by a"
            " reference model trained on all of these",
        )
        run.add_argument("--seed", type=int, help="the loop's seed (default: as it is set)")
        run.add_argument("--json", type=Path, help="write the figures to this file too")

    def handle(self, *args: Any, **options: Any) -> None:
        project = Project.objects.filter(slug=options["slug"]).first()
        if project is None:
            raise CommandError(
                f"There is no project {options['slug']!r}. ./manage.py demo makes one."
            )
        if options["rounds"] < 1:
            raise CommandError(f"--rounds is {options['rounds']}; it must be at least 1.")
        with worker_processes(settings.ASSAY_HOME, self.stderr.write):
            try:
                rounds = self._run(project, options["rounds"], options["seed"])
            except (Conflict, ValueError) as error:
                raise CommandError(str(error)) from None
        self.stdout.write(table(HEAD, [_row(round_) for round_ in rounds]))
        self.stdout.write("Accuracies and macro-F1 on select; the decision's interval on test.")
        for round_ in rounds:
            self.stdout.write(f"Round {round_.number}: {round_.summary['decision']['reason']}")
        if options["json"]:
            report_write(
                options["json"],
                _figures(rounds),
                rounds=[{"round": round_.number, **round_.summary} for round_ in rounds],
            )

    def _run(self, project: Project, count: int, seed: int | None) -> list[Round]:
        loop = loop_get_or_create(project)
        last = Round.objects.filter(project=project).order_by("-number").first()
        first = 1 if last is None else last.number + (last.finished_at is not None)
        changes: dict[str, Any] = {"stop_after_round": first + count - 1}
        if seed is not None:
            changes["seed"] = seed
        loop_update(loop=loop, values=changes, actor=None)
        reference = reference_train(loop=loop)
        if loop.status != Loop.Status.RUNNING:
            loop_start(loop=loop, actor=None)
        self._wait_for(reference)
        rounds = []
        for number in range(first, first + count):
            rounds.append(self._round(reference, loop, number))
            self.stderr.write(f"round {number} is done")
        return rounds

    def _wait_for(self, reference: TrainingRun) -> None:
        while True:
            job = Job.objects.get(training_runs=reference)
            if job.status == Job.Status.SUCCEEDED:
                reference.refresh_from_db()
                return
            if job.is_finished:
                raise CommandError(f"The reference model was not trained: {job.error}")
            time.sleep(LOOK_EVERY)

    def _round(self, reference: TrainingRun, loop: Loop, number: int) -> Round:
        """Answer what the round asks until it is done."""
        while True:
            round_ = Round.objects.filter(project=loop.project, number=number).first()
            if round_ and round_.finished_at:
                return round_
            loop.refresh_from_db()
            if loop.status != Loop.Status.RUNNING:
                raise CommandError(f"The loop was paused in round {number}: {loop.status_reason}")
            if round_ and round_.step == Round.Step.REVIEW:
                answering = oracle_answer(round_=round_, reference=reference)
                if answering.status in Job.ENDED_BADLY:
                    raise CommandError(
                        f"The simulated annotator broke in round {number}: {answering.error}"
                    )
            time.sleep(LOOK_EVERY)


def _row(round_: Round) -> tuple[str, ...]:
    summary = round_.summary
    coverage = summary["coverage"]
    return (
        str(round_.number),
        str(summary["annotated"]),
        str(summary["synthetic_accepted"]),
        f"{summary['ratio']:.2f}",
        _interval(summary["real_only"]["accuracy"]),
        _interval(summary["mixed"]["accuracy"]),
        f"{summary['real_only']['macro_f1']['value']:.3f}",
        f"{summary['mixed']['macro_f1']['value']:.3f}",
        f"{coverage['value']:.2f}" if coverage else "-",
        summary["decision"]["outcome"],
    )


def _interval(figure: dict[str, float]) -> str:
    return f"{figure['value']:.1%} ({figure['low']:.1%} to {figure['high']:.1%})"


def _figures(rounds: list[Round]) -> dict[str, float]:
    figures: dict[str, float] = {}
    for round_ in rounds:
        summary, number = round_.summary, round_.number
        figures[f"annotated.{number}"] = summary["annotated"]
        figures[f"synthetic_accepted.{number}"] = summary["synthetic_accepted"]
        figures[f"ratio.{number}"] = summary["ratio"]
        for side in ("real_only", "mixed"):
            for name in ("accuracy", "macro_f1"):
                for part, value in summary[side][name].items():
                    end = "" if part == "value" else f"_{part}"
                    figures[f"{side}_{name}{end}.{number}"] = value
        if summary["coverage"]:
            figures[f"coverage.{number}"] = summary["coverage"]["value"]
    return figures
