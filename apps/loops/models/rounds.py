"""The turns of the loop: what each tried, and what it decided."""

from __future__ import annotations

from django.db import models


class Round(models.Model):
    """One turn of the loop: a restartable state machine."""

    class Step(models.TextChoices):
        TRAIN = "train"
        SCORE = "score"
        SELECT = "select"
        GENERATE = "generate"
        REVIEW = "review"
        MIX = "mix"
        EVALUATE = "evaluate"
        DONE = "done"

    project = models.ForeignKey("projects.Project", on_delete=models.CASCADE, related_name="rounds")
    number = models.PositiveIntegerField()
    seed = models.BigIntegerField()
    step = models.CharField(max_length=10, choices=Step, default=Step.TRAIN)
    settings = models.JSONField(help_text="The loop's settings as they were when the round began.")
    strategy = models.CharField(
        max_length=24,
        blank=True,
        help_text="What chooses the images that people are asked about; empty: the one of the"
        " settings, as in rounds before there was another.",
    )
    strategy_reason = models.CharField(
        max_length=200, blank=True, help_text="Why it is not the one of the settings."
    )
    classifier = models.ForeignKey(
        "training.Checkpoint", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    generator = models.ForeignKey(
        "training.Checkpoint", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    generation_run = models.ForeignKey(
        "generation.GenerationRun", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    version = models.ForeignKey(
        "datasets.DatasetVersion",
        null=True,
        on_delete=models.RESTRICT,
        related_name="+",
        help_text="The dataset as its arms were drawn from it.",
    )
    summary = models.JSONField(default=dict, help_text="The round's figures, once they are known.")
    step_times = models.JSONField(default=dict, help_text="When each step began, by step.")
    safeguards = models.JSONField(
        default=dict, help_text="What safeguards did in the round: a sentence each, by name."
    )
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "number"], name="round_number_once_a_project"
            ),
            models.UniqueConstraint(
                fields=["project"],
                condition=models.Q(finished_at=None),
                name="one_unfinished_round_a_project",
            ),
        ]

    def __str__(self) -> str:
        return f"round {self.number}"

    @property
    def asks_by(self) -> str:
        """The strategy that chooses the round's images, a `Loop.Strategy`."""
        return self.strategy or str(self.settings.get("strategy", ""))


class Arm(models.Model):
    """A ratio tried with one seed; arms of one seed are paired."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="arms")
    ratio = models.FloatField()
    seed = models.BigIntegerField()
    training_run = models.ForeignKey(
        "training.TrainingRun", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    evaluation_run = models.ForeignKey(
        "evaluation.EvaluationRun",
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="On select.",
    )
    accuracy = models.FloatField(null=True, help_text="On select.")
    synthetic_count = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["ratio", "seed"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "ratio", "seed"], name="one_arm_a_ratio_and_seed"
            ),
        ]
