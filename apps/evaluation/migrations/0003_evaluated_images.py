from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("evaluation", "0002_generator_measures"),
        ("projects", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="EvaluatedImages",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "images_sha256",
                    models.CharField(help_text="As the evaluation runs have it.", max_length=64),
                ),
                (
                    "hashes",
                    models.BinaryField(
                        help_text="Each image's SHA-256, 32 bytes, in the list's order."
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="evaluated_images",
                        to="projects.project",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("project", "images_sha256"), name="one_list_of_evaluated_images"
                    )
                ],
            },
        ),
    ]
