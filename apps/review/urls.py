"""Where the queue answers."""

from __future__ import annotations

from django.urls import path

from apps.review.api import desk as desk_api
from apps.review.api import gold as gold_api
from apps.review.api import people as people_api
from apps.review.api import policy as policy_api
from apps.review.api import queue as api
from apps.review.views import gold as gold_views
from apps.review.views import people as people_views
from apps.review.views import policy as policy_views
from apps.review.views import queue as views
from apps.review.views import realism as realism_views
from apps.review.views import sheets as sheet_views

page_urlpatterns = [
    path("review/", views.review, name="review"),
    path("review/policy/", policy_views.policy, name="review_policy"),
    path("review/policy/preview/", policy_views.policy_preview, name="review_policy_preview"),
    path("review/sheets/", sheet_views.sheets, name="review_sheets"),
    path("review/tasks/<int:task_id>/image/", realism_views.task_image, name="review_task_image"),
    path("review/people/", people_views.people_page, name="review_people"),
    path("review/people/<str:username>/", people_views.person_page, name="review_person"),
    path("review/people/<str:username>/resume/", people_views.person_resume, name="review_resume"),
    path("review/agreement/", people_views.people_agreement, name="review_agreement"),
    path("review/judge/", people_views.answers_judge, name="review_judge"),
    path("review/gold/", gold_views.gold, name="review_gold"),
    path("review/gold/add/", gold_views.gold_add, name="review_gold_add"),
    path("review/gold/<int:task_id>/retire/", gold_views.gold_retire, name="review_gold_retire"),
    path("images/<int:image_id>/gold/", gold_views.image_gold, name="image_gold"),
    path("images/<int:image_id>/reviews/", views.reviews_of_image, name="image_reviews"),
]
api_urlpatterns = [
    path(
        "projects/<slug:slug>/review/settings/",
        policy_api.ReviewSettingsView.as_view(),
        name="api_review_settings",
    ),
    path(
        "projects/<slug:slug>/review/reservations/",
        api.ReservationView.as_view(),
        name="api_reservations",
    ),
    path("projects/<slug:slug>/review/renewals/", api.RenewalView.as_view(), name="api_renewals"),
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
    path("me/keys/", desk_api.OwnKeysView.as_view(), name="api_own_keys"),
    path(
        "projects/<slug:slug>/review/skips/", desk_api.SkipListView.as_view(), name="api_skip_list"
    ),
    path(
        "projects/<slug:slug>/review/skips/<int:task_id>/",
        desk_api.SkipView.as_view(),
        name="api_skip",
    ),
    path(
        "projects/<slug:slug>/review/history/",
        desk_api.HistoryView.as_view(),
        name="api_review_history",
    ),
    path(
        "projects/<slug:slug>/review/remarks/",
        desk_api.RemarkListView.as_view(),
        name="api_remark_list",
    ),
    path(
        "projects/<slug:slug>/review/remarks/<int:remark_id>/",
        desk_api.RemarkView.as_view(),
        name="api_remark",
    ),
    path(
        "projects/<slug:slug>/review/filter/",
        desk_api.OwnFilterView.as_view(),
        name="api_own_filter",
    ),
    path("projects/<slug:slug>/review/people/", people_api.PeopleView.as_view(), name="api_people"),
    path(
        "projects/<slug:slug>/review/people/<str:username>/resume/",
        people_api.ResumeView.as_view(),
        name="api_resume",
    ),
    path("projects/<slug:slug>/review/gold/", gold_api.GoldListView.as_view(), name="api_gold"),
    path(
        "projects/<slug:slug>/review/gold/<int:task_id>/",
        gold_api.GoldView.as_view(),
        name="api_gold_task",
    ),
]
