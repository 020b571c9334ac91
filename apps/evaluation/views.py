"""Pages about models: every training run, and one with its curves, figures and batches."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode

from apps.evaluation.comparison import HEALTH_SPLIT, generators_compare
from apps.evaluation.confusions import Confusions
from apps.evaluation.measures import BY_CLASS, measure_tables
from apps.evaluation.selectors import accuracies, evaluation_reports
from apps.evaluation.slices.accuracy import accuracy_by_slice
from apps.generation.selectors import generation_runs_of
from apps.images.models import Image
from apps.projects.selectors import Role, annotation_class_list, project_get_for, project_role
from apps.training.families import family_title
from apps.training.models import TrainingRun
from apps.training.refinement import turns_behind
from apps.training.selectors import curve, training_run_get, training_run_list

PAGE_SIZE = 50
PURPOSES = {"deployed": "Deployed", "generator": "Generators", "arm": "Arms"}


@login_required
def model_list(request: HttpRequest, slug: str) -> HttpResponse:
    """The project's training runs, newest first; `?purpose=` keeps one kind of them."""
    project = project_get_for(request.user, slug)
    purpose = request.GET.get("purpose", "")
    purpose = purpose if purpose in PURPOSES else ""
    page = Paginator(training_run_list(project, purpose), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    measured = accuracies(list(page.object_list), Image.Split.SELECT)
    context = {
        "project": project,
        "section": "models",
        "page": page,
        "rows": [(run, measured.get(run.pk)) for run in page.object_list],
        "purpose": purpose,
        "purposes": PURPOSES,
        "manages": project_role(request.user, project) == Role.MANAGER,
    }
    return render(request, "evaluation/model_list.html", context)


@login_required
def generator_list(request: HttpRequest, slug: str) -> HttpResponse:
    """The project's generators side by side, on the same real images."""
    project = project_get_for(request.user, slug)
    context = {
        "project": project,
        "section": "models",
        "generators": generators_compare(project),
        "purpose": "compare",
        "purposes": PURPOSES,
        "manages": project_role(request.user, project) == Role.MANAGER,
    }
    return render(request, "evaluation/generator_list.html", context)


@login_required
def model_detail(request: HttpRequest, slug: str, run_id: int) -> HttpResponse:
    """One training run, whether it is done or still running."""
    project = project_get_for(request.user, slug)
    run = training_run_get(project, run_id)
    checkpoint = getattr(run, "checkpoint", None)
    batches = list(generation_runs_of(checkpoint)) if checkpoint else []
    tables = measure_tables(checkpoint) if checkpoint else {}
    context = {
        "project": project,
        "section": "models",
        "run": run,
        "family": family_title(run.family),
        "checkpoint": checkpoint,
        "reports": [
            (report, accuracy_by_slice(Confusions(report.run)))
            for report in (evaluation_reports(checkpoint) if checkpoint else [])
        ],
        "generation_runs": [(batch, tables.get(batch.pk, [])) for batch in batches],
        "measures_by_class": BY_CLASS,
        "turn": getattr(run, "refinement_turn", None),
        "turns_behind": turns_behind(run) if run.warm_start_id else [],
        "class_counts": _class_counts(
            run.manifest, [item.name for item in annotation_class_list(project)]
        ),
        "manages": project_role(request.user, project) == Role.MANAGER,
        "health": checkpoint.metadata.get("health") if checkpoint else None,
        "health_split": HEALTH_SPLIT,
        "data": {"training_run": run.pk, "curve": curve(run), "sheets": _sheets(run, slug)},
    }
    return render(request, "evaluation/model_detail.html", context)


def _class_counts(manifest: dict[str, dict[str, int]], names: list[str]) -> list[tuple[str, int]]:
    """How many images of each class a run was trained on."""
    by_class = manifest.get("by_class", {})
    return [(name, by_class.get(str(position), 0)) for position, name in enumerate(names)]


def _sheets(run: TrainingRun, slug: str) -> list[dict[str, object]]:
    """A run's sample sheets in the order in which they were drawn: step and address."""
    address = reverse("sample_sheet", args=[slug, run.pk])
    return [
        {
            "step": step,
            "url": f"{address}?{urlencode({'step': step, 'sheet': run.sheets[str(step)]})}",
        }
        for step in sorted(map(int, run.sheets))
    ]
