"""Whole rounds without people, as reports are made of."""

from __future__ import annotations

from apps.accounts.models import User
from apps.loops.models import Round
from apps.loops.rounds import loop_advance
from apps.loops.services import loop_start
from apps.loops.simulation import oracle_answer, reference_train
from apps.projects.models import Project
from ml_engine.worker.tasks import run
from tests.loops.driving import drive, project_fill, quick_loop


def rounds_run(project: Project, manager: User, count: int, **settings: object) -> None:
    """Run rounds to their end; a simulated annotator answers, as `./manage.py loop run` does."""
    project_fill(project)
    loop = quick_loop(project, stop_after_round=count, **settings)
    reference = reference_train(loop=loop)
    loop_start(loop=loop, actor=manager)
    for number in range(1, count + 1):
        round_ = drive(loop, Round.Step.REVIEW)
        assert round_.number == number
        run(str(oracle_answer(round_=round_, reference=reference).pk))
        drive(loop, Round.Step.DONE)
    loop_advance(loop=loop)  # which stops it
