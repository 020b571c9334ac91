"""Where images answer."""

from __future__ import annotations

from django.urls import path

from apps.images import api, views

page_urlpatterns = [
    path("images/", views.image_list_page, name="image_list"),
    path("images/refusals/", views.refusal_list_page, name="refusal_list"),
    path("images/<int:image_id>/", views.image_detail_page, name="image_detail"),
    path("images/<int:image_id>/file/", views.image_file, name="image_file"),
    path("images/<int:image_id>/thumbnail/", views.image_thumbnail, name="image_thumbnail"),
]
api_urlpatterns = [
    path("projects/<slug:slug>/images/", api.ImageListView.as_view(), name="api_image_list"),
    path("projects/<slug:slug>/images/urls/", api.UrlListView.as_view(), name="api_url_list"),
    path("projects/<slug:slug>/images/<int:image_id>/", api.ImageView.as_view(), name="api_image"),
]
