"""Where datasets answer."""

from __future__ import annotations

from django.urls import path

from apps.datasets import api, export_api, views

page_urlpatterns = [
    path("datasets/", views.dataset_list_page, name="dataset_list"),
    path("datasets/freeze/", views.freeze, name="dataset_freeze"),
    path("datasets/compare/", views.compare, name="dataset_compare"),
    path("datasets/<int:number>/", views.dataset_page, name="dataset"),
    path(
        "datasets/<int:number>/difference/<int:other>/",
        views.difference_page,
        name="dataset_difference",
    ),
    path("datasets/<int:number>/export/", views.export, name="dataset_export"),
    path(
        "datasets/exports/<int:export_id>/delete/",
        views.export_delete,
        name="dataset_export_delete",
    ),
]
_PROJECT = "projects/<slug:slug>"
api_urlpatterns = [
    path(f"{_PROJECT}/versions/", api.VersionListView.as_view(), name="api_version_list"),
    path(f"{_PROJECT}/versions/<int:number>/", api.VersionView.as_view(), name="api_version"),
    path(
        f"{_PROJECT}/versions/<int:number>/difference/<int:other>/",
        api.VersionDifferenceView.as_view(),
        name="api_version_difference",
    ),
    path(
        f"{_PROJECT}/versions/<int:number>/manifest/",
        export_api.ManifestView.as_view(),
        name="api_version_manifest",
    ),
    path(f"{_PROJECT}/exports/", export_api.ExportListView.as_view(), name="api_export_list"),
    path(
        f"{_PROJECT}/exports/<int:export_id>/",
        export_api.ExportView.as_view(),
        name="api_export",
    ),
    path(
        f"{_PROJECT}/exports/<int:export_id>/file/",
        export_api.ExportFileView.as_view(),
        name="api_export_file",
    ),
]
