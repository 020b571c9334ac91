"""What is kept of each person who reviews: their filter, standing, keys and remarks."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class Reviewer(models.Model):
    """A person at a project's queue: what they want to see, and whether they may go on."""

    project = models.ForeignKey(
        "projects.Project", on_delete=models.CASCADE, related_name="reviewers"
    )
    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    kinds = ArrayField(
        models.CharField(max_length=10), default=list, help_text="Only these; empty: all."
    )
    class_ids = ArrayField(
        models.BigIntegerField(), default=list, help_text="Only these expected classes; empty: all."
    )
    paused_at = models.DateTimeField(null=True, help_text="Gold accuracy fell: they hold nothing.")
    warned_at = models.DateTimeField(null=True, help_text="Gold accuracy fell, and they were told.")
    gold_since = models.DateTimeField(
        null=True, help_text="Gold answers count from then on: when a manager let them go on."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "user"], name="one_reviewer_a_person_and_project"
            ),
        ]


class KeyBindings(models.Model):
    """The keys that a person has changed, in every project."""

    user = models.OneToOneField(
        "accounts.User", primary_key=True, on_delete=models.CASCADE, related_name="key_bindings"
    )
    keys = models.JSONField(
        default=dict, help_text="Action id to its keys, such as {'right': ['j']}."
    )


class Remark(models.Model):
    """Something a person says about a task beside an answer."""

    class Kind(models.TextChoices):
        FLAG = "flag", "flag: reviewers should look"
        COMMENT = "comment", "comment"
        BOOKMARK = "bookmark", "bookmark: for the person alone"

    task = models.ForeignKey("review.ReviewTask", on_delete=models.CASCADE, related_name="remarks")
    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind)
    text = models.CharField(max_length=1000, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    resolved_at = models.DateTimeField(null=True, help_text="A flag that was looked at.")
    resolved_by = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["task", "user", "kind"],
                condition=~Q(kind="comment"),
                name="one_flag_and_bookmark_a_person_and_task",
            ),
        ]
        indexes = [models.Index(fields=["user", "kind", "-id"], name="remarks_of_a_person")]
