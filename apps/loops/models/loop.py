"""How a project's rounds are run."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from apps.loops.checks import (
    classifier_name_check,
    generator_name_check,
    loop_generator_config,
)
from apps.review.batches.realism import MOST_IMAGES
from ml_engine.config import (
    FAMILIES,
    MOST_DROP,
    STAGES,
    ConfigError,
    GuardConfig,
    defaults_of,
    settings_of,
)

AT_LEAST_ONE = [MinValueValidator(1)]
MOST_RATIO = 10
"""Synthetic ÷ real; published trials end at 3."""
MOST_GUARD = 0.2
MOST_SEEDS = 20
"""Of one ratio."""


def default_ratios() -> list[float]:
    """Synthetic ÷ real; 0 is always an arm."""
    return [0.0, 0.5, 1.0]


def default_more_arm_seeds() -> list[int]:
    """`./manage.py bench controller` says what they find."""
    return list(STAGES[1:])


def guard_field(name: str) -> models.FloatField[float, float]:
    """A limit of the guards, with the engine's own meaning, range and default."""
    about = settings_of(GuardConfig)[name]
    return models.FloatField(
        default=defaults_of(GuardConfig)[name],
        validators=[MinValueValidator(about.at_least), MaxValueValidator(about.at_most)],
        help_text=about.meaning,
    )


