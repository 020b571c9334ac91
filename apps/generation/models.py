"""Batches of synthetic images, each image with all that is needed to make it again."""

from __future__ import annotations

from django.db import models


class GenerationRun(models.Model):
    """One batch of synthetic images from one checkpoint."""

    project = models.ForeignKey(
        "projects.Project", on_delete=models.CASCADE, related_name="generation_runs"
    )
    checkpoint = models.ForeignKey(
        "training.Checkpoint", on_delete=models.CASCADE, related_name="generation_runs"
    )
    classifier = models.ForeignKey(
        "training.Checkpoint",
        null=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text="Whose features aimed the batch.",
    )
    job = models.ForeignKey("jobs.Job", null=True, on_delete=models.SET_NULL, related_name="+")
    round_number = models.PositiveIntegerField(null=True)
    seed = models.BigIntegerField()
    parameters = models.JSONField(default=dict)
    dropped = models.JSONField(default=dict, help_text="Candidates that were not kept, by reason.")
    diversity = models.JSONField(
        default=dict, help_text="Density, coverage and pairwise distance against real images."
    )
    collapsed = models.BooleanField(default=False)
    collapse_reason = models.CharField(max_length=300, blank=True)
    audit = models.JSONField(
        default=dict, help_text="What people said of a random draw of the batch, by class."
    )
    admitted = models.BooleanField(
        default=False,
        help_text="The audit lets the batch's images that nobody looked at be mixed in.",
    )
    guards = models.JSONField(
        default=list,
        help_text="Measures of the generator beside the limits that hold a batch back: guard,"
        " value, low, high, limit, is_breached. Empty: none was asked for, or too few images.",
    )
    held_reason = models.CharField(
        max_length=1000,
        blank=True,
        help_text="Why it was held back from people; empty where it was not.",
    )
    released_at = models.DateTimeField(
        null=True, help_text="When a manager put it to people although it was held back."
    )
    released_by = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"generation run {self.pk}"

    @property
    def is_held(self) -> bool:
        """Whether people are not asked about it."""
        return bool(self.held_reason) and self.released_at is None


class SyntheticImage(models.Model):
    """An image's lineage: run, seed, latent and how it was come to, class asked for, and the image
    it was aimed at."""

    image = models.OneToOneField(
        "images.Image", primary_key=True, on_delete=models.CASCADE, related_name="lineage"
    )
    generation_run = models.ForeignKey(
        GenerationRun, on_delete=models.CASCADE, related_name="synthetic_images"
    )
    sample_index = models.PositiveIntegerField(
        help_text="Its number in the run; with the run's seed it names a latent that was drawn."
    )
    latent = models.BinaryField(
        help_text="The point of its space that the image is made of: float32, little-endian."
    )
    space = models.CharField(
        max_length=16,
        default="z",
        help_text="Of the generator's latents: z is what it draws from, w and w_plus lie behind"
        " its mapping.",
    )
    path = models.JSONField(
        default=dict,
        blank=True,
        help_text="How the point was come to from the parent's image, where that was inverted:"
        " feature_distance and pixel_distance of what was found, then the share of the way toward"
        " a random point, and the steps in deviations along one of the generator's directions."
        " Empty: the latent was drawn.",
    )
    annotation_class = models.ForeignKey(
        "projects.AnnotationClass",
        on_delete=models.RESTRICT,
        related_name="+",
        help_text="The class that the generator was asked for.",
    )
    parent = models.ForeignKey(
        "images.Image",
        null=True,
        on_delete=models.SET_NULL,
        related_name="synthetic_children",
        help_text="The uncertain real image that it was aimed at.",
    )
    parent_distance = models.FloatField(null=True)
    aimed_because = models.JSONField(
        default=dict,
        blank=True,
        help_text="Why its parent was aimed at: the strategy by which the classifier was unsure of"
        " it, its score, and the slice whose share of the targets it belongs to. Empty: it was"
        " aimed at by hand, or before this was kept.",
    )
    nearest_training_distance = models.FloatField(null=True)
    uncertainty = models.FloatField(
        null=True, help_text="Normalised entropy of the classifier that aimed it, 0 to 1."
    )
    nearest = models.JSONField(
        default=list, help_text="Nearest real images: [[image id, distance], …], nearest first."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["generation_run", "sample_index"], name="one_image_a_sample"
            ),
        ]


class Direction(models.Model):
    """A way through a generator's latent space, for people to walk and to name.

    The members of a project share what they found. One without a name is a proposal: the next
    search of its generator supersedes it. It is no longer listed then, but pictures that were
    moved along it can still be made.
    """

    project = models.ForeignKey(
        "projects.Project", on_delete=models.CASCADE, related_name="directions"
    )
    checkpoint = models.ForeignKey(
        "training.Checkpoint", on_delete=models.CASCADE, related_name="directions"
    )
    space = models.CharField(max_length=12, help_text="Of its latents: z, w or w_plus.")
    name = models.CharField(max_length=60, blank=True)
    vector = models.BinaryField(help_text="float32, little-endian, of length 1.")
    deviation = models.FloatField(
        help_text="The space's deviation along it; sliders count in such steps."
    )
    method = models.CharField(max_length=40, help_text="How it was found.")
    found = models.JSONField(
        default=dict, help_text="The search: its seed, rank, and what it explains."
    )
    named_by = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    superseded_at = models.DateTimeField(
        null=True,
        help_text="When a later search took its place, or it was deleted; null of what is listed.",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["checkpoint", "name"],
                condition=~models.Q(name=""),
                name="direction_name_once_a_generator",
            ),
        ]

    def __str__(self) -> str:
        return self.name or f"direction {self.pk}"
