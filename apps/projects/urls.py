"""Where projects and their members answer."""

from __future__ import annotations

from django.urls import path

from apps.projects import api, views

site_urlpatterns = [
    path("", views.home, name="home"),
    path("projects/new/", views.project_new, name="project_new"),
]
page_urlpatterns = [
    path("members/", views.members, name="member_list"),
    path("members/<str:username>/remove/", views.member_remove, name="member_remove"),
]
api_urlpatterns = [
    path("projects/", api.ProjectListView.as_view(), name="api_project_list"),
    path("projects/<slug:slug>/", api.ProjectView.as_view(), name="api_project"),
    path("projects/<slug:slug>/members/", api.MemberListView.as_view(), name="api_member_list"),
    path(
        "projects/<slug:slug>/members/<str:username>/",
        api.MemberView.as_view(),
        name="api_member",
    ),
]
