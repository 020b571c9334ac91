"""A loop may refine its generator."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("loops", "0006_generator_parameters")]

    operations = [
        migrations.AddField(
            "loop",
            "refine_turns",
            models.PositiveIntegerField(
                default=0,
                help_text="Rounds in which the generator also learns from synthetic images that"
                " people accepted and the classifier agrees with. 0: generators learn from real"
                " images alone.",
            ),
        ),
        migrations.AddField(
            "loop",
            "refine_confidence",
            models.FloatField(
                default=0.8,
                validators=[MinValueValidator(0), MaxValueValidator(1)],
                help_text="How sure the classifier must be of the class that people accepted,"
                " 0 to 1, calibrated.",
            ),
        ),
    ]
