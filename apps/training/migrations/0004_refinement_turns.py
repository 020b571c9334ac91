"""Turns in which a generator also learns from synthetic images, and what it learnt from."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0001_initial"),
        ("training", "0003_notices_and_sheets"),
    ]

    operations = [
        migrations.CreateModel(
            name="RefinementTurn",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "number",
                    models.PositiveIntegerField(help_text="1 for the project's first turn."),
                ),
                ("round_number", models.PositiveIntegerField()),
                (
                    "confidence",
                    models.FloatField(
                        help_text="Calibrated confidence from which the classifier agreed, 0 to 1."
                    ),
                ),
                (
                    "offered",
                    models.PositiveIntegerField(
                        help_text="Synthetic images that people had accepted by then."
                    ),
                ),
                (
                    "rows",
                    models.JSONField(
                        help_text="Those that the classifier agrees with: [[sha256, class"
                        " position], …] in order of sha256."
                    ),
                ),
                (
                    "fed_rows",
                    models.JSONField(
                        default=list,
                        help_text="Of these, those that the generator learns from: each class up"
                        " to its real images.",
                    ),
                ),
                (
                    "report",
                    models.JSONField(
                        default=dict,
                        help_text="Both generators beside the same real images, once it is"
                        " measured.",
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="refinement_turns",
                        to="projects.project",
                    ),
                ),
                (
                    "classifier",
                    models.ForeignKey(
                        help_text="Which agreed with people; its features measure both generators.",
                        on_delete=django.db.models.deletion.RESTRICT,
                        related_name="+",
                        to="training.checkpoint",
                    ),
                ),
                (
                    "generator_before",
                    models.ForeignKey(
                        help_text="The generator as it was before the turn.",
                        on_delete=django.db.models.deletion.RESTRICT,
                        related_name="+",
                        to="training.checkpoint",
                    ),
                ),
                (
                    "training_run",
                    models.OneToOneField(
                        help_text="The generator's training that learns from them; null until it"
                        " is asked for.",
                        null=True,
                        on_delete=django.db.models.deletion.RESTRICT,
                        related_name="refinement_turn",
                        to="training.trainingrun",
                    ),
                ),
            ],
            options={"ordering": ["number"]},
        ),
        migrations.AddConstraint(
            "refinementturn",
            models.UniqueConstraint(
                fields=["project", "number"], name="refinement_turn_once_a_project"
            ),
        ),
        migrations.AddConstraint(
            "refinementturn",
            models.UniqueConstraint(
                fields=["project", "round_number"], name="one_refinement_turn_a_round"
            ),
        ),
    ]
