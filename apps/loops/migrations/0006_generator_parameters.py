"""A loop keeps its generator's settings."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("loops", "0005_mix_names_its_version")]

    operations = [
        migrations.AddField(
            "loop",
            "generator_parameters",
            models.JSONField(
                default=dict,
                blank=True,
                help_text="Settings of the generator's family that differ from their defaults.",
            ),
        ),
    ]
