"""How a project's queue is worked through."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

SHARE = [MinValueValidator(0), MaxValueValidator(1)]


class ReviewSettings(models.Model):
    """A project's queue policy: what comes next, how many answers it takes, who is checked how."""

    class Order(models.TextChoices):
        SCORE = "score", "by score: the least sure first"
        AGE = "age", "by age: the oldest question first"

    class TruthMethod(models.TextChoices):
        MAJORITY = "majority", "majority"
        DAWID_SKENE = "dawid_skene", "Dawid and Skene: weighs each person by their confusions"

    class GoldAction(models.TextChoices):
        NOTHING = "nothing", "nothing"
        WARN = "warn", "tell the person, and mark them for managers"
        PAUSE = "pause", "pause the person until a manager lets them go on"

    project = models.OneToOneField(
        "projects.Project",
        primary_key=True,
        on_delete=models.CASCADE,
        related_name="review_settings",
    )
    # Holding
    reservation_minutes = models.PositiveIntegerField(
        default=15,
        validators=[MinValueValidator(1), MaxValueValidator(24 * 60)],
        help_text="How long a person's hold on a task lasts.",
    )
    reservation_size = models.PositiveIntegerField(
        default=20,
        validators=[MinValueValidator(1), MaxValueValidator(200)],
        help_text="Tasks that a person holds at once.",
    )
    # What comes next
    order = models.CharField(max_length=8, choices=Order, default=Order.SCORE)
    random_share = models.FloatField(
        default=0,
        validators=SHARE,
        help_text="Share of each hold that is drawn at random instead: the control arm.",
    )
    balance_classes = models.BooleanField(
        default=False,
        help_text="Take the tasks of all expected classes in turn, so that none waits for another.",
    )
    # Answers
    reviews_per_task = models.PositiveSmallIntegerField(
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(9)],
        help_text="People who answer each question; of questions asked from now on.",
    )
    show_guess = models.BooleanField(
        default=False, help_text="Show the model's guess while annotating; it biases people."
    )
    truth_method = models.CharField(
        max_length=12, choices=TruthMethod, default=TruthMethod.MAJORITY
    )
    least_agreement = models.FloatField(
        default=0.5,
        validators=SHARE,
        help_text="Where the share of the votes, or the posterior, is not above this, a reviewer"
        " decides.",
    )
    # Checking people
    gold_share = models.FloatField(
        default=0,
        validators=[MinValueValidator(0), MaxValueValidator(0.5)],
        help_text="Share of each hold whose answer is known, to check the person.",
    )
    gold_floor = models.FloatField(
        default=0.7, validators=SHARE, help_text="Gold accuracy under which something happens."
    )
    gold_window = models.PositiveIntegerField(
        default=20,
        validators=[MinValueValidator(5), MaxValueValidator(500)],
        help_text="The last so many gold answers count.",
    )
    gold_action = models.CharField(max_length=8, choices=GoldAction, default=GoldAction.WARN)
    # Accepting batches
    allowed_defects = models.FloatField(
        default=0.2,
        validators=[MinValueValidator(0.005), MaxValueValidator(0.4)],
        help_text="Share of defects that a batch may have. One with twice as many is certified,"
        " and one with half as many refused, no more often than the confidence allows.",
    )
    acceptance_confidence = models.FloatField(
        default=0.95, validators=[MinValueValidator(0.8), MaxValueValidator(0.999)]
    )

    class Meta:
        verbose_name_plural = "review settings"

    def __str__(self) -> str:
        return f"review settings of {self.project_id}"
