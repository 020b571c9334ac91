"""Training a generator by hand, and sample sheets. Pages with evaluations lie above."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from apps.accounts.errors import Conflict
from apps.accounts.selectors import person_of
from apps.projects.models import Project
from apps.projects.selectors import Role, project_get_for
from apps.training.families import family_card
from apps.training.forms import GeneratorForm, TrainingForm
from apps.training.generators import generator_train_ask
from apps.training.learning import learnable
from apps.training.models import TrainingRun
from apps.training.selectors import training_run_get
from ml_engine.config import FAMILIES, generator_config


@login_required
@require_http_methods(["GET", "POST"])
def generator_new(request: HttpRequest, slug: str) -> HttpResponse:
    """Choose a family of generators and its settings, and train one. For managers."""
    project = project_get_for(request.user, slug, Role.MANAGER)
    family, preset = request.GET.get("family", ""), request.GET.get("preset", "")
    if family not in FAMILIES:
        return _new_page(request, project, None, TrainingForm())
    sent = request.POST if request.method == "POST" else None
    values = FAMILIES[family].presets.get(preset, {})
    form = GeneratorForm(family, project, sent, values=values)
    training = TrainingForm(sent)
    if form.is_valid() and training.is_valid():
        run = _asked(request, project, form, training)
        if run:
            return redirect("model_detail", slug=slug, run_id=run.pk)
    return _new_page(request, project, form, training, preset)


def _asked(
    request: HttpRequest, project: Project, form: GeneratorForm, training: TrainingForm
) -> TrainingRun | None:
    """The run that was asked for; None where there is nothing to learn from, which is then said."""
    try:
        run, is_new = generator_train_ask(
            project=project,
            config=generator_config(form.config.family, form.changed()),
            actor=person_of(request),
            **training.cleaned_data,
        )
    except Conflict as conflict:
        training.add_error(None, str(conflict.detail))
        return None
    words = "It trains as soon as a worker is free." if is_new else "This one was asked for before."
    messages.success(request, words)
    return run


def _new_page(
    request: HttpRequest,
    project: Project,
    form: GeneratorForm | None,
    training: TrainingForm,
    preset: str = "",
) -> HttpResponse:
    context: dict[str, Any] = {
        "project": project,
        "section": "models",
        "families": [family_card(family, project) for family in FAMILIES],
        "form": form,
        "training": training,
        "preset": preset,
    }
    if form:
        confidence = form["pool_confidence"].initial
        context |= {"learnable": learnable(project, confidence), "confidence": confidence}
    status = 422 if request.method == "POST" else 200
    return render(request, "training/generator_new.html", context, status=status)


@login_required
def sample_sheet(request: HttpRequest, slug: str, run_id: int) -> HttpResponse:
    """The newest samples of a generator's run, or those of `?step=`, as a PNG."""
    run = training_run_get(project_get_for(request.user, slug), run_id)
    step = request.GET.get("step")
    key = run.sample_sheet if step is None else run.sheets.get(step)
    if not key or not default_storage.exists(key):
        raise Http404("This run has drawn no such samples.")
    with default_storage.open(key) as sheet:
        response = HttpResponse(sheet.read(), content_type="image/png")
    # A new sheet comes under a new key, which the page adds to the address.
    response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    return response
