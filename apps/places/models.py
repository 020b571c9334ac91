"""Where images lie already: buckets and folders that a project reads from."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q


class Place(models.Model):
    """An S3 bucket, or a folder of the server, below one prefix. It is only ever read."""

    class Kind(models.TextChoices):
        S3 = "s3", "S3 bucket"
        FOLDER = "folder", "folder of the server"

    class Classes(models.TextChoices):
        NONE = "none", "none: people annotate"
        FOLDERS = "folders", "the innermost folder that is named as a class"

    project = models.ForeignKey("projects.Project", on_delete=models.CASCADE, related_name="places")
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=8, choices=Kind)
    bucket = models.CharField(max_length=63, blank=True)
    endpoint_url = models.CharField(
        max_length=300, blank=True, help_text="Empty: Amazon's own, of the region."
    )
    region = models.CharField(max_length=40, blank=True)
    access_key_id = models.CharField(max_length=128, blank=True)
    sealed_secret = models.TextField(
        blank=True, help_text="The secret access key, encrypted; it is never shown again."
    )
    folder = models.CharField(max_length=500, blank=True, help_text="An absolute path.")
    prefix = models.CharField(max_length=500, blank=True, help_text="Only keys that begin so.")
    is_by_reference = models.BooleanField(
        default=False, help_text="Images stay where they are; only thumbnails are copied."
    )
    classes = models.CharField(max_length=8, choices=Classes, default=Classes.NONE)
    split = models.CharField(max_length=10, blank=True, help_text="Of all its images; may be empty")
    every_minutes = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(5)], help_text="Empty: only on demand."
    )
    due_at = models.DateTimeField(null=True, help_text="When it is synced by itself.")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="place_name_once_a_project"),
            models.CheckConstraint(
                condition=Q(kind="s3", folder="") & ~Q(bucket="")
                | Q(kind="folder", bucket="") & ~Q(folder=""),
                name="place_is_a_bucket_or_a_folder",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(due_at__isnull=False), name="places_by_due_time"
            ),
        ]

    def __str__(self) -> str:
        return self.name
