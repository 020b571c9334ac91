"""Where training answers."""

from __future__ import annotations

from django.urls import path

from apps.training import api, views

page_urlpatterns = [
    path("models/<int:run_id>/samples/", views.sample_sheet, name="sample_sheet"),
]
api_urlpatterns = [
    path(
        "projects/<slug:slug>/checkpoints/",
        api.CheckpointListView.as_view(),
        name="api_checkpoint_list",
    ),
]
