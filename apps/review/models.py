"""Questions to people about images, and their answers."""

from __future__ import annotations

import uuid

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q


class ReviewSettings(models.Model):
    """How a project's queue is worked through."""

    project = models.OneToOneField(
        "projects.Project",
        primary_key=True,
        on_delete=models.CASCADE,
        related_name="review_settings",
    )
    reservation_minutes = models.PositiveIntegerField(
        default=15,
        validators=[MinValueValidator(1), MaxValueValidator(24 * 60)],
        help_text="How long a person's hold on a task lasts.",
    )
    reservation_size = models.PositiveIntegerField(
        default=20,
        validators=[MinValueValidator(1), MaxValueValidator(200)],
        help_text="Tasks that a person holds at once.",
    )
    show_guess = models.BooleanField(
        default=False, help_text="Show the model's guess while annotating; it biases people."
    )

    class Meta:
        verbose_name_plural = "review settings"

    def __str__(self) -> str:
        return f"review settings of {self.project_id}"


class ReviewTask(models.Model):
    """A question to people about one image.

    `free_places` = reviews needed - reviews given - reservations. It is kept
    by the services that change any of the three, so that the queue's next tasks
    are read off one index whatever the project's size.
    """

    class Kind(models.TextChoices):
        ANNOTATE = "annotate"
        VALIDATE = "validate"

    class Status(models.TextChoices):
        OPEN = "open"
        DONE = "done"
        WITHDRAWN = "withdrawn"

    project = models.ForeignKey(
        "projects.Project", on_delete=models.CASCADE, related_name="review_tasks"
    )
    image = models.ForeignKey("images.Image", on_delete=models.CASCADE, related_name="review_tasks")
    kind = models.CharField(max_length=10, choices=Kind)
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    priority = models.FloatField(default=0)
    round_number = models.PositiveIntegerField(null=True)
    reason = models.CharField(
        max_length=40,
        blank=True,
        help_text="Why it is asked: a strategy's name, or random (control).",
    )
    context = models.JSONField(
        default=dict, help_text="What a reviewer may be shown: class asked for, evidence, guess."
    )
    image_before = models.JSONField(
        null=True, help_text="What the image was when the task was done, for taking it back."
    )
    reviews_needed = models.PositiveSmallIntegerField(default=1)
    free_places = models.SmallIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["image", "kind"],
                condition=Q(status="open"),
                name="one_open_task_an_image_and_kind",
            ),
            models.CheckConstraint(condition=Q(free_places__gte=0), name="no_place_given_twice"),
        ]
        indexes = [
            models.Index(
                "project",
                models.F("priority").desc(),
                "id",
                condition=Q(status="open", free_places__gt=0),
                name="review_queue",
            ),
            models.Index(
                "project",
                "kind",
                models.F("priority").desc(),
                "id",
                condition=Q(status="open", free_places__gt=0),
                name="review_queue_by_kind",
            ),
            models.Index(fields=["project", "round_number", "status"], name="tasks_by_round"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} image {self.image_id}"


class Reservation(models.Model):
    """A person's expiring hold on a task."""

    task = models.ForeignKey(ReviewTask, on_delete=models.CASCADE, related_name="reservations")
    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="reservations")
    expires_at = models.DateTimeField(db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["task", "user"], name="one_hold_a_person_and_task"),
        ]


class Review(models.Model):
    """A person's answer. Never changed: taking back marks it superseded."""

    class Verdict(models.TextChoices):
        CLASS = "class", "the image shows this class"
        UNCLEAR = "unclear", "nobody could tell"
        RIGHT = "right", "right class and plausible"
        WRONG_CLASS = "wrong_class", "wrong class"
        IMPLAUSIBLE = "implausible", "implausible"
        ARTEFACT = "artefact", "artefact"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    task = models.ForeignKey(ReviewTask, on_delete=models.RESTRICT, related_name="reviews")
    user = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="reviews")
    verdict = models.CharField(max_length=12, choices=Verdict)
    annotation_class = models.ForeignKey(
        "projects.AnnotationClass", null=True, on_delete=models.RESTRICT, related_name="+"
    )
    reasons = models.JSONField(default=list)
    seconds = models.FloatField()
    key = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="review_key_once_a_person"),
            models.UniqueConstraint(
                fields=["task", "user"],
                condition=Q(superseded_at=None),
                name="one_standing_review_a_person_and_task",
            ),
        ]
        indexes = [models.Index(fields=["user", "-created_at"], name="reviews_of_a_person")]

    def __str__(self) -> str:
        return f"{self.verdict} by {self.user}"


class QueueAnnouncement(models.Model):
    """When a project's counts were last announced, so that busy queues raise no flood of events."""

    project = models.OneToOneField(
        "projects.Project", primary_key=True, on_delete=models.CASCADE, related_name="+"
    )
    announced_at = models.DateTimeField()
    is_due = models.BooleanField(
        default=False, help_text="Whether something was counted since, but announced too soon."
    )

    class Meta:
        indexes = [
            models.Index(fields=["announced_at"], condition=Q(is_due=True), name="counts_due"),
        ]
