"""The loop's settings, with those of its generator's family."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.errors import Conflict
from apps.accounts.selectors import person_of
from apps.loops.checks import LOOP_SETS
from apps.loops.forms import LoopForm
from apps.loops.models import Loop
from apps.loops.services import loop_generator_use, loop_get_or_create, loop_update
from apps.projects.models import Project
from apps.projects.selectors import Role, project_get_for, project_role
from apps.training.forms import GeneratorForm
from apps.training.selectors import training_run_get
from ml_engine.config import FAMILIES


@login_required
@require_http_methods(["GET", "POST"])
def loop_settings(request: HttpRequest, slug: str) -> HttpResponse:
    """The loop's settings: every member reads them, managers change them."""
    least = Role.ANNOTATOR if request.method == "GET" else Role.MANAGER
    project = project_get_for(request.user, slug, least)
    manages = project_role(request.user, project) == Role.MANAGER
    sent = request.POST.copy() if request.method == "POST" else None
    loop = loop_get_or_create(project)
    family = _family(request.POST.get("generator", ""), loop)
    generator = _generator_form(loop, family, sent, read_only=not manages)
    if sent is not None:
        sent["generator_parameters"] = json.dumps(_parameters(loop, generator))
    form = LoopForm(sent, instance=loop_get_or_create(project), read_only=not manages)
    if request.method == "POST" and _is_written(request, project, form, generator):
        messages.success(request, "Saved. The settings hold from the next round on.")
        return redirect("loop_settings", slug=slug)
    context = {
        "project": project,
        "section": "settings",
        "form": form,
        "manages": manages,
        "generator": generator,
        "is_open": bool(
            generator.errors or generator.card.refusal or form.errors.get("generator_parameters")
        ),
    }
    status = 422 if form.errors or generator.errors else 200
    return render(request, "loops/loop_settings.html", context, status=status)


@login_required
@require_safe
def generator_settings(request: HttpRequest, slug: str) -> HttpResponse:
    """The settings of the family `?generator=`, filled with those of its `?preset=`."""
    project = project_get_for(request.user, slug, Role.MANAGER)
    loop = loop_get_or_create(project)
    family, preset = _family(request.GET.get("generator", ""), loop), request.GET.get("preset", "")
    values = FAMILIES[family].presets.get(preset)
    context = {
        "project": project,
        "manages": True,
        "generator": _generator_form(loop, family, None, values=values),
        "preset": preset,
        "is_open": True,
    }
    return render(request, "loops/_generator_settings.html", context)


@login_required
@require_POST
def generator_use(request: HttpRequest, slug: str, run_id: int) -> HttpResponse:
    """Lets the loop train such a generator as one that was trained."""
    project = project_get_for(request.user, slug, Role.MANAGER)
    run = training_run_get(project, run_id)
    try:
        loop_generator_use(
            loop=loop_get_or_create(project), training_run=run, actor=person_of(request)
        )
    except Conflict as conflict:
        messages.error(request, str(conflict.detail))
        return redirect("model_detail", slug=slug, run_id=run_id)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("model_detail", slug=slug, run_id=run_id)
    messages.success(
        request,
        f"From the next round on, the loop trains {FAMILIES[run.family].title} with the settings of"
        f" generator {run.pk}.",
    )
    return redirect("loop_settings", slug=slug)


def _family(asked: str, loop: Loop) -> str:
    """The family that was asked for, else the loop's own, else the first that there is."""
    return next((name for name in (asked, loop.generator) if name in FAMILIES), min(FAMILIES))


def _generator_form(
    loop: Loop,
    family: str,
    sent: Any,
    *,
    values: dict[str, Any] | None = None,
    read_only: bool = False,
) -> GeneratorForm:
    """The family's settings: those given, else the loop's where it is the loop's family."""
    if values is None:
        values = loop.generator_parameters if family == loop.generator else {}
    return GeneratorForm(
        family, loop.project, sent, values=values, left_out=LOOP_SETS, read_only=read_only
    )


def _parameters(loop: Loop, generator: GeneratorForm) -> dict[str, Any]:
    """What was sent of the family's settings; where nothing was, what holds already."""
    if generator.is_bound:
        return generator.changed() if generator.is_valid() else {}
    return loop.generator_parameters if generator.card.family == loop.generator else {}


def _is_written(
    request: HttpRequest, project: Project, form: LoopForm, generator: GeneratorForm
) -> bool:
    """Whether the settings were written; where they were not, the forms say why."""
    if not form.is_valid() or generator.errors:
        return False
    try:
        loop_update(
            loop=loop_get_or_create(project), values=form.cleaned_data, actor=person_of(request)
        )
    except ValidationError as error:
        form.add_error(None, error)
        return False
    return True
