"""What people said of earlier batches reaches the next one."""

from __future__ import annotations

import pytest

from apps.accounts.models import User
from apps.generation.feedback import Feedback, feedback_of
from apps.loops.audits import batch_audit
from apps.projects.models import Project
from tests.review.batches import batch_make, look

pytestmark = pytest.mark.django_db


def test_before_anybody_looked_there_is_nothing_to_learn(project: Project) -> None:
    batch_make(project, boot=3)
    assert feedback_of(project) == Feedback()


def test_every_judged_image_is_told_with_its_class_and_the_last_batch_with_its_reasons(
    project: Project, annotator: User
) -> None:
    first, second = batch_make(project, boot=3), batch_make(project, coat=3)
    look(first, annotator, ["right", "artefact"])
    look(second, annotator, ["implausible"], reasons=["folded"])
    for run in (first, second):
        batch_audit(generation_run=run)
    feedback = feedback_of(project)
    assert sorted((position, is_right) for _, position, is_right in feedback.judged) == [
        (0, False),
        (0, True),
        (1, False),
    ]
    assert feedback.refusals == {
        "batch": second.pk,
        "looked": 1,
        "refused": 1,
        "verdicts": {"implausible": 1},
        "reasons": {"folded": 1},
        "classes": {"coat": {"looked": 1, "refused": 1}},
    }
