"""Where training answers."""

from __future__ import annotations

from django.urls import path

from apps.training import api, fragments, views
from apps.training.doubts import api as doubts_api
from apps.training.doubts import views as doubts_views

page_urlpatterns = [
    path("generators/new/", views.generator_new, name="generator_new"),
    path("models/<int:run_id>/samples/", views.sample_sheet, name="sample_sheet"),
    path("images/doubts/", doubts_views.doubts_page, name="doubts"),
    path("images/doubts/settle/", doubts_views.doubts_settle, name="doubts_settle"),
    path("images/<int:image_id>/neighbours/", fragments.image_neighbours, name="image_neighbours"),
]
api_urlpatterns = [
    path("projects/<slug:slug>/doubts/", doubts_api.DoubtListView.as_view(), name="api_doubt_list"),
    path(
        "projects/<slug:slug>/doubts/settle/",
        doubts_api.DoubtSettleView.as_view(),
        name="api_doubt_settle",
    ),
    path(
        "projects/<slug:slug>/checkpoints/",
        api.CheckpointListView.as_view(),
        name="api_checkpoint_list",
    ),
    path(
        "projects/<slug:slug>/generators/",
        api.GeneratorListView.as_view(),
        name="api_generator_list",
    ),
    path(
        "projects/<slug:slug>/generators/families/",
        api.GeneratorFamilyListView.as_view(),
        name="api_generator_family_list",
    ),
]
