"""A mix can be of real images alone, and of a generator that makes more while it is learnt from."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("loops", "0014_slice_quota"), ("training", "0006_practice")]

    operations = [
        migrations.AddField(
            "loop",
            "mixing",
            models.CharField(
                max_length=8,
                choices=[
                    ("reviewed", "images that people let in"),
                    ("practice", "images made while the classifier trains"),
                ],
                default="reviewed",
                help_text="What a ratio adds to the real images. While the classifier trains, the"
                " round's generator can also make images of what it is unsure of at that moment, of"
                " the classes whose batch people found good; a ratio is then where it begins, and"
                " guidance images say how far it rises or falls. Nobody sees these images; the arms"
                " alone must prove them.",
            ),
        ),
        migrations.AlterField(
            "mix",
            "ratio",
            models.FloatField(
                help_text="Synthetic ÷ real; where images are made while a classifier learns, the"
                " mean of the arm that was chosen."
            ),
        ),
        migrations.AddField(
            "mix",
            "practice",
            models.JSONField(
                default=dict,
                help_text="How images are made while a classifier learns from it: settings, and"
                " positions of classes. Empty: none are.",
            ),
        ),
        migrations.AddField(
            "mix",
            "practice_generator",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="training.checkpoint",
                help_text="What makes them.",
            ),
        ),
    ]
