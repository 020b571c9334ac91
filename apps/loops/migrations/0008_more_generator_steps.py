"""Smaller batches: twice the steps take the same time."""

from __future__ import annotations

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("loops", "0007_refinement"),
    ]

    operations = [
        migrations.AlterField(
            model_name="loop",
            name="generator_refresh_steps",
            field=models.PositiveIntegerField(
                default=1500,
                help_text="In later rounds, from the last checkpoint.",
                validators=[django.core.validators.MinValueValidator(1)],
            ),
        ),
        migrations.AlterField(
            model_name="loop",
            name="generator_steps",
            field=models.PositiveIntegerField(
                default=6000,
                help_text="In the first round.",
                validators=[django.core.validators.MinValueValidator(1)],
            ),
        ),
    ]
