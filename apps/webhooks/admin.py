"""Webhooks in the administration: looked at here, changed by services. Secrets are nowhere."""

from __future__ import annotations

from django.contrib import admin

from apps.accounts.admin import ReadOnlyAdmin
from apps.webhooks.models import Delivery, Webhook


@admin.register(Webhook)
class WebhookAdmin(ReadOnlyAdmin):
    list_display = ["project", "url", "topics", "failing_since", "switched_off_at"]
    list_select_related = ["project"]
    exclude = ["salt"]


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    list_display = ["webhook", "kind", "status", "attempt_count", "due_at", "finished_at"]
    list_filter = ["status"]
    list_select_related = ["webhook"]
    show_full_result_count = False
