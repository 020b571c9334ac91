"""Where imports answer."""

from __future__ import annotations

from django.urls import path

from apps.imports import api, place_api, place_views, tus, views

_PAGE = "images/imports/<int:import_id>/"
_PLACE_PAGE = "images/places/<int:place_id>/"
page_urlpatterns = [
    path("images/add/", views.import_new, name="import_new"),
    path("images/imports/", views.imports, name="import_list"),
    path(_PAGE, views.import_detail, name="import_detail"),
    path(f"{_PAGE}abandon/", views.abandon, name="import_abandon"),
    path("images/places/", place_views.places, name="place_list"),
    path("images/places/new/", place_views.place_new, name="place_new"),
    path(_PLACE_PAGE, place_views.place, name="place"),
    path(f"{_PLACE_PAGE}sync/", place_views.sync, name="place_sync"),
    path(f"{_PLACE_PAGE}delete/", place_views.delete, name="place_delete"),
]
_CALL = "projects/<slug:slug>/imports/"
_ONE = f"{_CALL}<int:import_id>/"
_PLACE_CALL = "projects/<slug:slug>/places/"
_ONE_PLACE = f"{_PLACE_CALL}<int:place_id>/"
api_urlpatterns = [
    path(_CALL, api.ImportListView.as_view(), name="api_import_list"),
    path(_ONE, api.ImportView.as_view(), name="api_import"),
    path(f"{_ONE}begin/", api.ImportBeginView.as_view(), name="api_import_begin"),
    path(f"{_ONE}cancel/", api.ImportCancelView.as_view(), name="api_import_cancel"),
    path(f"{_ONE}refusals/", api.ImportRefusalsView.as_view(), name="api_import_refusals"),
    path(f"{_ONE}uploads/", tus.UploadListView.as_view(), name="api_upload_list"),
    path(f"{_ONE}uploads/<uuid:upload_id>/", tus.UploadView.as_view(), name="api_upload"),
    path(_PLACE_CALL, place_api.PlaceListView.as_view(), name="api_place_list"),
    path(_ONE_PLACE, place_api.PlaceView.as_view(), name="api_place"),
    path(f"{_ONE_PLACE}sync/", place_api.PlaceSyncView.as_view(), name="api_place_sync"),
    path(f"{_ONE_PLACE}try/", place_api.PlaceTryView.as_view(), name="api_place_try"),
]
