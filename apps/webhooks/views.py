"""Pages: a project's webhooks, and one with its log. Managers only."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.errors import Conflict
from apps.accounts.saving import form_saved
from apps.accounts.selectors import person_of
from apps.projects.models import Project
from apps.projects.selectors import Role, project_get_for
from apps.webhooks.forms import WebhookForm
from apps.webhooks.models import Webhook
from apps.webhooks.selectors import delivery_list, webhook_get, webhook_list
from apps.webhooks.services import (
    webhook_change,
    webhook_create,
    webhook_delete,
    webhook_ping,
    webhook_secret_renew,
    webhook_switch_on,
)
from apps.webhooks.signing import secret_of

PAGE_SIZE = 50


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def webhooks(request: HttpRequest, slug: str) -> HttpResponse:
    """The project's webhooks; a new one's secret is shown in the answer to its making."""
    project = project_get_for(request.user, slug, Role.MANAGER)
    form = WebhookForm(request.POST if request.method == "POST" else None)
    if form.is_bound:
        made = form_saved(
            form,
            lambda: webhook_create(project=project, actor=person_of(request), **form.cleaned_data),
        )
        if made:
            return _page(request, made, new_secret=secret_of(made))
    context = {
        **_frame(project),
        "webhooks": webhook_list(project),
        "form": form,
    }
    return render(
        request, "webhooks/webhook_list.html", context, status=422 if form.errors else 200
    )


@login_required
@require_http_methods(["GET", "POST"])
def webhook(request: HttpRequest, slug: str, webhook_id: int) -> HttpResponse:
    """One webhook and what was sent to it."""
    found = _webhook(request, slug, webhook_id)
    if request.method == "GET":
        return _page(request, found)
    form = WebhookForm(request.POST)
    actor = person_of(request)

    def change() -> Webhook:
        webhook_change(webhook=found, actor=actor, **form.cleaned_data)
        return found

    if form_saved(form, change):
        return redirect("webhook", slug=slug, webhook_id=webhook_id)
    return _page(request, found, form=form)


@login_required
@require_POST
def ping(request: HttpRequest, slug: str, webhook_id: int) -> HttpResponse:
    """Has one message sent."""
    found = _webhook(request, slug, webhook_id)
    try:
        webhook_ping(webhook=found)
        messages.info(request, "A ping is on its way; its answer appears below within seconds.")
    except Conflict as conflict:
        messages.error(request, str(conflict))
    return redirect("webhook", slug=slug, webhook_id=webhook_id)


@login_required
@never_cache
@require_POST
def secret(request: HttpRequest, slug: str, webhook_id: int) -> HttpResponse:
    """Makes another secret and shows it, this once."""
    found = _webhook(request, slug, webhook_id)
    webhook_secret_renew(webhook=found, actor=person_of(request))
    return _page(request, found, new_secret=secret_of(found))


@login_required
@require_POST
def switch_on(request: HttpRequest, slug: str, webhook_id: int) -> HttpResponse:
    """Sends again."""
    found = _webhook(request, slug, webhook_id)
    try:
        webhook_switch_on(webhook=found, actor=person_of(request))
    except Conflict as conflict:
        messages.error(request, str(conflict))
    return redirect("webhook", slug=slug, webhook_id=webhook_id)


@login_required
@require_POST
def delete(request: HttpRequest, slug: str, webhook_id: int) -> HttpResponse:
    """Ends one."""
    webhook_delete(webhook=_webhook(request, slug, webhook_id), actor=person_of(request))
    return redirect("webhook_list", slug=slug)


def _webhook(request: HttpRequest, slug: str, webhook_id: int) -> Webhook:
    return webhook_get(project_get_for(request.user, slug, Role.MANAGER), webhook_id)


def _page(
    request: HttpRequest, found: Webhook, *, form: WebhookForm | None = None, new_secret: str = ""
) -> HttpResponse:
    said = {"url": found.url, "topics": found.topics}
    deliveries = Paginator(delivery_list(found), PAGE_SIZE)
    context = {
        **_frame(found.project),
        "webhook": found,
        "new_secret": new_secret,
        "form": form or WebhookForm(initial=said),
        "page": deliveries.get_page(request.GET.get("page")),
    }
    return render(request, "webhooks/webhook.html", context, status=422 if form else 200)


def _frame(project: Project) -> dict[str, object]:
    return {"project": project, "section": "settings"}
