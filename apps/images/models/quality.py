"""What an image looks like in numbers, and what a project makes of them."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F

from apps.images.models.images import Image

SHARE = [MinValueValidator(0.0), MaxValueValidator(1.0)]


class QualityMeasures(models.Model):
    """Measured once, when the image comes in; thresholds are laid over these numbers."""

    image = models.OneToOneField(
        Image, primary_key=True, on_delete=models.CASCADE, related_name="measures"
    )
    project = models.ForeignKey(
        "projects.Project", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    sharpness = models.FloatField(help_text="Variance of the Laplacian; a blurred image has little")
    brightness = models.FloatField(help_text="Mean of the luminance, 0 to 1.")
    dark_share = models.FloatField(help_text="Share of its pixels that are nearly black, 0 to 1.")
    bright_share = models.FloatField(help_text="Share of its pixels that are nearly white, 0 to 1.")
    entropy = models.FloatField(help_text="Of the luminance, in bits, 0 to 8.")
    perceptual_hash = models.BigIntegerField(
        help_text="64 bits, read as a signed number; near-duplicates differ in few of them."
    )
    grey_copy = models.BinaryField(
        help_text="16 by 16 pixels of luminance, by rows: what confirms a near-duplicate."
    )
    reasons = ArrayField(
        models.CharField(max_length=40),
        default=list,
        help_text="Why the image was set apart; empty if it never was.",
    )
    set_apart_at = models.DateTimeField(null=True)
    restored_at = models.DateTimeField(
        null=True, help_text="A person took it back: filters leave it in peace from then on."
    )

    class Meta:
        indexes = [
            # Near-duplicates agree in at least one of the four wholly, or up to one bit.
            *(
                models.Index(
                    F("project"),
                    F("perceptual_hash").bitrightshift(16 * band).bitand(65535),
                    name=f"measures_by_band_{band}",
                )
                for band in range(4)
            ),
            models.Index(
                fields=["project", "-set_apart_at", "-image"],
                condition=models.Q(set_apart_at__isnull=False),
                name="set_apart_newest_first",
            ),
        ]

    def __str__(self) -> str:
        return f"measures of image {self.image_id}"


class QualityPolicy(models.Model):
    """A project's filters for real images; a threshold that is null filters nothing."""

    project = models.OneToOneField(
        "projects.Project", primary_key=True, on_delete=models.CASCADE, related_name="quality"
    )
    least_side = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="Pixels of the shorter side",
    )
    most_aspect = models.FloatField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1.0)],
        help_text="Longer : shorter side",
    )
    least_sharpness = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0.0)])
    least_brightness = models.FloatField(null=True, blank=True, validators=SHARE)
    most_brightness = models.FloatField(null=True, blank=True, validators=SHARE)
    most_dark_share = models.FloatField(null=True, blank=True, validators=SHARE)
    most_bright_share = models.FloatField(null=True, blank=True, validators=SHARE)
    least_entropy = models.FloatField(
        null=True, blank=True, validators=[MinValueValidator(0.0), MaxValueValidator(8.0)]
    )
    near_bits = models.PositiveSmallIntegerField(
        default=3,
        validators=[MaxValueValidator(7)],
        help_text="Images whose perceptual hashes differ in at most so many bits of 64 may be"
        " near-duplicates: they are grouped, and share a split.",
    )
    embedding_distance = models.FloatField(
        null=True,
        blank=True,
        validators=[MinValueValidator(0.0), MaxValueValidator(0.5)],
        help_text="Images of the pool whose embeddings lie within this cosine distance are"
        " near-duplicates too, once a classifier has seen them; null: embeddings say nothing.",
    )
    sets_near_duplicates_apart = models.BooleanField(default=False)
    applied_to = models.BigIntegerField(
        default=0, help_text="The id up to which it was laid over images that were there before."
    )
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "quality policies"

    def __str__(self) -> str:
        return f"quality of {self.project}"
