"""What a training keeps while it runs."""

from __future__ import annotations

import pytest
from django.test import Client

from apps.jobs.models import JobEvent
from apps.projects.models import Project
from apps.training.services import notice_record, sample_sheet_store
from tests.factories import CheckpointFactory

pytestmark = pytest.mark.django_db


def test_an_alarm_is_kept_once_and_told_at_once(project: Project) -> None:
    run = CheckpointFactory(project=project, kind="generator").training_run
    for _ in range(2):  # a resumed training comes to the step again
        notice_record(training_run=run, kind="alarm", step=30, message="It collapsed.")
    notice_record(training_run=run, kind="warning", step=0, message="No image of boot.")
    run.refresh_from_db()
    assert [notice["kind"] for notice in run.notices] == ["alarm", "warning"]
    told = JobEvent.objects.filter(project=project).values_list("kind", "payload__message")
    assert list(told) == [
        ("training.alarm", "It collapsed."),
        ("training.warning", "No image of boot."),
    ]


def test_every_sheet_is_kept_and_served_by_its_step(pages: Client, project: Project) -> None:
    run = CheckpointFactory(project=project, kind="generator").training_run
    for step, png in ((10, b"early"), (20, b"cut short"), (20, b"late")):
        sample_sheet_store(training_run=run, png=png, step=step)
    url = f"/projects/{project.slug}/models/{run.pk}/samples/"
    assert [pages.get(f"{url}{query}").content for query in ("?step=10", "?step=20", "")] == [
        b"early",
        b"late",
        b"late",
    ]
    for wrong in ("30", "x", "-1"):
        assert pages.get(f"{url}?step={wrong}").status_code == 404
