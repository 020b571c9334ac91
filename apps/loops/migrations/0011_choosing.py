"""A strategy for the beginning, BALD, and what is not asked about."""

from __future__ import annotations

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("loops", "0010_batch_strategies"),
    ]

    operations = [
        migrations.AddField(
            model_name="loop",
            name="cold_per_class",
            field=models.PositiveIntegerField(
                default=10,
                help_text="Annotated training images a class, on the average, that are enough for the strategy itself.",
            ),
        ),
        migrations.AddField(
            model_name="loop",
            name="cold_strategy",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "none: the strategy above from the first round on"),
                    ("typi_clust", "TypiClust"),
                    ("prob_cover", "ProbCover"),
                ],
                default="typi_clust",
                help_text="Asks instead while there are few annotations: then typical images teach more than those that a classifier is unsure of, which knows little yet.",
                max_length=24,
            ),
        ),
        migrations.AddField(
            model_name="loop",
            name="guard_share",
            field=models.FloatField(
                default=0.02,
                help_text="Images that lie farther from all annotated ones than is usual are not asked about, until a manager says so. Of images that belong, this share at most is taken for such. Annotations that most images nearby speak against are shown, too. 0: neither.",
                validators=[
                    django.core.validators.MinValueValidator(0),
                    django.core.validators.MaxValueValidator(0.2),
                ],
            ),
        ),
        migrations.AddField(
            model_name="round",
            name="strategy",
            field=models.CharField(
                blank=True,
                help_text="What chooses the images that people are asked about; empty: the one of the settings, as in rounds before there was another.",
                max_length=24,
            ),
        ),
        migrations.AddField(
            model_name="round",
            name="strategy_reason",
            field=models.CharField(
                blank=True, help_text="Why it is not the one of the settings.", max_length=200
            ),
        ),
        migrations.AlterField(
            model_name="loop",
            name="strategy",
            field=models.CharField(
                choices=[
                    ("entropy", "entropy"),
                    ("margin", "margin"),
                    ("least_confidence", "least confidence"),
                    ("random", "random"),
                    ("balanced_margin", "margin, classes in balance"),
                    ("badge", "BADGE"),
                    ("core_set", "CoreSet"),
                    ("typi_clust", "TypiClust"),
                    ("prob_cover", "ProbCover"),
                    ("bald", "BALD"),
                ],
                default="margin",
                help_text="Entropy, margin and least confidence take the images that the classifier is least sure of; BADGE takes unsure ones that differ from each other, CoreSet the farthest from all that are annotated, TypiClust and ProbCover typical ones, best with few annotations. BALD takes those about which members of the classifier disagree, and trains it with dropout.",
                max_length=24,
            ),
        ),
    ]
