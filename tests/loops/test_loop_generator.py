"""Which generator the loop draws from, what it trains next, and which are trained alike."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.loops.loop_generator import loop_generator
from apps.loops.models import Round
from apps.loops.services import loop_generator_use, loop_get_or_create
from apps.projects.models import Project
from apps.training.models import Checkpoint, TrainingRun
from ml_engine.config import generator_config
from tests.factories import CheckpointFactory


def generator(project: Project, family: str, **settings: Any) -> Checkpoint:
    """A generator that was trained with these settings."""
    checkpoint = CheckpointFactory(project=project, kind="generator")
    run = checkpoint.training_run
    run.family, run.config = family, generator_config(family, settings).to_json()
    run.save()
    return checkpoint


def drawn_from(project: Project, number: int, checkpoint: Checkpoint | None) -> None:
    """A round that draws from that generator, or has not come so far."""
    done = {"step": "done", "finished_at": "2026-01-01T00:00:00Z"} if checkpoint else {}
    Round.objects.create(
        project=project, number=number, seed=0, settings={}, generator=checkpoint, **done
    )


def page_of(project: Project) -> str:
    return f"/projects/{project.slug}/generators/"


def use_of(run: TrainingRun) -> str:
    return f"/loop/generator/{run.pk}/"


def test_a_loop_that_never_ran_tells_what_its_first_round_trains(
    pages: Client, project: Project
) -> None:
    generator(project, "pca")
    told = loop_generator(project)
    assert (told.now, told.title, told.settings) == (None, "Conditional GAN", [])
    text = pages.get(page_of(project)).content.decode()
    assert "The loop has no generator yet." in text


def test_the_newest_round_that_has_a_generator_says_which_one_is_in_the_loop(
    pages: Client, project: Project
) -> None:
    older, newer = generator(project, "conditional_gan"), generator(project, "pca", latent_size=8)
    drawn_from(project, 1, older)
    drawn_from(project, 2, newer)
    drawn_from(project, 3, None)
    told = loop_generator(project)
    assert (told.now, told.round_number, told.goes_on) == (newer.training_run, 2, False)
    text = pages.get(page_of(project)).content.decode()
    assert text.count("badge-looped") == 1
    assert "The next round trains <strong>Conditional GAN</strong>" in text
    models = f"/projects/{project.slug}/models/"
    assert "badge-looped" in pages.get(f"{models}{newer.training_run_id}/").content.decode()
    assert "badge-looped" not in pages.get(f"{models}{older.training_run_id}/").content.decode()


def test_what_the_loop_trains_already_is_not_offered_to_it(
    pages: Client, manager: User, project: Project
) -> None:
    same = generator(project, "pca", latent_size=8, mirror=False).training_run
    other = generator(project, "pca", latent_size=16).training_run
    loop_generator_use(loop=loop_get_or_create(project), training_run=same, actor=manager)
    assert loop_generator(project).same == {same.pk}
    assert loop_generator(project).settings == ["latent size 8"]
    for page in (page_of(project), f"/projects/{project.slug}/models/{same.pk}/"):
        assert use_of(same) not in pages.get(page).content.decode()
    assert use_of(other) in pages.get(page_of(project)).content.decode()


def test_a_generator_that_went_on_from_another_is_alike_by_the_steps_of_later_rounds(
    manager: User, project: Project
) -> None:
    first = generator(project, "conditional_gan", steps=6000)
    later = generator(project, "conditional_gan", steps=1500).training_run
    later.warm_start = first
    later.save()
    drawn_from(project, 1, first)
    loop = loop_get_or_create(project)
    assert loop_generator(project).goes_on
    assert loop_generator(project).same == {first.training_run_id, later.pk}
    later.config["steps"] = 900
    later.save()
    loop_generator_use(loop=loop, training_run=later, actor=manager)
    assert (loop.generator_steps, loop.generator_refresh_steps) == (6000, 900)


@pytest.mark.parametrize("family", ["dreams", "conditional_gan"])
def test_settings_of_an_older_version_are_like_none(project: Project, family: str) -> None:
    run = generator(project, "conditional_gan").training_run
    run.config = {"family": family, "depth": 3}
    run.save()
    assert loop_generator(project).same == frozenset()
