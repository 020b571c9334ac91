from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("evaluation", "0001_initial"),
        ("generation", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="evaluationrun",
            name="generation_run",
            field=models.ForeignKey(
                help_text="The batch with which its generator was measured; null for classifiers.",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="evaluation_runs",
                to="generation.generationrun",
            ),
        ),
        migrations.AddField(
            model_name="evaluationrun",
            name="features",
            field=models.CharField(
                blank=True,
                default="",
                help_text="The network whose features a generator is measured on.",
                max_length=200,
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="evaluationrun",
            name="sample_count",
            field=models.PositiveIntegerField(
                default=0, help_text="Synthetic images that a generator's figures were computed on."
            ),
        ),
        migrations.AddField(
            model_name="evaluationrun",
            name="refusals",
            field=models.JSONField(
                default=dict,
                help_text=(
                    "Why figures are not shown: a sentence by measure, by class; "
                    "'' for all classes."
                ),
            ),
        ),
        migrations.RemoveConstraint(
            model_name="evaluationrun", name="one_evaluation_a_checkpoint_and_list"
        ),
        migrations.AddConstraint(
            model_name="evaluationrun",
            constraint=models.UniqueConstraint(
                fields=("checkpoint", "split", "images_sha256", "generation_run", "features"),
                name="one_evaluation_a_checkpoint_and_list",
                nulls_distinct=False,
            ),
        ),
    ]
