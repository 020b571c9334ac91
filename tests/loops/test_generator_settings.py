"""The settings of the loop's generator: over the API, on the page, and in its rounds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from apps.accounts.models import AuditEntry, User
from apps.loops.forms import LoopForm
from apps.loops.models import Loop
from apps.loops.services import loop_get_or_create, round_begin
from apps.projects.models import Project
from apps.training.learning import warm_start_for
from apps.training.models import Checkpoint, TrainingRun
from ml_engine.config import FAMILIES, defaults_of, generator_config
from tests.factories import CheckpointFactory, ImageFactory


def url_of(project: Project) -> str:
    return f"/api/v1/projects/{project.slug}/loop/"


def page_of(project: Project) -> str:
    return f"/projects/{project.slug}/settings/"


def sent(loop: Loop, family: str, **settings: object) -> dict[str, Any]:
    """What a browser sends of the page when that family and these settings of it were chosen."""
    form = LoopForm(instance=loop)
    fields = {name: form[name].value() for name in form.fields if name != "generator_parameters"}
    fields |= {"generator": family, "ratios": "0, 1", "settings-family": family}
    values = {**defaults_of(FAMILIES[family]), **settings}
    fields |= {f"settings-{name}": value for name, value in values.items() if value is not False}
    return {name: value for name, value in fields.items() if not (value is None or value is False)}


def generator(project: Project, family: str = "conditional_gan", **settings: Any) -> TrainingRun:
    """A training run of a generator, with a checkpoint."""
    checkpoint = CheckpointFactory(project=project, kind="generator")
    run = checkpoint.training_run
    run.family, run.config = family, generator_config(family, settings).to_json()
    run.save()
    return run


def test_parameters_are_patched_and_kept_by_the_round(api: APIClient, project: Project) -> None:
    answer = api.patch(url_of(project), {"generator_parameters": {"latent_size": 8}}, format="json")
    assert answer.json()["generator_parameters"] == {"latent_size": 8}
    round_ = round_begin(loop=loop_get_or_create(project))
    round_.refresh_from_db()
    assert round_.settings["generator_parameters"] == {"latent_size": 8}


def test_another_family_begins_with_its_defaults(api: APIClient, project: Project) -> None:
    api.patch(url_of(project), {"generator_parameters": {"r1_gamma": 2.0}}, format="json")
    answer = api.patch(url_of(project), {"generator": "pca"}, format="json")
    assert answer.status_code == 200
    assert answer.json()["generator_parameters"] == {}


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"latent_size": 1}, "it must be at least 2"),
        ({"depth": 3}, "does not know depth"),
        ({"loss": "wasserstein"}, "has no bound"),
        ({"steps": 10}, "change its generator_steps"),
        ({"mirror": False}, "change its mirror"),
        ({"width": None}, "a whole number"),
        ({"width": {"a": [1]}}, "a whole number"),
        ("width", "dictionary"),
        (None, "null"),
    ],
)
def test_wrong_parameters_are_refused_in_the_engine_s_words(
    api: APIClient, project: Project, parameters: object, words: str
) -> None:
    answer = api.patch(url_of(project), {"generator_parameters": parameters}, format="json")
    assert answer.status_code == 400
    assert list(answer.json()["error"]["fields"]) == ["generator_parameters"]
    assert words in answer.json()["error"]["message"]


def test_the_page_saves_what_differs_from_the_defaults(pages: Client, project: Project) -> None:
    loop = loop_get_or_create(project)
    answer = pages.post(page_of(project), sent(loop, "conditional_gan", width=16))
    assert answer.status_code == 302, answer.context["form"].errors
    loop.refresh_from_db()
    assert loop.generator_parameters == {"width": 16}
    text = pages.get(page_of(project)).content.decode()
    assert 'name="settings-width" value="16"' in text
    assert 'name="settings-steps"' not in text


def test_what_is_wrong_stands_at_its_setting_and_nothing_is_saved(
    pages: Client, project: Project
) -> None:
    loop = loop_get_or_create(project)
    answer = pages.post(page_of(project), sent(loop, "conditional_gan", width=1, seed=9))
    assert answer.status_code == 422
    assert answer.context["generator"].errors["width"] == ["It is 1; it must be at least 4."]
    loop.refresh_from_db()
    assert (loop.generator_parameters, loop.seed) == ({}, 0)


def test_a_family_chosen_without_its_settings_begins_with_its_defaults(
    pages: Client, project: Project
) -> None:
    loop = loop_get_or_create(project)
    loop.generator_parameters = {"width": 16}
    loop.save()
    answer = pages.post(page_of(project), {**sent(loop, "conditional_gan"), "generator": "pca"})
    assert answer.status_code == 302
    loop.refresh_from_db()
    assert (loop.generator, loop.generator_parameters) == ("pca", {})


def test_a_family_without_steps_says_so(pages: Client, project: Project) -> None:
    fragment = f"{page_of(project)}generator/?generator="
    assert "takes no steps" in pages.get(f"{fragment}pca").content.decode()
    text = pages.get(f"{fragment}conditional_gan").content.decode()
    assert "takes no steps" not in text
    assert 'name="settings-latent_size"' in text


def test_a_trained_generator_is_used_in_the_loop_by_one_press(
    pages: Client, manager: User, project: Project
) -> None:
    run = generator(project, width=16, steps=70, mirror=False)
    answer = pages.post(f"/projects/{project.slug}/loop/generator/{run.pk}/")
    assert answer.status_code == 302
    loop = loop_get_or_create(project)
    assert loop.generator == "conditional_gan"
    assert loop.generator_parameters == {"width": 16}
    assert (loop.generator_steps, loop.mirror) == (70, True)
    entry = AuditEntry.objects.get(action="loop.update")
    assert (entry.actor, entry.detail["generator_parameters"]) == (manager, {"width": 16})


def test_a_classifier_cannot_be_the_loop_s_generator(pages: Client, project: Project) -> None:
    run = CheckpointFactory(project=project).training_run
    pages.post(f"/projects/{project.slug}/loop/generator/{run.pk}/")
    assert loop_get_or_create(project).generator == "conditional_gan"
    assert not AuditEntry.objects.filter(action="loop.update").exists()


@pytest.fixture
def uneven(project: Project) -> Project:
    """The same project, its images of a side that cannot be halved twice."""
    project.training_size = 30
    project.save()
    return project


TOO_UNEVEN = "DCGAN takes images whose sides are divisible by 4, from 16; the training size is 30."


def test_a_family_that_cannot_make_the_project_s_images_is_refused(
    api: APIClient, pages: Client, uneven: Project
) -> None:
    answer = api.patch(url_of(uneven), {"generator": "dcgan"}, format="json")
    assert answer.status_code == 400
    assert TOO_UNEVEN in answer.json()["error"]["fields"]["generator"][0]
    loop = loop_get_or_create(uneven)
    for family in ("dcgan", "pca"):  # with that family's settings, and without them
        page = pages.post(page_of(uneven), {**sent(loop, family), "generator": "dcgan"})
        assert page.status_code == 422
        assert TOO_UNEVEN in page.content.decode()
    loop.refresh_from_db()
    assert loop.generator == "conditional_gan"
    assert TOO_UNEVEN in pages.get(f"{page_of(uneven)}generator/?generator=dcgan").content.decode()
    assert api.patch(url_of(uneven), {"generator": "gan"}, format="json").status_code == 200


def test_a_loop_does_not_begin_a_round_whose_generator_cannot_be_trained(
    api: APIClient, uneven: Project
) -> None:
    ImageFactory(project=uneven, split="pool")
    assert api.patch(url_of(uneven), {"seed": 3}, format="json").status_code == 200
    answer = api.post(f"{url_of(uneven)}start/")
    assert answer.status_code == 409
    assert "Conditional GAN takes images whose sides" in answer.json()["error"]["message"]
    api.patch(url_of(uneven), {"generator": "pca"}, format="json")
    assert api.post(f"{url_of(uneven)}start/").status_code == 200


def test_a_pipeline_in_a_folder_that_is_not_opened_is_refused(
    api: APIClient, pages: Client, project: Project, settings: Any, tmp_path: Path
) -> None:
    settings.PIPELINE_FOLDERS = [tmp_path]
    values = {"generator": "diffusers_lora", "generator_parameters": {"pipeline": "/etc/sd"}}
    answer = api.patch(url_of(project), values, format="json")
    assert answer.status_code == 400
    (words,) = answer.json()["error"]["fields"]["generator_parameters"]
    assert f"Pipelines are read below {tmp_path} only" in words
    loop = loop_get_or_create(project)
    page = pages.post(page_of(project), sent(loop, "diffusers_lora", pipeline="/etc/sd"))
    assert page.context["generator"].errors["pipeline"] == [words]
    values["generator_parameters"] = {"pipeline": f"{tmp_path}/sd"}
    assert api.patch(url_of(project), values, format="json").status_code == 200


def test_a_round_begins_from_the_newest_generator_with_the_same_network(project: Project) -> None:
    def begun_from(**settings: Any) -> Checkpoint | None:
        return warm_start_for(project, generator_config("conditional_gan", settings))

    assert begun_from() is None
    same = generator(project, steps=10, learning_rate=0.001)
    other = generator(project, width=16)
    generator(project, "pca")
    assert begun_from(steps=99) == same.checkpoint
    assert begun_from(width=16) == other.checkpoint
    assert begun_from(width=12) is None
