"""Starting, setting and rolling back a loop."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from apps.accounts.errors import Conflict
from apps.accounts.models import AuditEntry, User
from apps.loops.mixes import mix_rows
from apps.loops.models import Decision, Loop, Mix, MixImage, Round
from apps.loops.services import (
    loop_get_or_create,
    loop_rollback,
    loop_start,
    loop_update,
    round_begin,
    seed_of,
)
from apps.projects.models import Project
from tests.factories import ImageFactory

pytestmark = pytest.mark.django_db


def annotated(project: Project, split: str, *names: str) -> None:
    for name in names:
        ImageFactory(
            project=project,
            split=split,
            status="accepted",
            annotation_class=project.annotation_classes.get(name=name),
        )


def test_a_loop_without_annotated_images_says_what_is_missing(
    project: Project, manager: User
) -> None:
    loop = loop_get_or_create(project)
    with pytest.raises(Conflict, match="at least two classes in the split train"):
        loop_start(loop=loop, actor=manager)
    annotated(project, "train", "boot", "coat")
    with pytest.raises(Conflict, match="upload some with split=select"):
        loop_start(loop=loop, actor=manager)
    annotated(project, "select", "boot")
    loop_start(loop=loop, actor=manager)
    assert Loop.objects.get(pk=loop.pk).status == Loop.Status.RUNNING
    with pytest.raises(Conflict, match="running already"):
        loop_start(loop=loop, actor=manager)


def test_ratio_0_is_always_an_arm(project: Project, manager: User) -> None:
    loop = loop_update(
        loop=loop_get_or_create(project), values={"ratios": [2.0, 0.5]}, actor=manager
    )
    assert loop.ratios == [0.0, 0.5, 2.0]
    assert AuditEntry.objects.get(action="loop.update").detail == {"ratios": [2.0, 0.5]}


def test_a_setting_out_of_bounds_is_refused_by_name(project: Project, manager: User) -> None:
    with pytest.raises(ValidationError) as refused:
        loop_update(loop=loop_get_or_create(project), values={"random_share": 1.5}, actor=manager)
    assert list(refused.value.message_dict) == ["random_share"]
    assert loop_get_or_create(project).random_share == 0.2


def test_a_round_keeps_the_settings_with_which_it_began(project: Project, manager: User) -> None:
    loop = loop_get_or_create(project)
    round_ = round_begin(loop=loop)
    loop_update(loop=loop, values={"annotate_quota": 99}, actor=manager)
    round_.refresh_from_db()
    assert round_.settings["annotate_quota"] == 60
    assert round_.seed == seed_of(loop.seed, "round", 1)


def test_rolling_back_puts_the_earlier_mix_in_use_and_is_written_down(
    project: Project, manager: User
) -> None:
    loop = loop_get_or_create(project)
    image = ImageFactory(
        project=project,
        annotation_class=project.annotation_classes.get(name="coat"),
        split="train",
        status="accepted",
    )
    mixes = []
    for number in (1, 2):
        round_ = Round.objects.create(
            project=project,
            number=number,
            seed=0,
            settings={},
            step="done",
            finished_at=timezone.now(),
        )
        mixes.append(
            Mix.objects.create(
                project=project, round=round_, ratio=0.5, most_synthetic_per_real=3, seed=0,
                real_count=20, synthetic_count=10, images_sha256="0" * 64,
            )
        )  # fmt: skip
    MixImage.objects.create(mix=mixes[0], image=image)
    Loop.objects.filter(pk=loop.pk).update(mix=mixes[1])

    loop_rollback(project=project, round_number=1, actor=manager)

    loop.refresh_from_db()
    assert loop.mix == mixes[0]
    assert [row.position for row in mix_rows(mixes[0])] == [1]
    decision = Decision.objects.get()
    assert decision.outcome == Decision.Outcome.ROLLED_BACK
    assert decision.actor == manager
    with pytest.raises(Conflict, match="is the one in use"):
        loop_rollback(project=project, round_number=1, actor=manager)
    with pytest.raises(Conflict, match="Round 9 has no mix"):
        loop_rollback(project=project, round_number=9, actor=manager)
