"""A classifier can be given images that are made while it trains."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("training", "0005_doubts")]

    operations = [
        migrations.AddField(
            "trainingrun",
            "practice",
            models.JSONField(
                default=dict,
                help_text="How a classifier was given images made while it trained: the settings,"
                " and the positions of the classes that were made. Empty: it was not.",
            ),
        ),
        migrations.AddField(
            "trainingrun",
            "practice_generator",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="training.checkpoint",
                help_text="What made them.",
            ),
        ),
    ]
