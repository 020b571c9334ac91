"""A batch may be held back from people by what is measured of its generator."""

from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("generation", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            "generationrun",
            "guards",
            models.JSONField(
                default=list,
                help_text="Measures of the generator beside the limits that hold a batch back:"
                " guard, value, low, high, limit, is_breached. Empty: none was asked for, or too"
                " few images.",
            ),
        ),
        migrations.AddField(
            "generationrun",
            "held_reason",
            models.CharField(
                max_length=1000,
                blank=True,
                help_text="Why it was held back from people; empty where it was not.",
            ),
        ),
        migrations.AddField(
            "generationrun",
            "released_at",
            models.DateTimeField(
                null=True,
                help_text="When a manager put it to people although it was held back.",
            ),
        ),
        migrations.AddField(
            "generationrun",
            "released_by",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]
