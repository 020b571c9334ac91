"""Tests that batches of synthetic images are put to by people's looks."""

from __future__ import annotations

from django.db import models


class AcceptanceTest(models.Model):
    """A sequential test (Wald 1945) of a batch, or of its part of one class.

    Its looks are the standing reviews of the batch's validate tasks; what is kept
    here is the rule, as it was when the test began, and how it ended.
    """

    class Status(models.TextChoices):
        WALKING = "walking", "not decided yet"
        CERTIFIED = "certified"
        REFUSED = "refused"
        UNDECIDED = "undecided", "undecided: its looks were spent"

    project = models.ForeignKey(
        "projects.Project", on_delete=models.CASCADE, related_name="acceptance_tests"
    )
    batch = models.BigIntegerField(help_text="The id of the generation run.")
    annotation_class = models.ForeignKey(
        "projects.AnnotationClass",
        null=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text="The stratum; null: the whole batch.",
    )
    size = models.PositiveIntegerField(help_text="Images in the batch, or in its part.")
    allowed_defects = models.FloatField()
    confidence = models.FloatField()
    log_a = models.FloatField(default=0, help_text="Refused where the evidence comes up to this.")
    log_b = models.FloatField(default=0, help_text="Certified where it comes down to this.")
    fixed_looks = models.PositiveIntegerField(
        default=0, help_text="Of the smallest plan of fixed size with the same two risks."
    )
    most_looks = models.PositiveIntegerField(
        null=True, help_text="So many are given at most; null: as many as it takes."
    )
    status = models.CharField(max_length=10, choices=Status, default=Status.WALKING)
    looks = models.PositiveIntegerField(default=0)
    defects = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "annotation_class"],
                nulls_distinct=False,
                name="one_acceptance_test_a_batch_and_class",
            ),
        ]

    def __str__(self) -> str:
        return f"batch {self.batch}: {self.status}"


class RealismTest(models.Model):
    """Real and synthetic images, mixed and unmarked: which do people take for real?

    After HYPE (Zhou et al. 2019): with `exposure_ms` each image is seen that long, without it
    as long as the person likes.
    """

    project = models.ForeignKey(
        "projects.Project", on_delete=models.CASCADE, related_name="realism_tests"
    )
    batch = models.BigIntegerField(help_text="The id of the generation run.")
    exposure_ms = models.PositiveIntegerField(null=True, help_text="Null: without a limit.")
    seed = models.BigIntegerField(help_text="Of the draw of both halves.")
    created_by = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["project", "-id"], name="realism_tests_newest_first")]

    def __str__(self) -> str:
        return f"realism test {self.pk} of batch {self.batch}"
