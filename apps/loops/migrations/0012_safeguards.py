"""Limits that hold a batch back, and what safeguards did in a round.

Loops that were set up before go on making images of classes with few real ones.
"""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import migrations, models

FEWEST = (
    "Annotated training images from which on a generator makes images of a class; what has fewer"
    " is only augmented while the classifier trains. A family that varies real images is not bound"
    " by it. 0: no limit."
)
HELD = " A batch is held back where that is sure."
LIMITS = {
    "most_near_copies": (
        0.1, 0, 1,
        "Synthetic images that lie nearer to a training image than 99% of unseen real ones do, as a"
        f" share; 1% do by chance.{HELD} 1: never.",
    ),
    "most_repeats": (
        0.2, 0, 1,
        "Synthetic images that lie nearer to each other than 99% of real ones do, as a share; 1% do"
        f" by chance, and nearly all where a generator has collapsed.{HELD} 1: never.",
    ),
    "least_variety": (
        0.5, 0, 1,
        "How far apart synthetic images of one class must lie, as a multiple of real ones; the"
        f" median over the classes.{HELD} 0: never.",
    ),
    "least_coverage": (
        0.1, 0, 1,
        "Share of the real guidance images that must have a synthetic one among their neighbours."
        f"{HELD} 0: never.",
    ),
    "most_class_gap": (
        1.0, 0, 100,
        "How far synthetic images of a class may lie from its real ones, as a multiple of how far"
        " other classes do (KID; median over the classes): from 1 on they are as strange as another"
        f" class.{HELD} 0: never.",
    ),
    "most_told_apart": (
        1.0, 0.5, 1,
        "How well a classifier may tell synthetic from real images (area under the ROC curve, 0.5:"
        " not at all). Blurred images that help are told apart easily, too, so 1, never, is where"
        f" this begins.{HELD}",
    ),
}  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("loops", "0011_choosing")]

    operations = [
        migrations.AddField(
            "loop",
            "fewest_real_per_class",
            models.PositiveIntegerField(default=0, help_text=FEWEST),
        ),
        migrations.AlterField(
            "loop",
            "fewest_real_per_class",
            models.PositiveIntegerField(default=30, help_text=FEWEST),
        ),
        *(
            migrations.AddField(
                "loop",
                name,
                models.FloatField(
                    default=default,
                    validators=[MinValueValidator(least), MaxValueValidator(most)],
                    help_text=meaning,
                ),
            )
            for name, (default, least, most, meaning) in LIMITS.items()
        ),
        migrations.AddField(
            "round",
            "safeguards",
            models.JSONField(
                default=dict,
                help_text="What safeguards did in the round: a sentence each, by name.",
            ),
        ),
    ]
