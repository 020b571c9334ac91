"""What rounds decide: recipes for training sets, and why."""

from __future__ import annotations

from django.db import models

from apps.loops.models.rounds import Round


class Mix(models.Model):
    """An immutable recipe for a training set: with its version, it gives every image again."""

    project = models.ForeignKey("projects.Project", on_delete=models.CASCADE, related_name="mixes")
    round = models.OneToOneField(Round, null=True, on_delete=models.CASCADE, related_name="mix")
    version = models.ForeignKey(
        "datasets.DatasetVersion",
        null=True,
        on_delete=models.RESTRICT,
        related_name="mixes",
        help_text="What it was drawn from. Null: it is older than that was kept, and has"
        " its images as rows.",
    )
    ratio = models.FloatField(
        help_text="Synthetic ÷ real; where images are made while a classifier learns, the mean of"
        " the arm that was chosen."
    )
    asked_ratio = models.FloatField(
        null=True, help_text="The ratio that was drawn for; there may have been fewer images."
    )
    most_synthetic_per_real = models.FloatField()
    seed = models.BigIntegerField()
    real_count = models.PositiveIntegerField()
    synthetic_count = models.PositiveIntegerField()
    images_sha256 = models.CharField(max_length=64, help_text="Hash of the exact image list.")
    rows_sha256 = models.CharField(
        max_length=64, blank=True, help_text="Hash of the exact list of images and classes."
    )
    practice = models.JSONField(
        default=dict,
        help_text="How images are made while a classifier learns from it: settings, and positions"
        " of classes. Empty: none are.",
    )
    practice_generator = models.ForeignKey(
        "training.Checkpoint",
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="What makes them.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "mixes"

    def __str__(self) -> str:
        return f"ratio {self.ratio:g}"

    @property
    def contents(self) -> str:
        """What is learnt from it, in words."""
        if self.practice:
            return (
                f"{self.real_count:,} real images, and synthetic ones made while the classifier"
                " trains"
            )
        return f"{self.real_count:,} real and {self.synthetic_count:,} synthetic images"


class MixImage(models.Model):
    """An image of a mix that names no version."""

    mix = models.ForeignKey(Mix, on_delete=models.CASCADE, related_name="mix_images")
    image = models.ForeignKey("images.Image", on_delete=models.CASCADE, related_name="mix_images")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["mix", "image"], name="image_once_a_mix")]


class Decision(models.Model):
    """What a round decided about the ratio, why, and by which figures."""

    class Outcome(models.TextChoices):
        ACCEPTED = "accepted", "synthetic images helped"
        REFUSED = "refused", "synthetic images did not help"
        ROLLED_BACK = "rolled_back", "a manager went back to an earlier mix"

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="decisions")
    mix = models.ForeignKey(Mix, on_delete=models.CASCADE, related_name="decisions")
    outcome = models.CharField(max_length=12, choices=Outcome)
    candidate_ratio = models.FloatField(help_text="The ratio that did best on select.")
    gain = models.FloatField(
        null=True, help_text="On test against ratio 0, in accuracy; null if not read."
    )
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    figures = models.JSONField(default=dict)
    reason = models.CharField(max_length=400, help_text="The decision in plain words.")
    actor = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