class Loop(models.Model):
    """How a project's rounds are run."""

    class Status(models.TextChoices):
        STOPPED = "stopped"
        RUNNING = "running"
        PAUSED = "paused"

    class Strategy(models.TextChoices):
        ENTROPY = "entropy", "entropy"
        MARGIN = "margin", "margin"
        LEAST_CONFIDENCE = "least_confidence", "least confidence"
        RANDOM = "random", "random"
        BALANCED_MARGIN = "balanced_margin", "margin, classes in balance"
        BADGE = "badge", "BADGE"
        CORE_SET = "core_set", "CoreSet"
        TYPI_CLUST = "typi_clust", "TypiClust"
        PROB_COVER = "prob_cover", "ProbCover"
        BALD = "bald", "BALD"

    class ColdStrategy(models.TextChoices):
        NONE = "", "none: the strategy above from the first round on"
        TYPI_CLUST = "typi_clust", "TypiClust"
        PROB_COVER = "prob_cover", "ProbCover"

    class ColdFeatures(models.TextChoices):
        CLASSIFIER = "classifier", "the round's classifier's"
        SELF_SUPERVISED = "self_supervised", "learnt from all images without annotations"

    class Mixing(models.TextChoices):
        REVIEWED = "reviewed", "images that people let in"
        PRACTICE = "practice", "images made while the classifier trains"

    class AimWay(models.TextChoices):
        DRAW = "draw", "draw, keep the nearest"
        INVERT = "invert", "vary the uncertain images"

    project = models.OneToOneField(
        "projects.Project", primary_key=True, on_delete=models.CASCADE, related_name="loop"
    )
    status = models.CharField(max_length=8, choices=Status, default=Status.STOPPED)
    status_reason = models.CharField(max_length=300, blank=True)
    seed = models.BigIntegerField(default=0, validators=[MinValueValidator(0)])
    # Choosing
    strategy = models.CharField(
        max_length=24,
        choices=Strategy,
        default=Strategy.MARGIN,
        help_text="Entropy, margin and least confidence take the images that the classifier is"
        " least sure of; BADGE takes unsure ones that differ from each other, CoreSet the farthest"
        " from all that are annotated, TypiClust and ProbCover typical ones, best with few"
        " annotations. BALD takes those about which members of the classifier disagree, and"
        " trains it with dropout.",
    )
    cold_strategy = models.CharField(
        max_length=24,
        choices=ColdStrategy,
        default=ColdStrategy.TYPI_CLUST,
        blank=True,
        help_text="Asks instead while there are few annotations: then typical images teach more"
        " than those that a classifier is unsure of, which knows little yet.",
    )
    cold_per_class = models.PositiveIntegerField(
        default=10,
        help_text="Annotated training images a class, on the average, that are enough for the"
        " strategy itself.",
    )
    cold_features = models.CharField(
        max_length=16,
        choices=ColdFeatures,
        default=ColdFeatures.CLASSIFIER,
        help_text="Whose features tell TypiClust and ProbCover what is typical. Learning them"
        " without annotations takes minutes once, and again when the images have doubled.",
    )
    guard_share = models.FloatField(
        default=0.02,
        validators=[MinValueValidator(0), MaxValueValidator(MOST_GUARD)],
        help_text="Images that lie farther from all annotated ones than is usual are not asked"
        " about, until a manager says so. Of images that belong, this share at most is taken for"
        " such. Annotations that most images nearby speak against are shown, too. 0: neither.",
    )
    annotate_per_round = models.PositiveIntegerField(
        default=60,
        validators=AT_LEAST_ONE,
        help_text="Real images that people are asked about a round.",
    )
    random_share = models.FloatField(
        default=0.2,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
        help_text="Share of those drawn at random: the control that shows what the strategy saves.",
    )
    # Training
    classifier = models.CharField(
        max_length=80,
        default="small_cnn",
        validators=[classifier_name_check],
        help_text="small_cnn, or timm:NAME for any timm backbone, such as timm:resnet18.",
    )
    classifier_steps = models.PositiveIntegerField(default=800, validators=AT_LEAST_ONE)
    mirror = models.BooleanField(
        default=True, help_text="Left-right flips; off where a mirrored image changes its class."
    )
    # Generating
    generator = models.CharField(
        max_length=40, default="conditional_gan", validators=[generator_name_check]
    )
    generator_parameters = models.JSONField(
        default=dict,
        blank=True,
        help_text="Settings of the generator's family that differ from their defaults.",
    )
    generator_steps = models.PositiveIntegerField(
        default=6000, validators=AT_LEAST_ONE, help_text="In the first round."
    )
    generator_refresh_steps = models.PositiveIntegerField(
        default=1500,
        validators=AT_LEAST_ONE,
        help_text="In later rounds, from the last checkpoint.",
    )
    learn_from_pool = models.BooleanField(
        default=True, help_text="Let the generator learn from unannotated pool images too."
    )
    refine_turns = models.PositiveIntegerField(
        default=0,
        help_text="Rounds in which the generator also learns from synthetic images that people"
        " accepted and the classifier agrees with. 0: generators learn from real images alone.",
    )
    refine_confidence = models.FloatField(
        default=0.8,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
        help_text="How sure the classifier must be of the class that people accepted, 0 to 1,"
        " calibrated.",
    )
    generate_per_round = models.PositiveIntegerField(
        default=300, validators=AT_LEAST_ONE, help_text="Synthetic images kept of each batch."
    )
    aim_way = models.CharField(
        max_length=8,
        choices=AimWay,
        default=AimWay.DRAW,
        help_text="Candidates are drawn at random and those nearest to uncertain images are kept;"
        " or uncertain images are found in the generator's latents and varied there, and the least"
        " sure variants that keep their class are kept. The second takes some minutes longer.",
    )
    slice_quota = models.FloatField(
        default=0,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
        help_text="Share of the images that a batch is aimed at which come from the slices marked"
        " for it, evenly, as far as these have images in the pool and guidance. 0: none.",
    )
    # Safeguards
    fewest_real_per_class = models.PositiveIntegerField(
        default=30,
        help_text="Annotated training images from which on a generator makes images of a class;"
        " what has fewer is only augmented while the classifier trains. A family that varies real"
        " images is not bound by it. 0: no limit.",
    )
    most_near_copies = guard_field("most_near_copies")
    most_repeats = guard_field("most_repeats")
    least_variety = guard_field("least_variety")
    least_coverage = guard_field("least_coverage")
    most_class_gap = guard_field("most_class_gap")
    most_told_apart = guard_field("most_told_apart")
    # Review
    validate_quota = models.PositiveIntegerField(
        default=40,
        validators=[MinValueValidator(0)],
        help_text="Synthetic images of a batch that people judge at most; fewer where its test is"
        " decided sooner. 0: none, and only images that people accepted are mixed in.",
    )
    annotate_quota = models.PositiveIntegerField(
        default=60,
        validators=[MinValueValidator(0)],
        help_text="Real images that people annotate before the round goes on.",
    )
    realism_per_round = models.PositiveIntegerField(
        default=0,
        validators=[MaxValueValidator(MOST_IMAGES)],
        help_text="Synthetic images of a batch, and as many real ones, that people tell apart blind"
        " before they judge them. 0: none.",
    )
    # Mixing
    mixing = models.CharField(
        max_length=8,
        choices=Mixing,
        default=Mixing.REVIEWED,
        help_text="What a ratio adds to the real images. While the classifier trains, the round's"
        " generator can also make images of what it is unsure of at that moment, of the classes"
        " whose batch people found good; a ratio is then where it begins, and guidance images say"
        " how far it rises or falls. Nobody sees these images; the arms alone must prove them.",
    )
    ratios = ArrayField(
        models.FloatField(validators=[MinValueValidator(0), MaxValueValidator(MOST_RATIO)]),
        default=default_ratios,
        help_text="Synthetic ÷ real, parted by commas. 0, real images alone, is always an arm.",
    )
    arm_seeds = models.PositiveIntegerField(
        default=STAGES[0],
        validators=[MinValueValidator(2), MaxValueValidator(MOST_SEEDS)],
        help_text="Seeds that every ratio is tried with at first.",
    )
    more_arm_seeds = ArrayField(
        models.PositiveIntegerField(
            validators=[MinValueValidator(2), MaxValueValidator(MOST_SEEDS)]
        ),
        default=default_more_arm_seeds,
        blank=True,
        help_text="Seeds that the better half of the ratios has after each further stage, and the"
        " best of them after the last, parted by commas; 0 has them always. Empty: no further"
        " stage. A gain of 1.5 points asks for 12.",
    )
    arm_steps = models.PositiveIntegerField(
        default=400, validators=AT_LEAST_ONE, help_text="Optimiser steps, the same in every arm."
    )
    most_synthetic_per_real = models.FloatField(
        default=3.0, validators=[MinValueValidator(0)], help_text="Cap by class."
    )
    most_class_drop = models.FloatField(
        default=MOST_DROP,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
        help_text="No class's recall may fall by more.",
    )
    # Now
    stop_after_round = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="The loop stops when this round is done; empty: it goes on.",
    )
    least_gain_per_minute = models.FloatField(
        default=0,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
        help_text="Points of accuracy that a minute of people's time must be able to bring: the"
        " loop stops when even the upper bound of what the next annotations are expected to bring"
        " is less. 0: never.",
    )
    mix = models.ForeignKey(
        "Mix",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="What is trained on.",
    )

    def __str__(self) -> str:
        return f"loop of {self.project_id}"

    def clean(self) -> None:
        """Refuses settings that the generator's family does not take, in the engine's words."""
        if self.generator not in FAMILIES:
            return  # which its own field says
        try:
            for steps in (self.generator_steps, self.generator_refresh_steps):
                loop_generator_config(self.generator, self.generator_parameters, steps, self.mirror)
        except ConfigError as error:
            raise ValidationError({"generator_parameters": str(error)}) from error
