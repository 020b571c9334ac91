"""Where jobs and the project's log of events answer."""

from __future__ import annotations

from django.urls import path

from apps.jobs import api, views
from apps.jobs.consumers import EventConsumer

page_urlpatterns = [
    path("jobs/", views.jobs, name="job_list"),
    path("jobs/<uuid:job_id>/", views.job, name="job_detail"),
    path("jobs/<uuid:job_id>/cancel/", views.cancel, name="job_cancel"),
    path("jobs/<uuid:job_id>/retry/", views.retry, name="job_retry"),
]
api_urlpatterns = [
    path("projects/<slug:slug>/jobs/", api.JobListView.as_view(), name="api_job_list"),
    path("jobs/<uuid:job_id>/", api.JobView.as_view(), name="api_job"),
    path("jobs/<uuid:job_id>/cancel/", api.JobCancelView.as_view(), name="api_job_cancel"),
    path("jobs/<uuid:job_id>/retry/", api.JobRetryView.as_view(), name="api_job_retry"),
]
websocket_urlpatterns = [
    path("ws/projects/<slug:slug>/events/", EventConsumer.as_asgi(), name="events"),
]
