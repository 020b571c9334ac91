"""Checkpoints measured on real-only splits."""

from __future__ import annotations

from django.db import models


class EvaluationRun(models.Model):
    """One checkpoint measured on one real-only split: a classifier, or a generator with a batch."""

    project = models.ForeignKey(
        "projects.Project", on_delete=models.CASCADE, related_name="evaluation_runs"
    )
    checkpoint = models.ForeignKey(
        "training.Checkpoint", on_delete=models.CASCADE, related_name="evaluation_runs"
    )
    split = models.CharField(max_length=10)
    image_count = models.PositiveIntegerField()
    images_sha256 = models.CharField(
        max_length=64, help_text="Hash of the exact image list: only equal lists may be paired."
    )
    predictions = models.BinaryField(help_text="uint16 class positions, in the list's order.")
    targets = models.BinaryField(help_text="uint16 class positions, in the list's order.")
    round_number = models.PositiveIntegerField(null=True)
    generation_run = models.ForeignKey(
        "generation.GenerationRun",
        null=True,
        on_delete=models.CASCADE,
        related_name="evaluation_runs",
        help_text="The batch with which its generator was measured; null for classifiers.",
    )
    features = models.CharField(
        max_length=200,
        blank=True,
        help_text="The network whose features a generator is measured on.",
    )
    sample_count = models.PositiveIntegerField(
        default=0, help_text="Synthetic images that a generator's figures were computed on."
    )
    refusals = models.JSONField(
        default=dict,
        help_text="Why figures are not shown: a sentence by measure, by class; '' for all classes.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["checkpoint", "split", "images_sha256", "generation_run", "features"],
                nulls_distinct=False,
                name="one_evaluation_a_checkpoint_and_list",
            ),
        ]

    def __str__(self) -> str:
        return f"evaluation {self.pk} on {self.split}"


class EvaluatedImages(models.Model):
    """A list of images that checkpoints were measured on, kept once for all of them."""

    project = models.ForeignKey(
        "projects.Project", on_delete=models.CASCADE, related_name="evaluated_images"
    )
    images_sha256 = models.CharField(max_length=64, help_text="As the evaluation runs have it.")
    hashes = models.BinaryField(help_text="Each image's SHA-256, 32 bytes, in the list's order.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "images_sha256"], name="one_list_of_evaluated_images"
            ),
        ]


class Metric(models.Model):
    """One number of an evaluation run, whole or for one class, with its interval."""

    evaluation_run = models.ForeignKey(
        EvaluationRun, on_delete=models.CASCADE, related_name="metrics"
    )
    name = models.CharField(max_length=40)
    annotation_class = models.ForeignKey(
        "projects.AnnotationClass", null=True, on_delete=models.CASCADE, related_name="+"
    )
    value = models.FloatField()
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["evaluation_run", "name", "annotation_class"],
                nulls_distinct=False,
                name="one_metric_a_run_name_and_class",
            ),
        ]
