"""Pages for managers: how each person reviews, how far people agree, and who may go on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from apps.accounts.errors import Conflict
from apps.accounts.models import User
from apps.accounts.selectors import person_of
from apps.projects.models import Project
from apps.projects.selectors import Role, project_get_for
from apps.review.answers.rejudging import judging_enqueue
from apps.review.models import ReviewSettings, ReviewTask
from apps.review.people import agreement
from apps.review.people import figures as people
from apps.review.people.agreement import Agreement, PairAgreement, alpha_of, pair_kappas
from apps.review.people.details import confusions_of, days_of
from apps.review.people.figures import PERIODS, period_start, person_list, reviewer_resume
from apps.review.selectors import review_settings_get

MOST_PAIRS = 30


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two people by name."""

    one: str
    other: str
    kappa: Agreement


@dataclass(frozen=True, slots=True)
class _KindAgreement:
    """How far people agree about one kind of task."""

    kind: str
    alpha: Agreement
    pairs: list[_Pair]
    untold: int
    """Pairs with too few tasks in common."""
    left_out: int
    """Pairs that agree better than those shown."""


@login_required
def people_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Everybody who reviews: how much, how fast, how well."""
    project = project_get_for(request.user, slug, Role.MANAGER)
    period, since = _period(request)
    policy = review_settings_get(project)
    context = {
        "project": project,
        "section": "review",
        "tab": "people",
        "people": person_list(project, since),
        "policy": policy,
        "is_weighed": policy.truth_method == ReviewSettings.TruthMethod.DAWID_SKENE,
        "kinds": ReviewTask.Kind.choices,
        "least": people,
        **_period_context(period),
    }
    return render(request, "review/people.html", context)


@login_required
def people_agreement(request: HttpRequest, slug: str) -> HttpResponse:
    """A fragment: how far people agree beyond chance, all together and two by two."""
    project = project_get_for(request.user, slug, Role.MANAGER)
    _, since = _period(request)
    kinds = [_agreement(project, kind, since) for kind in agreement.KINDS]
    context = {"kinds": kinds, "least_tasks": agreement.LEAST_TASKS}
    return render(request, "review/_agreement.html", context)


def _agreement(project: Project, kind: str, since: datetime | None) -> _KindAgreement:
    pairs = pair_kappas(project, kind, since)
    told = [pair for pair in pairs if pair.kappa.is_told]
    return _KindAgreement(
        kind=kind,
        alpha=alpha_of(project, kind, since),
        pairs=_named(told[:MOST_PAIRS]),
        untold=len(pairs) - len(told),
        left_out=max(0, len(told) - MOST_PAIRS),
    )


def _named(pairs: list[PairAgreement]) -> list[_Pair]:
    names = dict(
        User.objects.filter(pk__in={pk for pair in pairs for pk in (pair.one, pair.other)})
        .values_list("pk", "username")
    )  # fmt: skip
    return [_Pair(names[pair.one], names[pair.other], pair.kappa) for pair in pairs]


@login_required
def person_page(request: HttpRequest, slug: str, username: str) -> HttpResponse:
    """One person: what they confuse with what, and how their days went."""
    project = project_get_for(request.user, slug, Role.MANAGER)
    user = get_object_or_404(User, username=username)
    period, since = _period(request)
    person = next(iter(person_list(project, since, only=user)), None)
    if person is None:
        raise Http404(f"{username} has no part in {project}.")
    days = days_of(project, user, since)
    context = {
        "project": project,
        "section": "review",
        "tab": "people",
        "person": person,
        "confusions": confusions_of(project, user, since),
        "days": days,
        "most_answers": max((day.answers for day in days), default=0),
        "least": people,
        "kinds": ReviewTask.Kind.choices,
        **_period_context(period),
    }
    return render(request, "review/person.html", context)


@login_required
@require_POST
def person_resume(request: HttpRequest, slug: str, username: str) -> HttpResponse:
    """Lets a person go on whom their gold answers have paused."""
    project = project_get_for(request.user, slug, Role.MANAGER)
    user = get_object_or_404(User, username=username)
    try:
        reviewer_resume(project=project, user=user, actor=person_of(request))
    except Conflict as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{username} may go on; their gold answers count from now.")
    return redirect("review_people", slug=slug)


@login_required
@require_POST
def answers_judge(request: HttpRequest, slug: str) -> HttpResponse:
    """Asks for a job that judges all tasks of several answers again."""
    project = project_get_for(request.user, slug, Role.MANAGER)
    job = judging_enqueue(
        project=project, title="Judge people's answers again", created_by=person_of(request)
    )
    return redirect("job_detail", slug=slug, job_id=job.pk)


def _period(request: HttpRequest) -> tuple[str, datetime | None]:
    period = request.GET.get("days", "")
    period = period if period in PERIODS else "30"
    return period, period_start(period)


def _period_context(period: str) -> dict[str, Any]:
    return {"period": period, "periods": PERIODS.items()}
