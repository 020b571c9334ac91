"""Images that should not be asked about, and annotations that should not be believed."""

from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("images", "0004_quality_splits_references"),
        ("projects", "0001_initial"),
        ("training", "0004_refinement_turns"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Doubt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("outlier", "hardly belongs here"),
                            ("mislabelled", "hardly has this class"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "measure",
                    models.CharField(
                        help_text="What was measured: a look of the outliers, or margin.",
                        max_length=24,
                    ),
                ),
                ("value", models.FloatField()),
                ("threshold", models.FloatField(help_text="What the value exceeds.")),
                ("reason", models.CharField(help_text="In plain words.", max_length=200)),
                (
                    "would_ask",
                    models.BooleanField(
                        default=False,
                        help_text="Of an outlier: whether the round's strategy had chosen it.",
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("asked", "people were asked nevertheless"),
                            ("kept", "it was right as it is"),
                            ("set_apart", "the image was set apart"),
                        ],
                        max_length=10,
                    ),
                ),
                ("settled_at", models.DateTimeField(null=True)),
                (
                    "checkpoint",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="doubts",
                        to="training.checkpoint",
                    ),
                ),
                (
                    "image",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="doubts",
                        to="images.image",
                    ),
                ),
                (
                    "other_class",
                    models.ForeignKey(
                        help_text="Of a doubted annotation: the likelier class.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="projects.annotationclass",
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="doubts",
                        to="projects.project",
                    ),
                ),
                (
                    "settled_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("settled_at", None)),
                        fields=["project", "kind", "-id"],
                        name="doubts_most_first",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("image", "kind"), name="one_doubt_an_image_and_kind"
                    )
                ],
            },
        ),
    ]
