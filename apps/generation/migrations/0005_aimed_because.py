"""A synthetic image says why its parent was aimed at."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("generation", "0004_directions")]

    operations = [
        migrations.AddField(
            "syntheticimage",
            "aimed_because",
            models.JSONField(
                default=dict,
                blank=True,
                help_text="Why its parent was aimed at: the strategy by which the classifier was"
                " unsure of it, its score, and the slice whose share of the targets it belongs to."
                " Empty: it was aimed at by hand, or before this was kept.",
            ),
        ),
    ]
