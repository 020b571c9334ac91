"""What people answered, and what their answers together say."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q


class Review(models.Model):
    """A person's answer. Never changed: taking back marks it superseded."""

    class Verdict(models.TextChoices):
        CLASS = "class", "the image shows this class"
        UNCLEAR = "unclear", "nobody could tell"
        RIGHT = "right", "right class and plausible"
        WRONG_CLASS = "wrong_class", "wrong class"
        IMPLAUSIBLE = "implausible", "implausible"
        ARTEFACT = "artefact", "artefact"
        NEAR_COPY = "near_copy", "near-copy of a real image"
        BAD = "bad", "bad: marked on a sheet, without saying why"
        REAL = "real", "taken for real"
        FAKE = "fake", "taken for fake"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    task = models.ForeignKey("review.ReviewTask", on_delete=models.RESTRICT, related_name="reviews")
    user = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="reviews", db_index=False
    )
    verdict = models.CharField(max_length=12, choices=Verdict)
    annotation_class = models.ForeignKey(
        "projects.AnnotationClass", null=True, on_delete=models.RESTRICT, related_name="+"
    )
    reasons = models.JSONField(default=list)
    seconds = models.FloatField()
    gold_right = models.BooleanField(
        null=True, help_text="Of a gold task's answer: whether it was right."
    )
    by_chance = models.BooleanField(
        default=False, help_text="The task was drawn at random: this answer is of the control arm."
    )
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
        indexes = [
            models.Index(fields=["user", "-created_at"], name="reviews_of_a_person"),
            models.Index(
                fields=["user", "-created_at"],
                condition=Q(gold_right__isnull=False, superseded_at=None),
                name="gold_answers_of_a_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verdict} by {self.user}"


class Judgement(models.Model):
    """What a done task's answers together say; a newer one supersedes it.

    An image's class always points to the reviews that it came from: through the
    image's current judgement.
    """

    class Method(models.TextChoices):
        MAJORITY = "majority"
        DAWID_SKENE = "dawid_skene", "Dawid and Skene"
        ADJUDICATED = "adjudicated"

    task = models.ForeignKey(
        "review.ReviewTask", on_delete=models.CASCADE, related_name="judgements"
    )
    method = models.CharField(max_length=12, choices=Method)
    verdict = models.CharField(
        max_length=12,
        choices=Review.Verdict,
        blank=True,
        help_text="Empty where answers are split, or agree too little.",
    )
    annotation_class = models.ForeignKey(
        "projects.AnnotationClass", null=True, on_delete=models.RESTRICT, related_name="+"
    )
    confidence = models.FloatField(
        help_text="Share of the votes, or posterior, of what was judged."
    )
    posterior = models.JSONField(
        default=dict, help_text="Probability of each answer: class's name or verdict, 0 to 1."
    )
    reviews = models.ManyToManyField(Review, related_name="judgements")
    created_at = models.DateTimeField(auto_now_add=True)
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["task"],
                condition=Q(superseded_at=None),
                name="one_standing_judgement_a_task",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verdict or 'split'} by {self.method}"
