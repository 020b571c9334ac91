"""Background work and its log."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q


class Job(models.Model):
    """A piece of background work. Only the holder of `attempt`, its fencing number, writes."""

    class Status(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        SUCCEEDED = "succeeded"
        FAILED = "failed"
        CANCELLED = "cancelled"

    ENDED_BADLY = (Status.FAILED, Status.CANCELLED)
    """What may be tried again."""

    class Queue(models.TextChoices):
        CPU = "cpu"
        GPU = "gpu"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey("projects.Project", on_delete=models.CASCADE, related_name="jobs")
    kind = models.CharField(max_length=60)
    title = models.CharField(max_length=160)
    queue = models.CharField(max_length=8, choices=Queue, default=Queue.CPU)
    payload = models.JSONField(default=dict)
    key = models.CharField(
        max_length=160, help_text="Enqueuing twice with one key makes one job.", blank=True
    )
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    attempt = models.PositiveIntegerField(default=0)
    most_attempts = models.PositiveIntegerField(default=3)
    worker = models.CharField(max_length=120, blank=True)
    heartbeat_at = models.DateTimeField(null=True)
    rung_at = models.DateTimeField(null=True, help_text="When the broker was last told.")
    cancel_requested_at = models.DateTimeField(null=True)
    progress = models.FloatField(default=0)
    message = models.CharField(max_length=300, blank=True)
    error = models.TextField(blank=True, help_text="One sentence that says what to do.")
    traceback = models.TextField(blank=True)
    result = models.JSONField(default=dict)
    created_by = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "key"], condition=~Q(key=""), name="job_key_once_a_project"
            ),
        ]
        indexes = [
            models.Index(fields=["project", "-created_at"], name="jobs_newest_first"),
            # The conductor looks only at what is not finished: a handful among millions.
            models.Index(
                fields=["status", "heartbeat_at"],
                condition=Q(status__in=["queued", "running"]),
                name="jobs_unfinished",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_finished(self) -> bool:
        return self.status in (self.Status.SUCCEEDED, self.Status.FAILED, self.Status.CANCELLED)


class EventCounter(models.Model):
    """The last number given in a project's log. Its row lock makes numbers follow commits."""

    project = models.OneToOneField("projects.Project", primary_key=True, on_delete=models.CASCADE)
    last = models.BigIntegerField(default=0)


class JobEvent(models.Model):
    """One line of a project's log, numbered without gaps in the order of commits."""

    project = models.ForeignKey("projects.Project", on_delete=models.CASCADE, related_name="+")
    seq = models.BigIntegerField()
    job = models.ForeignKey(Job, null=True, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=40)
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "seq"], name="event_seq_once_a_project"),
        ]
        indexes = [
            # Reports look for a few hundred lines among a million of jobs' progress.
            models.Index(
                fields=["project", "kind", "seq"],
                condition=Q(job=None),
                name="events_of_no_job",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.kind}"


class Worker(models.Model):
    """A worker that has been heard of."""

    name = models.CharField(max_length=120, primary_key=True)
    queues = models.JSONField(default=list)
    device = models.CharField(max_length=120, blank=True)
    pid = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    heartbeat_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.name
