"""Jobs: claimed once, fenced, reaped, and logged without gaps."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from apps.accounts.errors import Conflict
from apps.accounts.models import AuditEntry, User
from apps.jobs import reaper, services
from apps.jobs.models import Job, JobEvent
from apps.projects.models import Project
from tests.factories import ProjectFactory


def enqueue(project: Project, key: str = "") -> Job:
    return services.job_enqueue(project=project, kind="test", title="A test", payload={}, key=key)


@pytest.mark.django_db
def test_enqueuing_twice_with_one_key_makes_one_job(project: Project) -> None:
    assert enqueue(project, "round:1:train") == enqueue(project, "round:1:train")


@pytest.mark.django_db
def test_a_doubled_message_finds_the_job_claimed(project: Project) -> None:
    job = enqueue(project)
    assert services.job_claim(job_id=job.pk, worker="a")
    assert services.job_claim(job_id=job.pk, worker="b") is None


@pytest.mark.django_db
def test_a_zombies_writes_are_refused(project: Project) -> None:
    job = enqueue(project)
    zombie = services.job_claim(job_id=job.pk, worker="zombie")
    Job.objects.filter(pk=job.pk).update(heartbeat_at=timezone.now() - timedelta(seconds=31))
    assert reaper.jobs_reap() == 1
    heir = services.job_claim(job_id=job.pk, worker="heir")
    assert zombie
    assert heir
    with pytest.raises(services.Fenced):
        services.job_heartbeat(claim=zombie)
    with pytest.raises(services.Fenced):
        services.job_succeed(claim=zombie, result={"by": "zombie"})
    services.job_succeed(claim=heir, result={"by": "heir"})
    assert Job.objects.get(pk=job.pk).result == {"by": "heir"}


@pytest.mark.django_db
def test_a_running_job_learns_that_it_should_stop(project: Project) -> None:
    job = enqueue(project)
    claim = services.job_claim(job_id=job.pk, worker="w")
    assert claim
    assert services.job_heartbeat(claim=claim) is False
    services.job_cancel(job=job, actor=None)
    assert services.job_heartbeat(claim=claim) is True
    services.job_stop(claim=claim)
    with pytest.raises(Conflict):
        services.job_cancel(job=job, actor=None)


@pytest.mark.django_db
def test_who_cancelled_and_who_tried_again_is_written_down(project: Project, manager: User) -> None:
    job = enqueue(project)
    services.job_cancel(job=job, actor=manager)
    services.job_retry(job=job, actor=manager)
    written = AuditEntry.objects.filter(project_slug=project.slug).order_by("pk")
    assert [(entry.actor, entry.action) for entry in written] == [
        (manager, "job.cancel"),
        (manager, "job.retry"),
    ]


@pytest.mark.django_db
def test_a_failed_job_can_be_tried_again(project: Project) -> None:
    job = enqueue(project)
    claim = services.job_claim(job_id=job.pk, worker="w")
    assert claim
    services.job_fail(claim=claim, error="The disk is full.", traceback="")
    job.refresh_from_db()
    services.job_retry(job=job, actor=None)
    assert services.job_claim(job_id=job.pk, worker="w") == services.Claim(job.pk, 2)


@pytest.mark.django_db(transaction=True)
def test_event_numbers_have_no_gaps_and_follow_the_commits() -> None:
    """Eight writers at once; a reader that polls never sees a number before its predecessor."""
    project = ProjectFactory()
    seen: list[int] = []
    writing = threading.Event()

    def write() -> None:
        for _ in range(25):
            services.event_publish(project_id=project.pk, kind="test", payload={})
        connection.close()

    def read() -> None:
        last = 0
        while True:
            over = writing.is_set()
            for seq in (
                JobEvent.objects.filter(project=project, seq__gt=last)
                .order_by("seq")
                .values_list("seq", flat=True)
            ):
                seen.append(seq)
                last = seq
            if over:
                break
        connection.close()

    reader = threading.Thread(target=read)
    writers = [threading.Thread(target=write) for _ in range(8)]
    reader.start()
    for thread in writers:
        thread.start()
    for thread in writers:
        thread.join()
    writing.set()
    reader.join()
    assert seen == list(range(1, 201))
