"""Where jobs and the project's log of events answer."""

from __future__ import annotations

from django.urls import URLPattern

page_urlpatterns: list[URLPattern] = []
api_urlpatterns: list[URLPattern] = []
websocket_urlpatterns: list[URLPattern] = []
