"""Strategies that look for typical images can choose by features learnt without annotations."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("loops", "0015_practice")]

    operations = [
        migrations.AddField(
            "loop",
            "cold_features",
            models.CharField(
                max_length=16,
                choices=[
                    ("classifier", "the round's classifier's"),
                    ("self_supervised", "learnt from all images without annotations"),
                ],
                default="classifier",
                help_text="Whose features tell TypiClust and ProbCover what is typical. Learning"
                " them without annotations takes minutes once, and again when the images have"
                " doubled.",
            ),
        ),
    ]
