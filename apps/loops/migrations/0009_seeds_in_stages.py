"""Ratios are tried in stages: the better ones with more seeds."""

from __future__ import annotations

import django.contrib.postgres.fields
import django.core.validators
from django.db import migrations, models

import apps.loops.models


def seeds() -> list[django.core.validators.BaseValidator]:
    return [
        django.core.validators.MinValueValidator(2),
        django.core.validators.MaxValueValidator(20),
    ]


class Migration(migrations.Migration):
    dependencies = [("loops", "0008_more_generator_steps")]

    operations = [
        migrations.AlterField(
            "loop",
            "arm_seeds",
            models.PositiveIntegerField(
                default=3,
                validators=seeds(),
                help_text="Seeds that every ratio is tried with at first.",
            ),
        ),
        migrations.AddField(
            "loop",
            "more_arm_seeds",
            django.contrib.postgres.fields.ArrayField(
                models.PositiveIntegerField(validators=seeds()),
                default=apps.loops.models.default_more_arm_seeds,
                blank=True,
                size=None,
                help_text="Seeds that the better half of the ratios has after each further stage,"
                " and the best of them after the last, parted by commas; 0 has them always. Empty:"
                " no further stage. A gain of 1.5 points asks for 12.",
            ),
        ),
    ]
