"""Training runs, what they leave, and what a checkpoint thinks of each image."""

from __future__ import annotations

from django.db import models
from pgvector.django import VectorField


class TrainingRun(models.Model):
    """One training of a classifier or a generator. Its state is its job's."""

    class Kind(models.TextChoices):
        CLASSIFIER = "classifier"
        GENERATOR = "generator"

    project = models.ForeignKey(
        "projects.Project", on_delete=models.CASCADE, related_name="training_runs"
    )
    kind = models.CharField(max_length=10, choices=Kind)
    family = models.CharField(max_length=80, help_text="Network or generator family.")
    purpose = models.CharField(
        max_length=20, help_text="deployed, arm or generator: what the run is for."
    )
    config = models.JSONField()
    seed = models.BigIntegerField()
    manifest = models.JSONField(
        default=dict,
        help_text="Counts by split, origin and class, and the hash of the exact image list.",
    )
    warm_start = models.ForeignKey(
        "Checkpoint",
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="What the training began from, if not from nothing.",
    )
    practice = models.JSONField(
        default=dict,
        help_text="How a classifier was given images made while it trained: the settings, and the"
        " positions of the classes that were made. Empty: it was not.",
    )
    practice_generator = models.ForeignKey(
        "Checkpoint",
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="What made them.",
    )
    job = models.ForeignKey(
        "jobs.Job", null=True, on_delete=models.SET_NULL, related_name="training_runs"
    )
    round_number = models.PositiveIntegerField(null=True)
    sample_sheet = models.CharField(max_length=200, blank=True, help_text="Key in storage.")
    sheets = models.JSONField(default=dict, help_text="All sample sheets: key in storage by step.")
    notices = models.JSONField(
        default=list,
        help_text="What it warned of: [{kind: warning or alarm, step, message}, …] in order.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["project", "-id"], name="training_runs_newest_first")]

    def __str__(self) -> str:
        return f"{self.kind} run {self.pk}"

    @property
    def folder(self) -> str:
        """Where its files lie, under ENGINE_ROOT."""
        return f"runs/{self.pk}"


class TrainingSet(models.Model):
    """Exactly what a run trains on, apart from the run because it is long."""

    training_run = models.OneToOneField(
        TrainingRun, primary_key=True, on_delete=models.CASCADE, related_name="training_set"
    )
    rows = models.JSONField(help_text="[[sha256, class position], …] in order of sha256.")


class RefinementTurn(models.Model):
    """A round in which the generator also learns from synthetic images.

    Its lists are written once: they stay what they were, whatever becomes of the images.
    """

    project = models.ForeignKey(
        "projects.Project", on_delete=models.CASCADE, related_name="refinement_turns"
    )
    number = models.PositiveIntegerField(help_text="1 for the project's first turn.")
    round_number = models.PositiveIntegerField()
    classifier = models.ForeignKey(
        "Checkpoint",
        on_delete=models.RESTRICT,
        related_name="+",
        help_text="Which agreed with people; its features measure both generators.",
    )
    generator_before = models.ForeignKey(
        "Checkpoint",
        on_delete=models.RESTRICT,
        related_name="+",
        help_text="The generator as it was before the turn.",
    )
    training_run = models.OneToOneField(
        TrainingRun,
        null=True,
        on_delete=models.RESTRICT,
        related_name="refinement_turn",
        help_text="The generator's training that learns from them; null until it is asked for.",
    )
    confidence = models.FloatField(
        help_text="Calibrated confidence from which the classifier agreed, 0 to 1."
    )
    offered = models.PositiveIntegerField(
        help_text="Synthetic images that people had accepted by then."
    )
    rows = models.JSONField(
        help_text="Those that the classifier agrees with: [[sha256, class position], …] in order"
        " of sha256."
    )
    fed_rows = models.JSONField(
        default=list,
        help_text="Of these, those that the generator learns from: each class up to its real"
        " images.",
    )
    report = models.JSONField(
        default=dict, help_text="Both generators beside the same real images, once it is measured."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "number"], name="refinement_turn_once_a_project"
            ),
            models.UniqueConstraint(
                fields=["project", "round_number"], name="one_refinement_turn_a_round"
            ),
        ]

    def __str__(self) -> str:
        return f"turn {self.number} of refinement"

    @property
    def agreed(self) -> list[tuple[str, int]]:
        """What the classifier agrees with: hashes and class positions."""
        return [(sha256, position) for sha256, position in self.rows]


