"""How a project parts its annotated real images."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from apps.images.models.images import Image

MOST_LEAST = 10_000
MOST_SEED = 2**31 - 1
SHARE = [MinValueValidator(0.0), MaxValueValidator(0.5)]


class SplitPolicy(models.Model):
    """Shares by class; what is left over is trained on. Without one, all is trained on."""

    project = models.OneToOneField(
        "projects.Project", primary_key=True, on_delete=models.CASCADE, related_name="split_policy"
    )
    guidance_share = models.FloatField(default=0.1, validators=SHARE)
    select_share = models.FloatField(default=0.15, validators=SHARE)
    test_share = models.FloatField(default=0.15, validators=SHARE)
    least_per_class = models.PositiveIntegerField(
        default=20,
        validators=[MaxValueValidator(MOST_LEAST)],
        help_text="Of every class, in select and in test, as far as there are images.",
    )
    is_automatic = models.BooleanField(
        default=True, help_text="Also for images that come in with a class and without a split."
    )
    seed = models.PositiveIntegerField(default=0, validators=[MaxValueValidator(MOST_SEED)])
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "split policies"
        constraints = [
            models.CheckConstraint(
                condition=Q(test_share__lte=0.8 - F("select_share") - F("guidance_share")),
                name="a_fifth_at_least_is_trained_on",
                violation_error_message="Guidance, select and test may take four fifths together"
                " at most; a fifth at least is trained on.",
            ),
        ]

    def __str__(self) -> str:
        return f"splits of {self.project}"


class TrainedImage(models.Model):
    """An image that a model was trained on: from then on it cannot measure one."""

    image = models.OneToOneField(
        Image, primary_key=True, on_delete=models.CASCADE, related_name="trained"
    )

    def __str__(self) -> str:
        return f"image {self.image_id} was trained on"
