"""Training a generator because somebody asks for it: the page and the API."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from apps.accounts.models import AuditEntry, User
from apps.projects.models import Project
from apps.training.forms import GeneratorForm
from apps.training.models import TrainingRun
from ml_engine.config import FAMILIES, defaults_of
from tests.factories import CheckpointFactory, ImageFactory


@pytest.fixture
def annotated(project: Project) -> Project:
    """A project with one image to learn from."""
    boot = project.annotation_classes.get(name="boot")
    ImageFactory(project=project, split="train", status="accepted", annotation_class=boot)
    return project


def page_of(project: Project, family: str) -> str:
    return f"/projects/{project.slug}/generators/new/?family={family}"


def sent(family: str, **settings: object) -> dict[str, object]:
    """What a browser sends of a form that nobody has touched, but for these settings."""
    values = {
        name: value
        for name, value in {**defaults_of(FAMILIES[family]), **settings}.items()
        if value is not False
    }
    named = {f"settings-{name}": value for name, value in values.items()}
    return {"settings-family": family, "seed": 3, **named}


def test_a_manager_trains_any_family_from_the_page(pages: Client, annotated: Project) -> None:
    classifier = CheckpointFactory(project=annotated)
    answer = pages.post(page_of(annotated, "conditional_gan"), sent("conditional_gan", steps=40))
    run = TrainingRun.objects.get(project=annotated, purpose="generator")
    assert answer.headers["Location"] == f"/projects/{annotated.slug}/models/{run.pk}/"
    assert (run.family, run.config["steps"], run.seed) == ("conditional_gan", 40, 3)
    assert run.manifest["count"] == 1
    assert run.job.payload["judge"] == classifier.pk
    assert AuditEntry.objects.get(action="generator.train").detail["training_run"] == run.pk


def test_the_same_asked_twice_trains_once(pages: Client, annotated: Project) -> None:
    for _ in range(2):
        pages.post(page_of(annotated, "pca"), sent("pca"))
    assert TrainingRun.objects.filter(project=annotated).count() == 1
    pages.post(page_of(annotated, "pca"), sent("pca", latent_size=8))
    assert TrainingRun.objects.filter(project=annotated).count() == 2


@pytest.mark.parametrize("family", FAMILIES)
def test_each_setting_is_shown_with_its_meaning_range_and_default(
    pages: Client, annotated: Project, settings: Any, tmp_path: Path, family: str
) -> None:
    settings.PIPELINE_FOLDERS = [tmp_path]
    annotated.training_size = 32  # every family takes it
    annotated.save()
    text = pages.get(page_of(annotated, family)).content.decode()
    form = GeneratorForm(family, annotated)
    for name in defaults_of(FAMILIES[family]):
        assert f'name="settings-{name}"' in text
        assert "efault" in form.fields[name].help_text
    assert (
        "At least 0 and below 1; default 0"
        in GeneratorForm("gan", annotated).fields["beta1"].help_text
    )


def test_a_wrong_setting_is_marked_where_it_stands_and_nothing_is_begun(
    pages: Client, annotated: Project
) -> None:
    answer = pages.post(
        page_of(annotated, "conditional_gan"),
        sent("conditional_gan", latent_size=1, learning_rate="fast"),
    )
    assert answer.status_code == 422
    errors = answer.context["form"].errors
    assert errors["latent_size"] == ["It is 1; it must be at least 2 and at most 4096."]
    assert list(errors) == ["learning_rate", "latent_size"]
    assert not TrainingRun.objects.exists()


def test_settings_that_contradict_each_other_are_marked_in_the_engine_s_words(
    pages: Client, annotated: Project
) -> None:
    answer = pages.post(
        page_of(annotated, "conditional_gan"), sent("conditional_gan", loss="wasserstein")
    )
    assert answer.status_code == 422
    (words,) = answer.context["form"].errors["loss"]
    assert "has no bound" in words


def test_a_preset_fills_the_form(pages: Client, annotated: Project) -> None:
    family = next(family for family, config in FAMILIES.items() if config.presets)
    name, values = next(iter(FAMILIES[family].presets.items()))
    form = pages.get(f"{page_of(annotated, family)}&preset={name}").context["form"]
    for setting, value in values.items():
        assert form[setting].initial == value


def test_nothing_to_learn_from_is_said(pages: Client, api: APIClient, project: Project) -> None:
    answer = pages.post(page_of(project, "pca"), sent("pca"))
    assert answer.status_code == 422
    assert "There is nothing to learn from" in answer.content.decode()
    url = f"/api/v1/projects/{project.slug}/generators/"
    assert api.post(url, {"family": "pca"}, format="json").status_code == 409


def test_a_generator_is_trained_over_the_api_once(api: APIClient, annotated: Project) -> None:
    url = f"/api/v1/projects/{annotated.slug}/generators/"
    order = {"family": "pca", "parameters": {"latent_size": 8}, "seed": 5}
    first, again = (api.post(url, order, format="json") for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    assert first.json()["config"]["latent_size"] == 8


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"latent_size": 1}, "it must be at least 2"),
        ({"latent_size": 10**400}, "it must be at least 2"),
        ({"latent_size": "8"}, "a whole number"),
        ({"depth": 3}, "does not know depth"),
        ({"\ud800": 3}, "does not know"),
        ([1], "dictionary"),
    ],
)
def test_a_wrong_order_is_refused_in_words(
    api: APIClient, annotated: Project, parameters: object, words: str
) -> None:
    url = f"/api/v1/projects/{annotated.slug}/generators/"
    order = json.dumps({"family": "pca", "parameters": parameters})
    answer = api.post(url, order, content_type="application/json")
    assert answer.status_code == 400
    assert list(answer.json()["error"]["fields"]) == ["parameters"]
    assert words in answer.json()["error"]["message"]


@pytest.fixture
def uneven(annotated: Project) -> Project:
    """The same project, its images of a side that cannot be halved twice."""
    annotated.training_size = 30
    annotated.save()
    return annotated


TOO_UNEVEN = "takes images whose sides are divisible by 4, from 16; the training size is 30."


def test_a_family_that_cannot_make_the_project_s_images_says_so_before_it_is_asked_for(
    pages: Client, api: APIClient, uneven: Project
) -> None:
    assert f"DCGAN {TOO_UNEVEN}" in pages.get(page_of(uneven, "pca")).content.decode()
    answer = pages.post(page_of(uneven, "dcgan"), sent("dcgan"))
    assert answer.status_code == 422
    (words,) = answer.context["form"].non_field_errors()
    assert f"DCGAN {TOO_UNEVEN}" in words
    refused = api.post(
        f"/api/v1/projects/{uneven.slug}/generators/", {"family": "dcgan"}, format="json"
    )
    assert refused.status_code == 400
    assert f"DCGAN {TOO_UNEVEN}" in refused.json()["error"]["fields"]["family"][0]
    assert not TrainingRun.objects.exists()
    assert pages.post(page_of(uneven, "gan"), sent("gan")).status_code == 302


def test_a_pipeline_in_a_folder_that_is_not_opened_is_refused_before_it_is_asked_for(
    pages: Client, api: APIClient, annotated: Project, settings: Any, tmp_path: Path
) -> None:
    url = f"/api/v1/projects/{annotated.slug}/generators/"
    order = {"family": "diffusers_lora", "parameters": {"pipeline": f"{tmp_path}/../sd"}}
    for opened, said in (
        ([], "No folder of this server"),
        ([tmp_path], f"Pipelines are read below {tmp_path} only"),
    ):
        settings.PIPELINE_FOLDERS = opened
        answer = pages.post(
            page_of(annotated, "diffusers_lora"), sent("diffusers_lora", pipeline="/etc/sd")
        )
        assert answer.status_code == 422
        assert said in answer.context["form"].errors["pipeline"][0]
        refused = api.post(url, order, format="json")
        assert refused.status_code == 400
        assert said in refused.json()["error"]["message"]
    order["parameters"] = {"pipeline": f"{tmp_path}/sd"}
    assert api.post(url, order, format="json").status_code == 201


def test_a_warm_up_that_is_the_whole_training_is_refused_before_it_is_asked_for(
    pages: Client, api: APIClient, annotated: Project
) -> None:
    values = {"steps": 40, "warm_up_steps": 40}
    answer = pages.post(page_of(annotated, "wgan_gp"), sent("wgan_gp", **values))
    assert answer.status_code == 422
    assert "less than steps, which is 40" in answer.context["form"].errors["warm_up_steps"][0]
    url = f"/api/v1/projects/{annotated.slug}/generators/"
    refused = api.post(url, {"family": "wgan_gp", "parameters": values}, format="json")
    assert refused.status_code == 400
    assert "less than steps, which is 40" in refused.json()["error"]["message"]
    assert not TrainingRun.objects.exists()


def test_the_api_lists_every_family_with_all_that_can_be_set(
    api: APIClient, uneven: Project
) -> None:
    answer = api.get(f"/api/v1/projects/{uneven.slug}/generators/families/")
    families = {one["family"]: one for one in answer.json()["results"]}
    assert list(families) == list(FAMILIES)
    gan = families["gan"]
    assert (gan["title"], gan["refusal"]) == ("GAN", "")
    assert gan["presets"]["original"]["loss"] == "minimax"
    told = {setting["name"]: setting for setting in gan["settings"]}
    assert {name: setting["default"] for name, setting in told.items()} == defaults_of(
        FAMILIES["gan"]
    )
    assert told["beta1"] == {
        "name": "beta1", "meaning": "Adam's memory of the gradient.", "part": "Discriminator",
        "type": "number", "default": 0.0, "choices": [], "at_least": 0.0, "at_most": None,
        "above": None, "below": 1.0,
    }  # fmt: skip
    assert (told["loss"]["type"], told["mirror"]["type"]) == ("text", "boolean")
    assert "hinge" in told["loss"]["choices"]
    assert TOO_UNEVEN in families["dcgan"]["refusal"]


def test_only_managers_train_generators(client: Client, annotator: User, project: Project) -> None:
    client.force_login(annotator)
    assert client.get(page_of(project, "pca")).status_code == 403
    assert client.post(page_of(project, "pca"), sent("pca")).status_code == 403
