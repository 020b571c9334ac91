"""Jobs over REST and on their pages: everybody in the project looks, managers act."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.jobs import services
from apps.jobs.models import Job, Worker
from apps.jobs.selectors import queues_without_worker, workers_alive
from apps.projects.models import Project
from tests.factories import JobFactory

pytestmark = pytest.mark.django_db


def test_a_job_is_cancelled_and_retried(api: APIClient, project: Project) -> None:
    job = services.job_enqueue(project=project, kind="test", title="A test", payload={})
    address = f"/api/v1/jobs/{job.pk}/"
    assert api.get(address).json()["status"] == "queued"
    assert api.post(f"{address}cancel/").json()["status"] == "cancelled"
    again = api.post(f"{address}cancel/")
    assert again.status_code == 409
    assert again.json()["error"] == {
        "code": "conflict",
        "message": "This job has ended already: it is cancelled.",
        "fields": {},
    }
    assert api.post(f"{address}retry/").json()["status"] == "queued"
    assert api.post(f"{address}retry/").status_code == 409


def test_a_running_job_is_asked_to_stop(api: APIClient, project: Project) -> None:
    job = JobFactory(project=project)
    services.job_claim(job_id=job.pk, worker="w")
    answer = api.post(f"/api/v1/jobs/{job.pk}/cancel/").json()
    assert (answer["status"], answer["cancel_requested"]) == ("running", True)


def test_who_asked_for_a_job_may_stop_it(api: APIClient, project: Project, annotator: User) -> None:
    theirs = JobFactory(project=project, created_by=annotator, traceback="Traceback …")
    other = JobFactory(project=project)
    members, page = APIClient(), Client()
    members.force_authenticate(annotator)
    page.force_login(annotator)
    assert members.post(f"/api/v1/jobs/{other.pk}/cancel/").status_code == 403
    assert (
        "Cancel</button>"
        not in page.get(f"/projects/{project.slug}/jobs/{other.pk}/").content.decode()
    )
    address = f"/projects/{project.slug}/jobs/{theirs.pk}/"
    assert "Cancel</button>" in page.get(address).content.decode()
    answer = members.post(f"/api/v1/jobs/{theirs.pk}/cancel/").json()
    assert (answer["status"], answer.get("traceback")) == ("cancelled", None)
    assert members.post(f"/api/v1/jobs/{theirs.pk}/retry/").status_code == 403
    assert "Retry</button>" not in page.get(address).content.decode()


def test_only_managers_see_a_traceback(api: APIClient, project: Project, annotator: User) -> None:
    job = JobFactory(project=project, status="failed", error="It broke.", traceback="Traceback …")
    assert api.get(f"/api/v1/jobs/{job.pk}/").json()["traceback"] == "Traceback …"
    members, page = APIClient(), Client()
    members.force_authenticate(annotator)
    answer = members.get(f"/api/v1/jobs/{job.pk}/").json()
    assert answer["error"] == "It broke."
    assert "traceback" not in answer
    page.force_login(annotator)
    text = page.get(f"/projects/{project.slug}/jobs/{job.pk}/").content.decode()
    assert "It broke." in text
    assert "Traceback" not in text


def test_jobs_come_newest_first_in_pages_by_status(api: APIClient, project: Project) -> None:
    jobs = [str(JobFactory(project=project).pk) for _ in range(5)]
    failed = str(JobFactory(project=project, status="failed").pk)
    JobFactory()
    seen: list[str] = []
    address: str | None = f"/api/v1/projects/{project.slug}/jobs/?page_size=2"
    while address:
        page = api.get(address).json()
        seen += [row["id"] for row in page["results"]]
        address = page["next"]
    assert seen == [failed, *jobs[::-1]]
    only = api.get(f"/api/v1/projects/{project.slug}/jobs/?status=failed").json()["results"]
    assert [row["id"] for row in only] == [failed]
    wrong = api.get(f"/api/v1/projects/{project.slug}/jobs/?status=broken")
    assert wrong.status_code == 400
    assert "There is no status 'broken'" in wrong.json()["error"]["message"]


def test_a_job_is_found_under_its_own_project_only(
    pages: Client, project: Project, manager: User
) -> None:
    job = JobFactory()
    job.project.memberships.create(user=manager, role="manager")
    assert pages.get(f"/projects/{project.slug}/jobs/{job.pk}/").status_code == 404
    assert pages.post(f"/projects/{project.slug}/jobs/{job.pk}/cancel/").status_code == 404


def test_the_pages_buttons_cancel_and_retry(pages: Client, project: Project) -> None:
    job = JobFactory(project=project)
    address = f"/projects/{project.slug}/jobs/{job.pk}/"
    pages.post(f"{address}cancel/")
    assert Job.objects.get().status == Job.Status.CANCELLED
    assert "it is cancelled" in pages.post(f"{address}cancel/", follow=True).content.decode()
    pages.post(f"{address}retry/")
    assert Job.objects.get().status == Job.Status.QUEUED


def test_a_queue_that_nobody_works_on_is_told_on_the_page(pages: Client, project: Project) -> None:
    """Only a worker of the job's own queue counts, and only for ten seconds."""
    JobFactory(project=project, queue="gpu")
    services.worker_heartbeat(name="cpu@here", pid=1, queues=["cpu"], device="CPU")
    address = f"/projects/{project.slug}/jobs/"
    assert queues_without_worker(project) == ["gpu"]
    assert "a worker for gpu jobs" in pages.get(address).content.decode()
    services.worker_heartbeat(name="gpu@here", pid=2, queues=["gpu"], device="GPU")
    assert queues_without_worker(project) == []
    assert "so they wait" not in pages.get(address).content.decode()
    Worker.objects.update(heartbeat_at=timezone.now() - timedelta(seconds=11))
    assert list(workers_alive()) == []
    assert queues_without_worker(project) == ["gpu"]


def test_finished_jobs_need_no_worker(pages: Client, project: Project) -> None:
    JobFactory(project=project, status="succeeded")
    assert queues_without_worker(project) == []


def test_the_pages_filter_is_in_the_address(pages: Client, project: Project) -> None:
    JobFactory(project=project, title="Train a classifier", status="failed")
    JobFactory(project=project, title="Score the pool", status="succeeded")
    page = pages.get(f"/projects/{project.slug}/jobs/?status=failed").content.decode()
    assert "Train a classifier" in page
    assert "Score the pool" not in page
