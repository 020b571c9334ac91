"""Reading the loop: its rounds, what they decided, and what each class has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.shortcuts import get_object_or_404

from apps.evaluation.models import Metric
from apps.evaluation.selectors import metric_list
from apps.images.models import Image
from apps.jobs.models import Job
from apps.loops.models import Arm, Decision, Mix, Round
from apps.projects.models import Project


def round_list(project: Project) -> QuerySet[Round]:
    """The project's rounds, newest first."""
    return Round.objects.filter(project=project).order_by("-number")


def round_newest(project: Project) -> Round | None:
    """The round that runs, or the last that did."""
    return round_list(project).first()


def round_done_newest(project: Project) -> Round | None:
    """The newest round that is done."""
    return round_list(project).filter(finished_at__isnull=False).first()


def job_running(project: Project) -> Job | None:
    """The job that the project's pages show as the running one: the one begun first."""
    running = Job.objects.filter(project=project, status=Job.Status.RUNNING)
    return running.order_by("started_at").first()


def mix_list(project: Project) -> QuerySet[Mix]:
    """The project's mixes, newest first."""
    mixes = Mix.objects.filter(project=project).select_related("project", "round", "version")
    return mixes.order_by("-id")


def mix_get(project: Project, mix_id: int) -> Mix:
    """One mix of the project. Raises Http404."""
    return get_object_or_404(mix_list(project), pk=mix_id)


def decision_list(project: Project) -> QuerySet[Decision]:
    """What was decided about the ratio, newest first."""
    return (
        Decision.objects.filter(round__project=project)
        .select_related("round", "mix__version", "actor")
        .order_by("-id")
    )


def metric_list_with_ratio(project: Project) -> QuerySet[Metric]:
    """The project's metrics, newest first, each with its arm's `ratio`; None outside arms."""
    arm = Arm.objects.filter(evaluation_run=OuterRef("evaluation_run"))
    return metric_list(project).annotate(ratio=Subquery(arm.values("ratio")[:1]))


def accuracy_by_round(project: Project) -> list[dict[str, Any]]:
    """Each finished round's figures on select, in order: what the overview's charts draw."""
    rounds = round_list(project).filter(finished_at__isnull=False).exclude(summary={})
    return [
        {
            "round": round_.number,
            "annotated": round_.summary["annotated"],
            "ratio": round_.summary["ratio"],
            "split": round_.summary["split"],
            "seeds": len(round_.summary["seeds"]),
            "images": round_.summary["image_count"],
            "real_only": round_.summary["real_only"]["accuracy"],
            "mixed": round_.summary["mixed"]["accuracy"],
        }
        for round_ in reversed(rounds)
    ]


@dataclass(frozen=True, slots=True)
class ClassCoverage:
    """What may be trained on of one class."""

    name: str
    real: int
    synthetic: int


def class_coverage(project: Project) -> list[ClassCoverage]:
    """Annotated real and accepted synthetic images in train, by class."""
    in_train = Q(images__split=Image.Split.TRAIN, images__status=Image.Status.ACCEPTED)
    classes = project.annotation_classes.annotate(
        real=Count("images", filter=in_train & Q(images__origin=Image.Origin.REAL)),
        synthetic=Count("images", filter=in_train & Q(images__origin=Image.Origin.SYNTHETIC)),
    ).order_by("position")
    return [ClassCoverage(item.name, item.real, item.synthetic) for item in classes]
