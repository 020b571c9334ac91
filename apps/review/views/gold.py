"""Gold tasks for managers: what is asked to check people, and how they answer it."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from apps.accounts.selectors import person_of
from apps.images.models import Image
from apps.projects.selectors import Role, project_get_for
from apps.review.people.gold import MOST_MADE, gold_task_list, gold_task_retire, gold_tasks_create
from apps.review.selectors import review_settings_get

MOST_SHOWN = 48


class GoldForm(forms.Form):
    """How many to make."""

    count = forms.IntegerField(label="How many", min_value=1, max_value=MOST_MADE, initial=20)


@login_required
def gold(request: HttpRequest, slug: str) -> HttpResponse:
    """A fragment: how many gold tasks there are, the newest, and how people answer them."""
    project = project_get_for(request.user, slug, Role.MANAGER)
    tasks = gold_task_list(project)
    context = {
        "project": project,
        "policy": review_settings_get(project),
        "count": tasks.count(),
        "tasks": [
            {
                "task": task,
                "answer": task.gold_class or task.gold_verdict.replace("_", " "),
            }
            for task in tasks[:MOST_SHOWN]
        ],
        "form": GoldForm(),
    }
    return render(request, "review/_gold.html", context)


@login_required
@require_POST
def gold_add(request: HttpRequest, slug: str) -> HttpResponse:
    """Makes gold tasks of some trusted images, drawn at random."""
    project = project_get_for(request.user, slug, Role.MANAGER)
    form = GoldForm(request.POST)
    if form.is_valid():
        count = form.cleaned_data["count"]
        made = gold_tasks_create(project=project, actor=person_of(request), count=count)
        _say(request, len(made), count)
    else:
        messages.error(request, f"Nothing was made: ask for 1 to {MOST_MADE} gold tasks at once.")
    return redirect(f"{reverse('review_people', args=[slug])}#gold")


def _say(request: HttpRequest, made: int, wanted: int) -> None:
    if made == wanted:
        messages.success(request, f"{made} more gold tasks are asked among the others.")
    else:
        messages.warning(
            request,
            f"{made} of {wanted} were made: no more images of train are certain enough. Ask several"
            " people about a question, or make gold of an image on its own page.",
        )


@login_required
@require_POST
def image_gold(request: HttpRequest, slug: str, image_id: int) -> HttpResponse:
    """Makes one image a gold task: the manager stands for its class."""
    project = project_get_for(request.user, slug, Role.MANAGER)
    image = get_object_or_404(Image, project=project, pk=image_id)
    made = gold_tasks_create(project=project, actor=person_of(request), images=[image.pk])
    if made:
        messages.success(request, f"{image.name} is asked among the others, to check people.")
    else:
        messages.error(
            request,
            f"{image.name} cannot be gold: it takes a decided image of train that neither waits in"
            " the queue nor is gold already.",
        )
    return redirect("image_detail", slug=slug, image_id=image_id)


@login_required
@require_POST
def gold_retire(request: HttpRequest, slug: str, task_id: int) -> HttpResponse:
    """Asks a gold task no more."""
    project = project_get_for(request.user, slug, Role.MANAGER)
    task = get_object_or_404(gold_task_list(project), pk=task_id)
    gold_task_retire(task=task, actor=person_of(request))
    messages.success(request, "It is asked no more; what was answered stays and counts.")
    return redirect(f"{reverse('review_people', args=[slug])}#gold")
