"""Every address. Each app names its own; here they are put in their places."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from apps.accounts import urls as accounts
from apps.datasets import urls as datasets
from apps.evaluation import urls as evaluation
from apps.generation import urls as generation
from apps.images import urls as images
from apps.imports import urls as imports
from apps.jobs import urls as jobs
from apps.loops import urls as loops
from apps.projects import urls as projects
from apps.review import urls as review
from apps.training import urls as training
from apps.webhooks import urls as webhooks
from config import health

PROJECT_APPS = [
    projects, jobs, webhooks, imports, images, review, training, generation, evaluation, datasets,
    loops,
]  # fmt: skip

health_urlpatterns = [
    path("healthz/", health.healthz, name="healthz"),
    path("readyz/", health.readyz, name="readyz"),
]

urlpatterns = [
    path("", include(accounts.site_urlpatterns)),
    path("", include(projects.site_urlpatterns)),
    path(
        "projects/<slug:slug>/",
        include([pattern for app in PROJECT_APPS for pattern in app.page_urlpatterns]),
    ),
    path("", include(health_urlpatterns)),
    path("admin/", admin.site.urls),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
    path("api/v1/", include((health_urlpatterns, "api"))),
    path(
        "api/v1/",
        include([pattern for app in PROJECT_APPS for pattern in app.api_urlpatterns]),
    ),
]

handler400 = "config.error_pages.bad_request"
handler403 = "config.error_pages.forbidden"
handler404 = "config.error_pages.not_found"
handler500 = "config.error_pages.server_error"
