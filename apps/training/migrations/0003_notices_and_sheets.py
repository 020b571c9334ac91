"""A run keeps what it warned of, and all its sample sheets."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("training", "0002_images_trained_on")]

    operations = [
        migrations.AddField(
            "trainingrun",
            "sheets",
            models.JSONField(default=dict, help_text="All sample sheets: key in storage by step."),
        ),
        migrations.AddField(
            "trainingrun",
            "notices",
            models.JSONField(
                default=list,
                help_text="What it warned of: [{kind: warning or alarm, step, message}, …] in"
                " order.",
            ),
        ),
    ]
