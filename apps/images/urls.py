"""Where this app answers: pages under /projects/<slug>/, calls under /api/v1/."""

from __future__ import annotations

from django.urls import URLPattern

page_urlpatterns: list[URLPattern] = []
api_urlpatterns: list[URLPattern] = []
