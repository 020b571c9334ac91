"""Versions of a project's dataset, which never change, and the files made of them."""

from __future__ import annotations

from collections import Counter

from django.db import models

from apps.datasets.selection import Selection
from apps.images.models import Image
from apps.jobs.models import Job


class DatasetVersion(models.Model):
    """What the dataset was at one moment: a manifest in storage, named by its SHA-256.

    Equal content is one version, whoever freezes it and however often.
    """

    project = models.ForeignKey(
        "projects.Project", on_delete=models.CASCADE, related_name="dataset_versions"
    )
    number = models.PositiveIntegerField(help_text="1, 2, 3 … in the project.")
    sha256 = models.CharField(max_length=64, help_text="Of the manifest's bytes.")
    byte_size = models.BigIntegerField(help_text="Of the manifest.")
    note = models.CharField(max_length=300, blank=True)
    selection = models.JSONField(default=dict, help_text="The filters that it was frozen with.")
    image_count = models.PositiveIntegerField()
    real_count = models.PositiveIntegerField()
    synthetic_count = models.PositiveIntegerField()
    reviewed_count = models.PositiveIntegerField(
        help_text="Images whose class rests on people's reviews."
    )
    counts = models.JSONField(help_text="[[split, origin, class, images], …]")
    facts = models.JSONField(
        default=dict, help_text="What was known when it was frozen: generators, ratio in use."
    )
    created_by = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "number"], name="version_number_once_a_project"
            ),
            models.UniqueConstraint(fields=["project", "sha256"], name="version_once_a_project"),
        ]

    def __str__(self) -> str:
        return f"version {self.number}"

    @property
    def manifest_key(self) -> str:
        """Where the manifest lies in storage."""
        return f"manifests/{self.sha256[:2]}/{self.sha256}.jsonl"

    def count_by(self, *places: str) -> Counter[tuple[str, ...]]:
        """Images by any of `split`, `origin` and `class`."""
        counts: Counter[tuple[str, ...]] = Counter()
        for split, origin, name, count in self.counts:
            values = {"split": split, "origin": origin, "class": name}
            counts[tuple(values[place] for place in places)] += count
        return counts

    @property
    def filters(self) -> Selection:
        """What it was frozen with."""
        return Selection.from_json(self.selection)

    @property
    def splits(self) -> list[tuple[str, int]]:
        """The splits that it has, with their images, in the order of their names' list."""
        counts = self.count_by("split")
        return [(split, counts[(split,)]) for split in Image.Split.values if counts[(split,)]]

    @property
    def ratio(self) -> float | None:
        """Synthetic ÷ real in the training split; None where it has no real image."""
        train = self.count_by("split", "origin")
        real = train["train", "real"]
        return train["train", "synthetic"] / real if real else None


class Export(models.Model):
    """A version, filtered and written in one format: an archive in storage, named by its SHA-256.

    Asked for twice, it is one export; made again, it has the same bytes.
    """

    class Format(models.TextChoices):
        FOLDERS = "folders", "Image folders"
        CSV = "csv", "CSV"
        JSONL = "jsonl", "JSON lines"
        COCO = "coco", "COCO"
        PARQUET = "parquet", "Parquet"
        WEBDATASET = "webdataset", "WebDataset"

    version = models.ForeignKey(DatasetVersion, on_delete=models.CASCADE, related_name="exports")
    format = models.CharField(max_length=12, choices=Format)
    selection = models.JSONField(default=dict, help_text="Filters on the version's images.")
    digest = models.CharField(max_length=64, help_text="Of format and filters.")
    job = models.ForeignKey("jobs.Job", null=True, on_delete=models.SET_NULL, related_name="+")
    image_count = models.PositiveIntegerField(help_text="Images that pass the filters.")
    sha256 = models.CharField(max_length=64, blank=True, help_text="Empty until it is made.")
    byte_size = models.BigIntegerField(default=0)
    created_by = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "digest"], name="export_once_a_version"),
        ]

    def __str__(self) -> str:
        return f"{self.format} of {self.version}"

    @property
    def filters(self) -> Selection:
        """On the version's images."""
        return Selection.from_json(self.selection)

    @property
    def is_ready(self) -> bool:
        """Whether it can be downloaded."""
        return bool(self.sha256)

    @property
    def status(self) -> str:
        """Its job's, in the words of jobs."""
        if self.is_ready:
            return str(Job.Status.SUCCEEDED)
        return self.job.status if self.job else str(Job.Status.FAILED)

    @property
    def key(self) -> str:
        """Where it lies in storage once it is made."""
        return f"exports/{self.sha256[:2]}/{self.sha256}.zip"

    @property
    def folder(self) -> str:
        """The one folder in the archive."""
        return f"{self.version.project.slug}-v{self.version.number}"

    @property
    def file_name(self) -> str:
        """What a download is called."""
        return f"{self.folder}-{self.format}.zip"
