"""The jobs, as a worker does them."""

from __future__ import annotations

from apps.datasets.models import DatasetVersion, Export
from apps.datasets.selection import Selection
from apps.datasets.services import version_freeze_enqueue
from apps.jobs.models import Job, JobEvent
from apps.jobs.services import job_claim
from apps.loops.models import Decision, Mix
from apps.loops.services import loop_get_or_create, round_begin
from apps.projects.models import Project
from ml_engine.worker.context import JobContext
from ml_engine.worker.exporting import export_dataset, freeze_version
from tests.datasets.making import asked
from tests.factories import UserFactory


def context_of(job: Job) -> JobContext:
    claim = job_claim(job_id=job.pk, worker="test")
    assert claim is not None
    return JobContext(claim, Job.objects.select_related("project").get(pk=job.pk))


def test_a_version_is_frozen_with_what_was_decided_about_the_ratio(gallery: Project) -> None:
    round_ = round_begin(loop=loop_get_or_create(gallery))
    mix = Mix.objects.create(
        project=gallery, round=round_, ratio=0.5, most_synthetic_per_real=3, seed=1,
        real_count=8, synthetic_count=4, images_sha256="0" * 64,
    )  # fmt: skip
    Decision.objects.create(
        round=round_, mix=mix, outcome="accepted", candidate_ratio=0.5, reason="It helped."
    )
    actor = UserFactory()
    job = version_freeze_enqueue(project=gallery, selection=Selection(), note="x", actor=actor)
    result = freeze_version(context_of(job))
    version = DatasetVersion.objects.get()
    assert result == {"version": 1, "sha256": version.sha256, "new": True}
    assert (version.note, version.created_by) == ("x", actor)
    assert version.facts["decisions"] == [
        {"round": 1, "outcome": "accepted", "ratio": 0.5, "reason": "It helped."}
    ]


def test_an_export_is_made_with_progress(version: DatasetVersion) -> None:
    result = export_dataset(context_of(asked(version).job))
    export = Export.objects.get()
    assert result == {"export": export.pk, "sha256": export.sha256, "bytes": export.byte_size}
    told = JobEvent.objects.filter(kind="job.progress").last()
    assert told is not None
    assert "of 18 images" in told.payload["message"]
