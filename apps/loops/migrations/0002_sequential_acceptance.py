"""Batches are tested sequentially: how surely stands in the queue's policy."""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("loops", "0001_initial")]

    operations = [
        migrations.RemoveField("loop", "least_right_share"),
        migrations.AlterField(
            "loop",
            "validate_quota",
            models.PositiveIntegerField(
                default=40,
                validators=[MinValueValidator(0)],
                help_text="Synthetic images of a batch that people judge at most; fewer where its"
                " test is decided sooner. 0: none, and only images that people accepted are mixed"
                " in.",
            ),
        ),
    ]
