"""Where imports answer."""

from __future__ import annotations

from django.urls import path

from apps.imports import api, tus, views

_PAGE = "images/imports/<int:import_id>/"
page_urlpatterns = [
    path("images/add/", views.import_new, name="import_new"),
    path("images/imports/", views.imports, name="import_list"),
    path(_PAGE, views.import_detail, name="import_detail"),
    path(f"{_PAGE}abandon/", views.abandon, name="import_abandon"),
]
_CALL = "projects/<slug:slug>/imports/"
_ONE = f"{_CALL}<int:import_id>/"
api_urlpatterns = [
    path(_CALL, api.ImportListView.as_view(), name="api_import_list"),
    path(_ONE, api.ImportView.as_view(), name="api_import"),
    path(f"{_ONE}begin/", api.ImportBeginView.as_view(), name="api_import_begin"),
    path(f"{_ONE}uploads/", tus.UploadListView.as_view(), name="api_upload_list"),
    path(f"{_ONE}uploads/<uuid:upload_id>/", tus.UploadView.as_view(), name="api_upload"),
]
