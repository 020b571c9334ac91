"""A random draw of a batch, judged by people, speaks for the rest of it."""

from __future__ import annotations

import pytest

from apps.accounts.models import User
from apps.generation.models import GenerationRun
from apps.loops.audits import batch_audit, wilson_low
from apps.projects.models import Project
from tests.factories import (
    GenerationRunFactory,
    ReviewFactory,
    ReviewTaskFactory,
    SyntheticImageFactory,
)


@pytest.mark.parametrize(
    ("right", "looked", "low"), [(0, 0, 0.0), (0, 10, 0.0), (8, 10, 0.4902), (10, 10, 0.7225)]
)
def test_the_lower_bound_is_wilsons(right: int, looked: int, low: float) -> None:
    assert wilson_low(right, looked) == pytest.approx(low, abs=1e-4)


def judged(project: Project, user: User, **verdicts: list[str]) -> GenerationRun:
    """A batch whose images of each class got these verdicts."""
    run = GenerationRunFactory(project=project)
    for name, given in verdicts.items():
        annotation_class = project.annotation_classes.get(name=name)
        for verdict in given:
            lineage = SyntheticImageFactory(
                project=project, generation_run=run, annotation_class=annotation_class
            )
            task = ReviewTaskFactory(project=project, image=lineage.image, kind="validate")
            ReviewFactory(task=task, user=user, verdict=verdict)
    return run


@pytest.mark.django_db
def test_a_good_batch_is_let_in_but_for_a_class_that_is_mostly_wrong(
    project: Project, manager: User
) -> None:
    run = judged(project, manager, boot=["right"] * 9, coat=["artefact", "wrong_class"])
    audit = batch_audit(generation_run=run, least_right_share=0.4)
    run.refresh_from_db()
    assert run.admitted
    assert audit["excluded_classes"] == ["coat"]
    assert audit["verdicts"] == {"artefact": 1, "right": 9, "wrong_class": 1}


@pytest.mark.django_db
def test_a_poor_or_unseen_batch_is_kept_out(project: Project, manager: User) -> None:
    poor = judged(project, manager, boot=["right"] * 5 + ["implausible"] * 5)
    unseen = judged(project, manager)
    for run in (poor, unseen):
        batch_audit(generation_run=run, least_right_share=0.4)
        run.refresh_from_db()
        assert not run.admitted
