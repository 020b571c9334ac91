"""Where generation answers."""

from __future__ import annotations

from django.urls import path

from apps.generation import views

page_urlpatterns = [
    path("images/<int:image_id>/lineage/", views.image_lineage, name="image_lineage"),
]
api_urlpatterns = []  # type: ignore[var-annotated]
