"""Questions to people about images, and who is at them."""

from __future__ import annotations

from django.db import models
from django.db.models import F, OrderBy, Q
from django.db.models.functions import Random


def _queue_index(*columns: str, order: str, name: str) -> models.Index:
    """What can be held, in the order in which it is: one range of one index, however long."""
    by: dict[str, list[F | OrderBy]] = {
        "priority": [F("priority").desc(), F("id")],
        "age": [F("id")],
        "random": [F("random_rank"), F("id")],
    }
    return models.Index(
        F("project"),
        *[F(column) for column in columns],
        *by[order],
        condition=Q(status="open", free_places__gt=0),
        name=name,
    )


class ReviewTask(models.Model):
    """A question to people about one image.

    `free_places` = reviews needed - reviews given - reservations. It is kept
    by the services that change any of the three, so that the queue's next tasks
    are read off one index whatever the project's size. A gold task needs more
    reviews than there will ever be people.
    """

    class Kind(models.TextChoices):
        ANNOTATE = "annotate"
        VALIDATE = "validate"
        REALISM = "realism", "real or fake"
        ADJUDICATE = "adjudicate"

    class Status(models.TextChoices):
        OPEN = "open"
        DONE = "done"
        WITHDRAWN = "withdrawn"
        GOLD = "gold", "gold: its answer is known, and everybody is asked"

    # Each hold rewrites its task in every index. What another index covers, or what is looked
    # for only when a class is deleted, has none of its own.
    project = models.ForeignKey(
        "projects.Project", on_delete=models.CASCADE, related_name="review_tasks", db_index=False
    )
    image = models.ForeignKey("images.Image", on_delete=models.CASCADE, related_name="review_tasks")
    kind = models.CharField(max_length=10, choices=Kind)
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    priority = models.FloatField(default=0)
    random_rank = models.FloatField(
        db_default=Random(), help_text="Where a random draw from the queue finds it, 0 to 1."
    )
    expected_class = models.ForeignKey(
        "projects.AnnotationClass",
        null=True,
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
        help_text="The class that the generator was asked for, or that the classifier guesses.",
    )
    batch = models.BigIntegerField(
        null=True, help_text="Of a synthetic image: the id of its generation run."
    )
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
    about = models.ForeignKey(
        "self",
        null=True,
        on_delete=models.CASCADE,
        related_name="adjudications",
        db_index=False,
        help_text="Of an adjudication: the task whose answers differ.",
    )
    realism_test = models.ForeignKey(
        "review.RealismTest",
        null=True,
        on_delete=models.CASCADE,
        related_name="tasks",
        db_index=False,
    )
    gold_verdict = models.CharField(
        max_length=12, blank=True, help_text="Of a gold task: the right verdict."
    )
    gold_class = models.ForeignKey(
        "projects.AnnotationClass",
        null=True,
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
        help_text="Of a gold task: the right class, where the verdict has one.",
    )
    reviews_needed = models.PositiveSmallIntegerField(default=1)
    free_places = models.SmallIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["image", "kind"],
                condition=Q(status="open") & ~Q(kind="realism"),
                name="one_open_task_an_image_and_kind",
            ),
            models.UniqueConstraint(
                fields=["image", "kind"],
                condition=Q(status="gold"),
                name="one_gold_task_an_image_and_kind",
            ),
            models.CheckConstraint(condition=Q(free_places__gte=0), name="no_place_given_twice"),
        ]
        indexes = [
            _queue_index("kind", order="priority", name="queue_by_score"),
            _queue_index("kind", order="age", name="queue_by_age"),
            _queue_index("kind", order="random", name="queue_by_chance"),
            _queue_index("kind", "expected_class", order="priority", name="queue_by_class_score"),
            _queue_index("kind", "expected_class", order="age", name="queue_by_class_age"),
            _queue_index("kind", "expected_class", order="random", name="queue_by_class_chance"),
            models.Index(
                fields=["project", "kind", "random_rank"],
                condition=Q(status="gold"),
                name="gold_tasks",
            ),
            models.Index(fields=["project", "round_number", "status"], name="tasks_by_round"),
            models.Index(
                fields=["batch", "status"], condition=Q(batch__isnull=False), name="tasks_by_batch"
            ),
            models.Index(
                fields=["about"], condition=Q(about__isnull=False), name="adjudications_of_a_task"
            ),
            models.Index(
                fields=["realism_test"],
                condition=Q(realism_test__isnull=False),
                name="tasks_of_a_realism_test",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} image {self.image_id}"


class Reservation(models.Model):
    """A person's expiring hold on a task."""

    task = models.ForeignKey(
        ReviewTask, on_delete=models.CASCADE, related_name="reservations", db_index=False
    )
    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="reservations")
    expires_at = models.DateTimeField(db_index=True)
    by_chance = models.BooleanField(
        default=False, help_text="Drawn at random, not by the queue's order: the control arm."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["task", "user"], name="one_hold_a_person_and_task"),
        ]


class Skip(models.Model):
    """A person does not answer a task, and is not asked again; others are."""

    class Reason(models.TextChoices):
        UNSURE = "unsure", "I cannot tell"
        BROKEN = "broken", "the picture is broken"
        OUT_OF_SCOPE = "out_of_scope", "it does not belong here"
        OTHER = "other", "something else"

    task = models.ForeignKey(
        ReviewTask, on_delete=models.CASCADE, related_name="skips", db_index=False
    )
    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="skips")
    reason = models.CharField(max_length=12, choices=Reason)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["task", "user"], name="one_skip_a_person_and_task"),
        ]


class QueueAnnouncement(models.Model):
    """When a project's counts were last announced, so that busy queues raise no flood of events."""

    project = models.OneToOneField(
        "projects.Project", primary_key=True, on_delete=models.CASCADE, related_name="+"
    )
    announced_at = models.DateTimeField()
    is_due = models.BooleanField(default=False, help_text="Whether something has changed since.")
    seconds = models.FloatField(default=0, help_text="How long the last count took.")

    class Meta:
        indexes = [
            models.Index(fields=["announced_at"], condition=Q(is_due=True), name="counts_due"),
        ]
