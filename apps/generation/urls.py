"""Where generation answers."""

from __future__ import annotations

from django.urls import path

from apps.generation import api, batch_views, views
from apps.generation.studio import api as studio_api
from apps.generation.studio import picture_api
from apps.generation.studio import views as studio_views
from apps.generation.studio.consumers import StudioConsumer

page_urlpatterns = [
    path("images/<int:image_id>/lineage/", views.image_lineage, name="image_lineage"),
    path("studio/", studio_views.studio, name="studio"),
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
    path(
        "projects/<slug:slug>/studio/directions/",
        studio_api.DirectionListView.as_view(),
        name="api_direction_list",
    ),
    path(
        "projects/<slug:slug>/studio/directions/<int:direction_id>/",
        studio_api.DirectionView.as_view(),
        name="api_direction",
    ),
    path(
        "projects/<slug:slug>/studio/pictures/",
        picture_api.PictureView.as_view(),
        name="api_studio_picture",
    ),
    path(
        "projects/<slug:slug>/studio/keep/", studio_api.KeepView.as_view(), name="api_studio_keep"
    ),
    path(
        "projects/<slug:slug>/studio/inversions/",
        studio_api.InversionView.as_view(),
        name="api_studio_invert",
    ),
]
websocket_urlpatterns = [
    path("ws/projects/<slug:slug>/studio/", StudioConsumer.as_asgi(), name="studio_pictures"),
]
