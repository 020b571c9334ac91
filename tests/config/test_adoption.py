"""A published checkpoint becomes a project's generator, and a loop trains it on."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from apps.accounts.models import AuditEntry, User
from apps.loops.services import loop_generator_use, loop_get_or_create
from apps.projects.models import Project
from apps.training.learning import warm_start_for
from apps.training.models import Checkpoint, TrainingRun
from ml_engine.config import generator_config_from_json
from ml_engine.generators.training import load_generator, sample
from ml_engine.worker.packing import engine_path
from tests.factories import ProjectFactory
from tests.ml_engine.conversion.published import network, published, written

pytestmark = pytest.mark.django_db


@pytest.fixture
def colour_project() -> Project:
    return ProjectFactory(slug="toys", training_size=16, channels=3)


def adopt(path: Path, slug: str) -> str:
    told = io.StringIO()
    call_command("adopt", str(path), slug, stdout=told)
    return told.getvalue()


def test_it_draws_what_it_drew_elsewhere_and_is_what_the_loop_trains_on(
    colour_project: Project, manager: User, client: Client, tmp_path: Path
) -> None:
    theirs = network("t", 3)
    told = adopt(written(tmp_path / "net.pkl", published(theirs)), "toys")
    checkpoint = Checkpoint.objects.get(project=colour_project)
    run = checkpoint.training_run
    assert f"/projects/toys/models/{run.pk}/" in told

    ours = load_generator(engine_path(checkpoint.folder))
    classes = np.array([0, 1, 2])
    assert np.array_equal(sample(ours, 5, classes)[0], sample(theirs, 5, classes)[0])

    loop = loop_get_or_create(colour_project)
    loop_generator_use(loop=loop, training_run=run, actor=None)
    config = generator_config_from_json(run.config)
    assert loop_get_or_create(colour_project).generator == "stylegan3"
    assert warm_start_for(colour_project, config) == checkpoint
    assert AuditEntry.objects.filter(action="generator.adopt", project_slug="toys").exists()

    client.force_login(User.objects.create_superuser("root"))
    page = client.get(f"/projects/toys/models/{run.pk}/").content.decode()
    assert "Converted from net.pkl (SHA-256" in page


def test_images_that_are_not_the_projects_and_files_that_are_not_there_are_refused(
    project: Project, tmp_path: Path
) -> None:
    path = written(tmp_path / "net.pkl", published(network("t", 3)))
    with pytest.raises(CommandError, match="makes colour images of 16 pixels; the project trains"):
        adopt(path, project.slug)
    with pytest.raises(CommandError, match="There is no project 'nowhere'"):
        adopt(path, "nowhere")
    with pytest.raises(CommandError, match=r"none\.pkl"):
        adopt(tmp_path / "none.pkl", project.slug)
    assert not TrainingRun.objects.exists()
