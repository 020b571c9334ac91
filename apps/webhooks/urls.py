"""Where webhooks answer."""

from __future__ import annotations

from django.urls import path

from apps.webhooks import api, views

_PAGE = "settings/webhooks/<int:webhook_id>/"
page_urlpatterns = [
    path("settings/webhooks/", views.webhooks, name="webhook_list"),
    path(_PAGE, views.webhook, name="webhook"),
    path(f"{_PAGE}ping/", views.ping, name="webhook_ping"),
    path(f"{_PAGE}secret/", views.secret, name="webhook_secret"),
    path(f"{_PAGE}on/", views.switch_on, name="webhook_on"),
    path(f"{_PAGE}delete/", views.delete, name="webhook_delete"),
]
_CALL = "projects/<slug:slug>/webhooks/"
_ONE = f"{_CALL}<int:webhook_id>/"
api_urlpatterns = [
    path(_CALL, api.WebhookListView.as_view(), name="api_webhook_list"),
    path(_ONE, api.WebhookView.as_view(), name="api_webhook"),
    path(f"{_ONE}ping/", api.WebhookPingView.as_view(), name="api_webhook_ping"),
    path(f"{_ONE}secret/", api.WebhookSecretView.as_view(), name="api_webhook_secret"),
    path(f"{_ONE}on/", api.WebhookOnView.as_view(), name="api_webhook_on"),
    path(f"{_ONE}deliveries/", api.DeliveryListView.as_view(), name="api_delivery_list"),
]