class CurvePoint(models.Model):
    """What a training run measured at a step; written once a step, also after a resume."""

    training_run = models.ForeignKey(TrainingRun, on_delete=models.CASCADE, related_name="curve")
    step = models.PositiveIntegerField()
    values = models.JSONField()

    class Meta:
        ordering = ["step"]
        constraints = [
            models.UniqueConstraint(fields=["training_run", "step"], name="one_curve_point_a_step"),
        ]


class Checkpoint(models.Model):
    """What a training run leaves: safetensors and JSON under ENGINE_ROOT, named by hash."""

    project = models.ForeignKey(
        "projects.Project", on_delete=models.CASCADE, related_name="checkpoints"
    )
    training_run = models.OneToOneField(
        TrainingRun, on_delete=models.CASCADE, related_name="checkpoint"
    )
    kind = models.CharField(max_length=10, choices=TrainingRun.Kind)
    folder = models.CharField(max_length=200, help_text="Under ENGINE_ROOT.")
    sha256 = models.CharField(max_length=64)
    metadata = models.JSONField(default=dict, help_text="Temperature, steps, accuracies.")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.kind} {self.sha256[:8]}"


class Prediction(models.Model):
    """What a classifier's checkpoint sees in an image: its guess and the image's embedding."""

    checkpoint = models.ForeignKey(Checkpoint, on_delete=models.CASCADE, related_name="predictions")
    image = models.ForeignKey("images.Image", on_delete=models.CASCADE, related_name="predictions")
    annotation_class = models.ForeignKey(
        "projects.AnnotationClass", on_delete=models.CASCADE, related_name="+"
    )
    confidence = models.FloatField(help_text="Calibrated probability of the guess, 0 to 1.")
    embedding = VectorField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["checkpoint", "image"], name="one_prediction_an_image"),
        ]


class Score(models.Model):
    """How unsure a checkpoint is about an image, by a named strategy; more is less sure.

    Of a strategy that chooses a batch as a whole it is how early the image is chosen: 1 first, 0
    not at all.
    """

    checkpoint = models.ForeignKey(Checkpoint, on_delete=models.CASCADE, related_name="scores")
    image = models.ForeignKey("images.Image", on_delete=models.CASCADE, related_name="scores")
    strategy = models.CharField(max_length=24)
    value = models.FloatField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["checkpoint", "image", "strategy"], name="one_score_an_image_and_strategy"
            ),
        ]
        indexes = [
            models.Index(
                "checkpoint", "strategy", models.F("value").desc(), "image", name="least_sure_first"
            ),
        ]


class Doubt(models.Model):
    """Why an image should not be asked about, or not be believed, as scoring found it.

    Nothing but asking follows from it. A newer checkpoint's doubts replace those that nobody has
    settled; of an image that was settled, the same is not doubted again.
    """

    class Kind(models.TextChoices):
        OUTLIER = "outlier", "hardly belongs here"
        MISLABELLED = "mislabelled", "hardly has this class"

    class Outcome(models.TextChoices):
        ASKED = "asked", "people were asked nevertheless"
        KEPT = "kept", "it was right as it is"
        SET_APART = "set_apart", "the image was set apart"

    project = models.ForeignKey(
        "projects.Project", on_delete=models.CASCADE, related_name="doubts", db_index=False
    )
    image = models.ForeignKey("images.Image", on_delete=models.CASCADE, related_name="doubts")
    kind = models.CharField(max_length=12, choices=Kind)
    checkpoint = models.ForeignKey(
        Checkpoint, null=True, on_delete=models.SET_NULL, related_name="doubts"
    )
    measure = models.CharField(
        max_length=24, help_text="What was measured: a look of the outliers, or margin."
    )
    value = models.FloatField()
    threshold = models.FloatField(help_text="What the value exceeds.")
    reason = models.CharField(max_length=200, help_text="In plain words.")
    other_class = models.ForeignKey(
        "projects.AnnotationClass",
        null=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text="Of a doubted annotation: the likelier class.",
    )
    would_ask = models.BooleanField(
        default=False, help_text="Of an outlier: whether the round's strategy had chosen it."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["image", "kind"], name="one_doubt_an_image_and_kind"),
        ]
        indexes = [
            models.Index(
                fields=["project", "kind", "-id"],
                condition=models.Q(settled_at=None),
                name="doubts_most_first",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} image {self.image_id}"
