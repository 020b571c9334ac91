"""Addresses that are told of a project's events, and the log of telling them."""

from __future__ import annotations

import secrets
import uuid

from django.db import models
from django.db.models import Q


def new_salt() -> str:
    """What makes one webhook's secret another than the next one's."""
    return secrets.token_urlsafe(32)


class Webhook(models.Model):
    """An address that is sent a project's events. Its secret is derived, and kept nowhere."""

    project = models.ForeignKey(
        "projects.Project", on_delete=models.CASCADE, related_name="webhooks"
    )
    url = models.TextField()
    topics = models.JSONField(default=list, help_text="Names of `topics.TOPICS`.")
    salt = models.CharField(max_length=60, default=new_salt)
    cursor = models.BigIntegerField(help_text="The last event of the log that was looked at.")
    failures = models.PositiveIntegerField(default=0, help_text="In a row, up to now.")
    failing_since = models.DateTimeField(null=True)
    quiet_until = models.DateTimeField(null=True, help_text="A failing host is left in peace.")
    held_until = models.DateTimeField(null=True, help_text="One sender at a time.")
    switched_off_at = models.DateTimeField(null=True)
    switched_off_reason = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.url


class Delivery(models.Model):
    """One event for one webhook, sent until it is taken or given up."""

    class Status(models.TextChoices):
        WAITING = "waiting"
        DELIVERED = "delivered"
        GIVEN_UP = "given_up", "given up"

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    event = models.ForeignKey("jobs.JobEvent", null=True, on_delete=models.CASCADE)
    kind = models.CharField(max_length=40)
    message_id = models.UUIDField(
        default=uuid.uuid4, help_text="The same at every attempt, so that receivers know it again."
    )
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    attempt_count = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["webhook", "event"], name="event_once_a_webhook"),
        ]
        indexes = [
            models.Index(fields=["webhook", "-id"], name="deliveries_newest_first"),
            models.Index(
                fields=["webhook", "due_at"],
                condition=Q(status="waiting"),
                name="deliveries_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.webhook}"


class Attempt(models.Model):
    """What came of one sending. Nothing of an answer is kept but its status."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="attempts")
    status_code = models.PositiveIntegerField(null=True, help_text="Null where no answer came.")
    seconds = models.FloatField()
    error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
