"""Where models and their evaluations answer."""

from __future__ import annotations

from django.urls import URLPattern, path

from apps.evaluation import views

page_urlpatterns = [
    path("models/", views.model_list, name="model_list"),
    path("models/<int:run_id>/", views.model_detail, name="model_detail"),
]
api_urlpatterns: list[URLPattern] = []
