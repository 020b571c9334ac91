"""Where models, their evaluations and tests of their realism answer."""

from __future__ import annotations

from django.urls import path

from apps.evaluation import (
    confusion_api,
    confusion_views,
    realism_api,
    realism_views,
    refinement_api,
    refinement_views,
    views,
)
from apps.evaluation.slices import api as slice_api
from apps.evaluation.slices import views as slice_views

page_urlpatterns = [
    path("models/", views.model_list, name="model_list"),
    path("generators/", views.generator_list, name="generator_list"),
    path("generators/refinement/", refinement_views.refinement, name="refinement"),
    path("models/<int:run_id>/", views.model_detail, name="model_detail"),
    path(
        "evaluations/<int:evaluation_id>/",
        confusion_views.evaluation_detail,
        name="evaluation_detail",
    ),
    path(
        "evaluations/<int:evaluation_id>/slice/",
        slice_views.slice_of_errors_make,
        name="evaluation_slice",
    ),
    path("images/slices/", slice_views.slices_page, name="slices"),
    path("images/slices/<int:slice_id>/", slice_views.slice_page, name="slice"),
    path(
        "images/slices/<int:slice_id>/images/", slice_views.slice_images_page, name="slice_images"
    ),
    path("images/slices/<int:slice_id>/delete/", slice_views.slice_delete, name="slice_delete"),
    path("review/realism/", realism_views.realism, name="review_realism"),
    path("review/realism/<int:test_id>/", realism_views.realism_test, name="review_realism_test"),
    path("review/realism/<int:test_id>/end/", realism_views.realism_end, name="review_realism_end"),
]
api_urlpatterns = [
    path(
        "projects/<slug:slug>/evaluations/<int:evaluation_id>/",
        confusion_api.EvaluationView.as_view(),
        name="api_evaluation",
    ),
    path(
        "projects/<slug:slug>/evaluations/<int:evaluation_id>/images/",
        confusion_api.EvaluationImageListView.as_view(),
        name="api_evaluation_images",
    ),
    path(
        "projects/<slug:slug>/evaluations/<int:evaluation_id>/slices/",
        slice_api.ErrorSliceView.as_view(),
        name="api_evaluation_slices",
    ),
    path("projects/<slug:slug>/slices/", slice_api.SliceListView.as_view(), name="api_slice_list"),
    path(
        "projects/<slug:slug>/slices/<int:slice_id>/",
        slice_api.SliceView.as_view(),
        name="api_slice",
    ),
    path(
        "projects/<slug:slug>/slices/<int:slice_id>/images/",
        slice_api.SliceImagesView.as_view(),
        name="api_slice_images",
    ),
    path(
        "projects/<slug:slug>/refinement/",
        refinement_api.RefinementListView.as_view(),
        name="api_refinement_list",
    ),
    path(
        "projects/<slug:slug>/review/realism/",
        realism_api.RealismListView.as_view(),
        name="api_realism_list",
    ),
    path(
        "projects/<slug:slug>/review/realism/<int:test_id>/",
        realism_api.RealismView.as_view(),
        name="api_realism",
    ),
]
