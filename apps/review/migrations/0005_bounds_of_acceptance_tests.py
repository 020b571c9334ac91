from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("review", "0004_fill_expected_class_and_batch")]

    operations = [
        migrations.AddField(
            "acceptancetest",
            "log_a",
            models.FloatField(default=0, help_text="Refused where the evidence comes up to this."),
        ),
        migrations.AddField(
            "acceptancetest",
            "log_b",
            models.FloatField(default=0, help_text="Certified where it comes down to this."),
        ),
        migrations.AddField(
            "acceptancetest",
            "fixed_looks",
            models.PositiveIntegerField(
                default=0, help_text="Of the smallest plan of fixed size with the same two risks."
            ),
        ),
        migrations.AddField(
            "acceptancetest",
            "most_looks",
            models.PositiveIntegerField(
                null=True, help_text="So many are given at most; null: as many as it takes."
            ),
        ),
        migrations.AlterField(
            "acceptancetest",
            "status",
            models.CharField(
                choices=[
                    ("walking", "not decided yet"),
                    ("certified", "Certified"),
                    ("refused", "Refused"),
                    ("undecided", "undecided: its looks were spent"),
                ],
                default="walking",
                max_length=10,
            ),
        ),
    ]
