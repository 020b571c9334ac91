"""The overview and its buttons."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from apps.accounts.errors import Conflict
from apps.accounts.selectors import person_of
from apps.jobs.models import Job
from apps.jobs.selectors import job_list, workers_alive
from apps.loops.batches import batch_release
from apps.loops.guarding import choosing_sentence
from apps.loops.mixes import mix_check
from apps.loops.models import Loop, Round
from apps.loops.ring import SENTENCES, ring_steps
from apps.loops.rounds import reviews_due
from apps.loops.selectors import (
    accuracy_by_round,
    class_coverage,
    decision_list,
    job_running,
    mix_get,
    round_done_newest,
    round_newest,
)
from apps.loops.services import (
    loop_get_or_create,
    loop_pause,
    loop_resume,
    loop_rollback,
    loop_start,
)
from apps.loops.stopping import forecast_sentence
from apps.projects.models import Project
from apps.projects.selectors import Role, project_get_for, project_role
from apps.review.batches.looks import batch_test
from apps.review.selectors import person_counts, queue_counts
from apps.training.doubts.selectors import doubt_counts
from apps.training.selectors import curve

MOST_DECISIONS = 20


@login_required
def overview(request: HttpRequest, slug: str) -> HttpResponse:
    """The loop on one screen: where it is, whether it helps, what waits for whom."""
    project = project_get_for(request.user, slug)
    loop, round_ = loop_get_or_create(project), round_newest(project)
    points = accuracy_by_round(project)
    coverage, steps = class_coverage(project), ring_steps(project, round_)
    context = {
        "project": project,
        "section": "overview",
        "manages": project_role(request.user, project) == Role.MANAGER,
        "loop": loop,
        "round": round_,
        "steps": steps,
        "steps_done": sum(step.state == "done" for step in steps),
        "latest": points[-1] if points else None,
        "forecast": forecast_sentence(round_done_newest(project)),
        "ratio_most": max((point["ratio"] for point in points), default=0),
        "decisions": list(decision_list(project)[:MOST_DECISIONS]),
        "coverage": coverage,
        "coverage_most": max((item.real + item.synthetic for item in coverage), default=0),
        "people": person_counts(project),
        "workers": workers_alive(),
        **_now(project, round_),
    }
    context["data"] = {"points": points, "curve": _curve_of(context["job"])}
    return render(request, "loops/overview.html", context)


def _now(project: Project, round_: Round | None) -> dict[str, Any]:
    """What the round is doing, and what it waits for."""
    unfinished = round_ is not None and round_.finished_at is None
    return {
        "job": job_running(project),
        "queued_count": job_list(project, Job.Status.QUEUED).count(),
        "sentence": SENTENCES.get(Round.Step(round_.step), "") if round_ else "",
        "choosing": choosing_sentence(round_) if round_ else "",
        "doubted": sum(doubt_counts(project).values()),
        "due": reviews_due(round_) if round_ and unfinished else {},
        "queue": queue_counts(project, round_.number) if round_ else {},
        "batch": batch_test(round_.generation_run_id)
        if round_ and round_.generation_run_id
        else None,
    }


def _curve_of(job: Job | None) -> dict[str, Any] | None:
    """The curve of the training that a job does."""
    run = job.training_runs.first() if job else None
    return {"training_run": run.pk, **curve(run)} if run else None


@login_required
def top_line(request: HttpRequest, slug: str) -> HttpResponse:
    """The line at the top of the project's pages, which looks for itself whether workers live."""
    project = project_get_for(request.user, slug)
    return render(request, "components/top.html", {"project": project})


@login_required
@require_POST
def start(request: HttpRequest, slug: str) -> HttpResponse:
    """Starts the loop."""
    return _change(request, slug, loop_start)


@login_required
@require_POST
def pause(request: HttpRequest, slug: str) -> HttpResponse:
    """Lets the loop begin no further step."""
    return _change(request, slug, loop_pause)


@login_required
@require_POST
def resume(request: HttpRequest, slug: str) -> HttpResponse:
    """Lets a paused loop go on."""
    return _change(request, slug, loop_resume)


def _change(request: HttpRequest, slug: str, service: Callable[..., None]) -> HttpResponse:
    project = project_get_for(request.user, slug, Role.MANAGER)
    loop: Loop = loop_get_or_create(project)
    try:
        service(loop=loop, actor=person_of(request))
    except Conflict as conflict:
        messages.error(request, str(conflict.detail))
    return redirect("overview", slug=slug)


@login_required
@require_POST
def rollback(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Goes back, or forward again, to the mix of a round."""
    project = project_get_for(request.user, slug, Role.MANAGER)
    try:
        mix = loop_rollback(project=project, round_number=number, actor=person_of(request))
    except Conflict as conflict:
        messages.error(request, str(conflict.detail))
    else:
        messages.success(
            request, f"From the next round on, the mix of round {number} ({mix}) is trained on."
        )
    return redirect("overview", slug=slug)


@login_required
@require_POST
def batch_let_go(request: HttpRequest, slug: str, batch_id: int) -> HttpResponse:
    """Puts a batch to people although it is held back."""
    project = project_get_for(request.user, slug, Role.MANAGER)
    try:
        batch_release(project=project, batch_id=batch_id, actor=person_of(request))
    except Conflict as conflict:
        messages.error(request, str(conflict.detail))
        return redirect("review_batches", slug=slug)
    messages.success(request, f"People are asked about batch {batch_id} now.")
    return redirect("review_batch", slug=slug, batch_id=batch_id)


@login_required
@require_POST
def mix_check_again(request: HttpRequest, slug: str, mix_id: int) -> HttpResponse:
    """Makes a mix again from its version and recipe, and says whether it is the same."""
    mix = mix_get(project_get_for(request.user, slug, Role.MANAGER), mix_id)
    try:
        check = mix_check(mix)
    except Conflict as conflict:
        messages.error(request, str(conflict.detail))
    else:
        if check.holds:
            messages.success(
                request,
                f"Made again from version {check.version} and the recipe, the mix is the same:"
                f" {check.image_count:,} images with their classes ({check.computed[:8]}).",
            )
        else:
            messages.error(request, check.reason)
    return redirect("overview", slug=slug)
