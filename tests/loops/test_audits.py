"""Which images of a batch the arms may try."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from apps.accounts.models import User
from apps.datasets.listing import entry_list
from apps.datasets.selection import Selection
from apps.generation.models import GenerationRun
from apps.loops.audits import batch_audit
from apps.loops.recipes import MixRow, candidates
from apps.projects.models import Project
from apps.review.batches.acceptance import acceptance_open
from tests.review.batches import batch_make, look

pytestmark = pytest.mark.django_db


def synthetic_rows(project: Project) -> Sequence[MixRow]:
    """What a version that was frozen now would let mixes draw."""
    names = [known.name for known in project.annotation_classes.order_by("position")]
    return candidates(names, entry_list(project, Selection())).synthetic


def opened(project: Project, most_looks: int | None = None, **sizes: int) -> GenerationRun:
    run = batch_make(project, **sizes)
    classes = {item.name: item.pk for item in project.annotation_classes.all()}
    acceptance_open(
        project=project,
        batch=run.pk,
        strata={classes[name]: size for name, size in sizes.items()},
        most_looks=most_looks,
    )
    return run


def test_of_a_certified_batch_the_unseen_may_be_tried_but_for_a_class_that_was_refused(
    project: Project, annotator: User
) -> None:
    run = opened(project, boot=90, coat=10)
    look(run, annotator, ["artefact"] * 3, of="coat")
    look(run, annotator, ["right"] * 12, of="boot")
    audit = batch_audit(generation_run=run)
    run.refresh_from_db()
    assert run.admitted
    assert audit["status"] == "certified"
    assert audit["excluded_classes"] == ["coat"]
    assert audit["verdicts"] == {"artefact": 3}
    assert audit["classes"]["coat"] == {"looked": 3, "refused": 3}
    tried = {row.position for row in synthetic_rows(project)}
    assert tried == {0}
    assert len(synthetic_rows(project)) == 90


def test_of_a_refused_batch_only_what_people_accepted_is_tried(
    project: Project, annotator: User
) -> None:
    run = opened(project, boot=50)
    look(run, annotator, ["right", "implausible", "implausible", "wrong_class"])
    assert batch_audit(generation_run=run)["status"] == "refused"
    run.refresh_from_db()
    assert not run.admitted
    assert len(synthetic_rows(project)) == 1


def test_of_a_batch_whose_looks_were_spent_only_what_people_accepted_is_tried(
    project: Project, annotator: User
) -> None:
    run = opened(project, most_looks=3, boot=50)
    look(run, annotator, ["right", "artefact", "right"])
    audit = batch_audit(generation_run=run)
    assert (audit["status"], audit["looks"], audit["defects"]) == ("undecided", 3, 1)
    assert len(synthetic_rows(project)) == 2


def test_a_batch_without_an_image_lets_nothing_in(project: Project) -> None:
    run = opened(project, boot=1)
    run.synthetic_images.all().delete()
    assert batch_audit(generation_run=run)["looks"] == 0
    run.refresh_from_db()
    assert not run.admitted
