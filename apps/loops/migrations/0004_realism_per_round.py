"""A round may ask for a realism test of its batch."""

from __future__ import annotations

from django.core.validators import MaxValueValidator
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("loops", "0003_generator_is_checked")]

    operations = [
        migrations.AddField(
            "loop",
            "realism_per_round",
            models.PositiveIntegerField(
                default=0,
                validators=[MaxValueValidator(200)],
                help_text="Synthetic images of a batch, and as many real ones, that people tell"
                " apart blind before they judge them. 0: none.",
            ),
        ),
    ]
