"""Files on their way in: what is received, what a job takes in of it, what was synced."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class Import(models.Model):
    """Files that a job takes in together: uploaded ones, or those of a place.

    It is open while its uploads arrive, and begun once it has a job.
    """

    class Layout(models.TextChoices):
        AUTO = "auto", "as its files tell"
        PLAIN = "plain", "images without classes"
        FOLDERS = "folders", "a folder for each class"
        MANIFEST = "manifest", "images and a CSV or JSONL manifest"
        IMAGE_FOLDER = "image_folder", "Hugging Face image folder"
        COCO = "coco", "COCO"
        LABEL_STUDIO = "label_studio", "Label Studio JSON"

    project = models.ForeignKey(
        "projects.Project", on_delete=models.CASCADE, related_name="imports"
    )
    title = models.CharField(max_length=160)
    layout = models.CharField(max_length=14, choices=Layout, default=Layout.AUTO)
    split = models.CharField(
        max_length=10, blank=True, help_text="Of images for which nothing else tells one."
    )
    metadata = models.JSONField(default=dict, help_text="For every image of it.")
    place = models.ForeignKey(
        "places.Place", null=True, on_delete=models.CASCADE, related_name="syncs"
    )
    job = models.OneToOneField("jobs.Job", null=True, on_delete=models.SET_NULL, related_name="+")
    found = models.JSONField(
        default=dict, help_text="What its files told: the layout, and how well they fit together."
    )
    total = models.PositiveIntegerField(null=True, help_text="Files, once they are counted.")
    accepted = models.PositiveIntegerField(default=0)
    duplicates = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(
        default=0, help_text="Keys of a place that were taken in before and were not read again."
    )
    changed = models.PositiveIntegerField(
        default=0,
        help_text="Keys of a place whose file had become another; the earlier image stays.",
    )
    settled_key = models.CharField(
        max_length=1024, blank=True, help_text="Of a place's listing: all up to it is done."
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["project", "-id"], name="imports_newest_first")]

    def __str__(self) -> str:
        return self.title

    @property
    def sender(self) -> str:
        """How refusals name it."""
        return f"import {self.pk}"

    @property
    def found_words(self) -> str:
        """What its files told, in a sentence; empty until they were looked at."""
        if not self.found:
            return ""
        words = [f"Read as: {self.Layout(self.found['layout']).label}"]
        if self.found["manifests"]:
            named, classes = self.found["named"], self.found["classes"]
            words.append(
                f"{named:,} image{'s' * (named != 1)} named,"
                f" {classes:,} class{'es' * (classes != 1)}"
            )
        if missing := self.found["missing"]:
            words.append(f"{missing:,} of them did not come")
        if self.found["manifests"] and (unnamed := self.found["unnamed"]):
            words.append(f"{unnamed:,} came that are not named")
        if addresses := self.found.get("addresses"):
            words.append(f"{addresses:,} are fetched by their addresses")
        return "; ".join(words) + "."


class Upload(models.Model):
    """One file of an import, received piece by piece, then taken in member by member.

    Its bytes lie under `UPLOAD_ROOT` until the import has ended.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="uploads")
    path = models.CharField(max_length=1000, help_text="Its name, with its folders as it was sent.")
    metadata = models.TextField(
        blank=True, help_text="`Upload-Metadata` as its client told it, given back as it was."
    )
    size = models.BigIntegerField(help_text="Bytes, as announced.")
    received = models.BigIntegerField(default=0, help_text="Bytes that are on the disk.")
    members_done = models.PositiveIntegerField(
        default=0, help_text="Of an archive; a file of its own has one member."
    )
    is_taken = models.BooleanField(default=False, help_text="Nothing of it is left to be done.")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(help_text="An unfinished one is thrown away then.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(received__lte=F("size")), name="upload_receives_no_more_than_announced"
            ),
        ]
        indexes = [
            models.Index(fields=["owner", "path", "id"], name="uploads_in_order"),
            models.Index(
                fields=["expires_at"],
                condition=Q(received__lt=F("size")),
                name="uploads_unfinished",
            ),
        ]

    def __str__(self) -> str:
        return self.path


class SyncedKey(models.Model):
    """A key of a place and what became of it, so that unchanged ones are never read again."""

    class State(models.TextChoices):
        TAKEN = "taken"
        DUPLICATE = "duplicate"
        REFUSED = "refused"
        GONE = "gone"

    place = models.ForeignKey("places.Place", on_delete=models.CASCADE, related_name="keys")
    key = models.CharField(
        max_length=1024, db_collation="C", help_text="Ordered by its bytes, as places list keys."
    )
    version = models.CharField(
        max_length=120, help_text="ETag, or size and time of change: another one is read again."
    )
    size = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=State)
    image = models.ForeignKey(
        "images.Image", null=True, on_delete=models.SET_NULL, related_name="keys"
    )
    read_at = models.DateTimeField(help_text="When this version of it was read.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["place", "key"], name="key_once_a_place"),
        ]

    def __str__(self) -> str:
        return self.key
