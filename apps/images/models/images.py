"""Images: content-addressed, never changed."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.db import models


class Image(models.Model):
    """One picture of a project. The bytes lie in storage under their SHA-256 and never change."""

    class Origin(models.TextChoices):
        REAL = "real"
        SYNTHETIC = "synthetic"

    class Split(models.TextChoices):
        POOL = "pool"
        TRAIN = "train"
        GUIDANCE = "guidance"
        SELECT = "select"
        TEST = "test"

    class Status(models.TextChoices):
        UNREVIEWED = "unreviewed", "unreviewed: no class that people stand behind yet"
        ACCEPTED = "accepted", "accepted: has a class and may be trained on"
        REFUSED = "refused", "refused: people turned a synthetic image down"
        QUARANTINED = "quarantined", "quarantined: set apart by a quality filter"

    # Its own index would be one more to write; those below begin with the project.
    project = models.ForeignKey(
        "projects.Project", on_delete=models.CASCADE, related_name="images", db_index=False
    )
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.REAL)
    split = models.CharField(max_length=10, choices=Split, default=Split.POOL)
    status = models.CharField(max_length=12, choices=Status, default=Status.UNREVIEWED)
    annotation_class = models.ForeignKey(
        "projects.AnnotationClass", null=True, on_delete=models.RESTRICT, related_name="images"
    )
    sha256 = models.CharField(max_length=64)
    pixels_sha256 = models.CharField(
        max_length=64,
        null=True,
        help_text="What makes two images the same, whatever file they came in. Null where the"
        " pixels were never seen, as for the rows of a load test.",
    )
    name = models.CharField(max_length=255, help_text="The name it came with.")
    file = models.CharField(
        max_length=1100, help_text="Key in storage; of an image by reference, key at its place."
    )
    place = models.ForeignKey(
        "places.Place",
        null=True,
        on_delete=models.RESTRICT,
        related_name="images",
        help_text="Where the bytes stay, of an image that is kept by reference.",
    )
    original_sha256 = models.CharField(
        max_length=64,
        null=True,
        help_text="Of the file at its place, which is read only while it is still this one.",
    )
    group = models.CharField(
        max_length=64,
        null=True,
        help_text="`pixels_sha256` of the first of those that it nearly equals; they share a"
        " split. Null: it equals none.",
    )
    thumbnail = models.CharField(max_length=120, help_text="Key in storage.")
    format = models.CharField(max_length=8)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    byte_size = models.PositiveIntegerField()
    metadata = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "sha256"], name="image_bytes_once_a_project"
            ),
            models.UniqueConstraint(
                fields=["project", "pixels_sha256"], name="image_pixels_once_a_project"
            ),
            models.CheckConstraint(
                condition=models.Q(origin="real") | models.Q(split="train"),
                name="synthetic_images_live_in_train_only",
            ),
        ]
        indexes = [
            models.Index(fields=["project", "-id"], name="images_newest_first"),
            models.Index(fields=["project", "split", "status", "id"], name="images_by_split"),
            models.Index(fields=["project", "origin", "-id"], name="images_by_origin"),
            models.Index(fields=["project", "annotation_class", "-id"], name="images_by_class"),
            models.Index(
                fields=["project", "group"],
                condition=models.Q(group__isnull=False),
                name="images_by_group",
            ),
            GinIndex(fields=["metadata"], name="images_by_metadata", opclasses=["jsonb_path_ops"]),
        ]

    def __str__(self) -> str:
        return self.name


class HeldBackClass(models.Model):
    """A pool image's truth, which only the simulated annotator reads. No page or call shows it."""

    image = models.OneToOneField(
        Image, primary_key=True, on_delete=models.CASCADE, related_name="held_back_class"
    )
    annotation_class = models.ForeignKey(
        "projects.AnnotationClass", on_delete=models.CASCADE, related_name="+"
    )
