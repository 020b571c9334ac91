"""What was sent: files that were refused, and lists of addresses."""

from __future__ import annotations

from django.db import models

from apps.images.models.images import Image


class Refusal(models.Model):
    """A file that was not taken in, and why."""

    project = models.ForeignKey(
        "projects.Project", on_delete=models.CASCADE, related_name="refusals"
    )
    name = models.CharField(max_length=255)
    reason = models.CharField(max_length=40)
    detail = models.CharField(max_length=300)
    sent_by = models.CharField(
        max_length=40, blank=True, help_text="What brought it, such as `import 17`; else empty."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(fields=["project", "-id"], name="refusals_newest_first"),
            models.Index(
                fields=["project", "sent_by", "id"],
                condition=~models.Q(sent_by=""),
                name="refusals_by_sender",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.reason}"


class UrlList(models.Model):
    """Addresses of images that were sent together, and what became of those that are through."""

    project = models.ForeignKey(
        "projects.Project", on_delete=models.CASCADE, related_name="url_lists"
    )
    total = models.PositiveIntegerField()
    accepted = models.PositiveIntegerField(default=0)
    duplicates = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.total} addresses for {self.project}"


class ListedUrl(models.Model):
    """An address that is still to be fetched; its row goes as its image comes or is refused."""

    url_list = models.ForeignKey(UrlList, on_delete=models.CASCADE, related_name="waiting")
    position = models.PositiveIntegerField(help_text="Its line in what was sent, from 1.")
    url = models.TextField()
    annotation_class = models.CharField(max_length=80, blank=True, help_text="Its name, unchecked.")
    split = models.CharField(max_length=10, choices=Image.Split, blank=True)
    metadata = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["url_list", "position"], name="url_position_once_a_list"
            ),
        ]

    def __str__(self) -> str:
        return f"line {self.position}"
