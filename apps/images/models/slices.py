"""Named parts of a project's images."""

from __future__ import annotations

import json

from django.db import models

from apps.images.models.images import Image


class Slice(models.Model):
    """A named part of a project's images, watched by itself because a mean hides it.

    Made by metadata, images join it by themselves; made by hand, its images are `SlicedImage`.
    """

    project = models.ForeignKey("projects.Project", on_delete=models.CASCADE, related_name="slices")
    name = models.CharField(max_length=80)
    description = models.CharField(
        max_length=300, blank=True, help_text="What it is, in one sentence."
    )
    rule = models.JSONField(
        null=True,
        help_text="Images whose metadata contain this belong to it, later ones too. Null: its"
        " images are chosen by hand.",
    )
    is_of_errors = models.BooleanField(
        default=False,
        help_text="Its first images were kept because a classifier was wrong about them: where"
        " they are measured, other classifiers do better partly by chance.",
    )
    is_aimed_at = models.BooleanField(
        default=False,
        help_text="Generation also aims at its images of the pool and guidance, at the share of"
        " targets that the loop's settings give to slices.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="slice_name_once_a_project"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_by_hand(self) -> bool:
        """Whether people choose its images one by one."""
        return self.rule is None

    @property
    def rule_text(self) -> str:
        """Its rule as JSON; empty where it is made by hand."""
        return "" if self.is_by_hand else json.dumps(self.rule, ensure_ascii=False)


class SlicedImage(models.Model):
    """An image of a slice that is made by hand."""

    # The constraint below begins with it.
    slice = models.ForeignKey(
        Slice, on_delete=models.CASCADE, related_name="sliced_images", db_index=False
    )
    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="sliced")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["slice", "image"], name="image_once_a_slice"),
        ]

    def __str__(self) -> str:
        return f"image {self.image_id} of slice {self.slice_id}"
