"""Where the queue answers."""

from __future__ import annotations

from django.urls import path

from apps.review import api, views

page_urlpatterns = [
    path("review/", views.review, name="review"),
    path("images/<int:image_id>/reviews/", views.reviews_of_image, name="image_reviews"),
]
api_urlpatterns = [
    path(
        "projects/<slug:slug>/review/reservations/",
        api.ReservationView.as_view(),
        name="api_reservations",
    ),
    path(
        "projects/<slug:slug>/review/reviews/",
        api.ReviewListView.as_view(),
        name="api_review_list",
    ),
    path(
        "projects/<slug:slug>/review/reviews/<uuid:review_id>/",
        api.ReviewView.as_view(),
        name="api_review",
    ),
]
