"""Projects, their annotation classes and their members."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models


class Project(models.Model):
    """One dataset with its classes, members and loop."""

    class Channels(models.IntegerChoices):
        GREY = 1, "grey"
        COLOUR = 3, "colour"

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    training_size = models.PositiveIntegerField(
        default=64,
        validators=[MinValueValidator(8), MaxValueValidator(1024)],
        help_text="Side in pixels at which the networks see the images.",
    )
    channels = models.PositiveSmallIntegerField(choices=Channels, default=Channels.COLOUR)
    least_side = models.PositiveIntegerField(
        default=16,
        help_text="Images with a shorter side are refused.",
        validators=[MinValueValidator(1)],
    )
    most_pixels = models.PositiveIntegerField(
        default=50_000_000, help_text="Images with more pixels are refused before they are decoded."
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class AnnotationClass(models.Model):
    """A class of the project; `position` is its index in every vector of probabilities."""

    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="annotation_classes"
    )
    name = models.CharField(max_length=80)
    position = models.PositiveIntegerField()

    class Meta:
        ordering = ["position"]
        verbose_name_plural = "annotation classes"
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="class_name_once_a_project"),
            models.UniqueConstraint(
                fields=["project", "position"], name="class_position_once_a_project"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A person's role in a project; each role may do what the ones before it may."""

    class Role(models.TextChoices):
        ANNOTATOR = "annotator"
        REVIEWER = "reviewer"
        MANAGER = "manager"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships"
    )
    role = models.CharField(max_length=12, choices=Role)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "user"], name="one_role_a_person_and_project"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} as {self.role} in {self.project}"
