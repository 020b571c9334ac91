"""Jobs that were left lying are taken up again."""

from __future__ import annotations

import socket
import subprocess
import sys
from datetime import timedelta

import pytest
from django.utils import timezone

from apps.jobs import reaper, services
from apps.jobs.models import Job
from apps.projects.models import Project
from tests.factories import JobFactory
from tests.jobs.test_services import enqueue


@pytest.mark.django_db
def test_a_job_that_kills_its_workers_fails_with_a_sentence(project: Project) -> None:
    job = enqueue(project)
    for _ in range(3):
        services.job_claim(job_id=job.pk, worker="w")
        Job.objects.filter(pk=job.pk).update(heartbeat_at=timezone.now() - timedelta(seconds=31))
        reaper.jobs_reap()
    job.refresh_from_db()
    assert job.status == Job.Status.FAILED
    assert "fell silent 3 times" in job.error


@pytest.mark.django_db
def test_a_job_whose_process_is_gone_is_taken_up_at_once(project: Project) -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    job = enqueue(project)
    services.job_claim(job_id=job.pk, worker=f"{socket.gethostname()}:{process.pid}")
    assert reaper.jobs_reap() == 1
    assert Job.objects.get(pk=job.pk).status == Job.Status.QUEUED


@pytest.mark.django_db
def test_a_job_of_another_host_is_left_in_peace_while_it_beats(project: Project) -> None:
    job = enqueue(project)
    services.job_claim(job_id=job.pk, worker="another-host:1")
    assert reaper.jobs_reap() == 0


@pytest.mark.django_db
def test_a_lost_ring_is_rung_again(project: Project) -> None:
    job = JobFactory(project=project, rung_at=timezone.now() - timedelta(seconds=31))
    reaper.jobs_reap()
    rung_at = Job.objects.get(pk=job.pk).rung_at
    assert rung_at
    assert timezone.now() - rung_at < timedelta(seconds=5)
