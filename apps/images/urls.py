"""Where images answer."""

from __future__ import annotations

from django.urls import path

from apps.images import api, views
from apps.images.quality import api as quality_api
from apps.images.quality import views as quality_views
from apps.images.splits import api as splits_api
from apps.images.splits import views as splits_views

page_urlpatterns = [
    path("images/", views.image_list_page, name="image_list"),
    path("images/refusals/", views.refusal_list_page, name="refusal_list"),
    path("images/splits/", splits_views.splits_page, name="splits"),
    path("images/splits/preview/", splits_views.splits_preview, name="splits_preview"),
    path("images/splits/mend/", splits_views.splits_mend, name="splits_mend"),
    path("images/quality/", quality_views.quality_page, name="quality"),
    path("images/quality/preview/", quality_views.quality_preview_fragment, name="quality_preview"),
    path("images/quarantine/", quality_views.quarantine_page, name="quarantine"),
    path("images/quarantine/restore/", quality_views.quarantine_restore, name="quarantine_restore"),
    path("images/<int:image_id>/", views.image_detail_page, name="image_detail"),
    path("images/<int:image_id>/file/", views.image_file, name="image_file"),
    path("images/<int:image_id>/thumbnail/", views.image_thumbnail, name="image_thumbnail"),
]
api_urlpatterns = [
    path("projects/<slug:slug>/images/", api.ImageListView.as_view(), name="api_image_list"),
    path("projects/<slug:slug>/images/urls/", api.UrlListView.as_view(), name="api_url_list"),
    path(
        "projects/<slug:slug>/images/restore/",
        quality_api.RestoreView.as_view(),
        name="api_image_restore",
    ),
    path(
        "projects/<slug:slug>/quality/",
        quality_api.QualityPolicyView.as_view(),
        name="api_quality",
    ),
    path(
        "projects/<slug:slug>/quality/preview/",
        quality_api.QualityPreviewView.as_view(),
        name="api_quality_preview",
    ),
    path(
        "projects/<slug:slug>/quality/apply/",
        quality_api.QualityApplyView.as_view(),
        name="api_quality_apply",
    ),
    path("projects/<slug:slug>/images/<int:image_id>/", api.ImageView.as_view(), name="api_image"),
    path("projects/<slug:slug>/splits/", splits_api.SplitsView.as_view(), name="api_splits"),
    path(
        "projects/<slug:slug>/splits/preview/",
        splits_api.SplitsPreviewView.as_view(),
        name="api_splits_preview",
    ),
    path(
        "projects/<slug:slug>/splits/assign/",
        splits_api.SplitsAssignView.as_view(),
        name="api_splits_assign",
    ),
    path(
        "projects/<slug:slug>/splits/mend/",
        splits_api.SplitsMendView.as_view(),
        name="api_splits_mend",
    ),
]
