"""Reading webhooks and their log."""

from __future__ import annotations

from django.db.models import Count, Prefetch, Q, QuerySet
from django.shortcuts import get_object_or_404

from apps.projects.models import Project
from apps.webhooks.models import Attempt, Delivery, Webhook


def webhook_list(project: Project) -> QuerySet[Webhook]:
    """The project's webhooks, oldest first, each with how many messages wait (`waiting_count`)."""
    waiting = Count("deliveries", filter=Q(deliveries__status=Delivery.Status.WAITING))
    return Webhook.objects.filter(project=project).annotate(waiting_count=waiting).order_by("id")


def webhook_get(project: Project, webhook_id: int) -> Webhook:
    """One webhook of the project. Raises Http404."""
    return get_object_or_404(webhook_list(project), pk=webhook_id)


def delivery_list(webhook: Webhook) -> QuerySet[Delivery]:
    """What was sent or is to be sent, newest first, with each attempt (`tries`, newest first)."""
    tries = Prefetch("attempts", Attempt.objects.order_by("-id"), to_attr="tries")
    return Delivery.objects.filter(webhook=webhook).prefetch_related(tries).order_by("-id")
