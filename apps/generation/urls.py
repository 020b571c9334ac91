"""Where generation answers."""

from __future__ import annotations

from django.urls import path

from apps.generation import api, batch_views, views

page_urlpatterns = [
    path("images/<int:image_id>/lineage/", views.image_lineage, name="image_lineage"),
    path("review/batches/", batch_views.batches, name="review_batches"),
    path("review/batches/<int:batch_id>/", batch_views.batch, name="review_batch"),
]
api_urlpatterns = [
    path(
        "projects/<slug:slug>/review/batches/", api.BatchListView.as_view(), name="api_batch_list"
    ),
    path(
        "projects/<slug:slug>/review/held-batches/",
        api.HeldBatchListView.as_view(),
        name="api_held_batch_list",
    ),
    path(
        "projects/<slug:slug>/review/batches/<int:batch_id>/",
        api.BatchView.as_view(),
        name="api_batch",
    ),
]
