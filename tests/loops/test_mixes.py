"""A mix is made again from a version's manifest and a recipe, whatever became of the rows."""

from __future__ import annotations

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.datasets.models import DatasetVersion
from apps.images.models import Image
from apps.loops.mixes import mix_check, mix_rows, training_rows, version_candidates
from apps.loops.models import Decision, Mix
from apps.loops.recipes import Recipe, mixed
from apps.projects.models import Project
from apps.training.services import rows_sha256
from tests.datasets.versions import frozen
from tests.factories import ImageFactory, ProjectFactory, SyntheticImageFactory
from tests.loops.test_views import finished_round

pytestmark = pytest.mark.django_db
RECIPE = Recipe(ratio=0.5, most_per_real=1.0, seed=11)


def fill(project: Project) -> None:
    """Real images of two classes in train and test, and a batch that was let in."""
    boot, coat = project.annotation_classes.order_by("position")[:2]
    for number in range(24):
        ImageFactory(
            project=project,
            split="train" if number % 4 else "test",
            status=Image.Status.ACCEPTED,
            annotation_class=[boot, coat][number % 2],
        )
    for number in range(20):
        SyntheticImageFactory(
            project=project,
            annotation_class=[boot, coat][number % 2],
            generation_run__admitted=True,
        )


@pytest.fixture
def mix(project: Project) -> Mix:
    """A mix as a round writes it."""
    fill(project)
    version, _ = frozen(project)
    rows = mixed(version_candidates(version), RECIPE)
    return Mix.objects.create(
        project=project, version=version, ratio=0.5, asked_ratio=RECIPE.ratio,
        most_synthetic_per_real=RECIPE.most_per_real, seed=RECIPE.seed,
        real_count=18, synthetic_count=len(rows) - 18,
        images_sha256="0" * 64, rows_sha256=rows_sha256(training_rows(rows)),
    )  # fmt: skip


def test_it_is_the_same_after_the_images_were_changed_moved_and_deleted(
    project: Project, mix: Mix
) -> None:
    before = mix_check(mix)
    assert (before.holds, before.image_count) == (True, 27)
    images = Image.objects.filter(project=project)
    images.filter(split="test").delete()
    images.update(annotation_class=project.annotation_classes.get(name="shirt"))
    images.filter(pk__in=images.filter(origin="real")[:5]).update(split="select")
    images.filter(origin="synthetic").delete()
    assert mix_check(mix) == before


def test_in_another_project_the_same_manifest_gives_the_same_mix(mix: Mix) -> None:
    assert mix.version is not None
    other = ProjectFactory()
    copy = DatasetVersion.objects.get(pk=mix.version.pk)
    copy.pk, copy.project = None, other
    copy.save()
    assert mixed(version_candidates(copy), RECIPE) == mixed(version_candidates(mix.version), RECIPE)


def test_what_was_set_apart_or_moved_since_is_not_trained_on(project: Project, mix: Mix) -> None:
    assert len(mix_rows(mix)) == 27
    first, second, third = Image.objects.filter(project=project, origin="real", split="train")[:3]
    Image.objects.filter(pk=first.pk).update(status=Image.Status.QUARANTINED)
    Image.objects.filter(pk=second.pk).update(split="test")
    third.delete()
    left = mix_rows(mix)
    assert len(left) == 24
    assert not {first.sha256, second.sha256, third.sha256} & {row.sha256 for row in left}
    assert mix_check(mix).holds, "the mix itself is what it was"


def test_another_recipe_does_not_hold(mix: Mix) -> None:
    Mix.objects.filter(pk=mix.pk).update(seed=12)
    check = mix_check(Mix.objects.get(pk=mix.pk))
    assert not check.holds
    assert "give another list of images" in check.reason


def test_a_changed_or_missing_manifest_is_told(project: Project, manager: User, mix: Mix) -> None:
    assert mix.version is not None
    key = mix.version.manifest_key
    with default_storage.open(key) as file:
        changed = file.read().replace(b'"boot","origin"', b'"coat","origin"', 1)
    client = APIClient()
    client.force_authenticate(manager)
    url = f"/api/v1/projects/{project.slug}/mixes/{mix.pk}/check/"
    assert client.get(url).json()["holds"]
    default_storage.delete(key)
    assert "is missing from storage" in client.get(url).json()["reason"]
    default_storage.save(key, ContentFile(changed))
    assert "was changed" in client.get(url).json()["reason"]


def test_a_mix_older_than_versions_says_that_it_cannot_be_made_again(
    project: Project, manager: User, mix: Mix
) -> None:
    Mix.objects.update(version=None)
    client = APIClient()
    client.force_authenticate(manager)
    answer = client.get(f"/api/v1/projects/{project.slug}/mixes/{mix.pk}/check/")
    assert answer.status_code == 409
    assert "older than versions" in answer.json()["error"]["message"]


def test_the_overview_says_what_a_mix_was_made_from_and_checks_it(
    client: Client, project: Project, manager: User, mix: Mix
) -> None:
    client.force_login(manager)
    round_ = finished_round(project, ratio=0.5, outcome="accepted", reason="It helped.")
    Decision.objects.filter(round=round_).update(mix=mix)
    assert "Made from" in client.get(f"/projects/{project.slug}/").content.decode()
    url = f"/projects/{project.slug}/loop/mixes/{mix.pk}/check/"
    assert "the mix is the same: 27 images" in client.post(url, follow=True).content.decode()
    Mix.objects.filter(pk=mix.pk).update(seed=12)
    assert "give another list of images" in client.post(url, follow=True).content.decode()
