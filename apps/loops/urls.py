"""Where the loop answers."""

from __future__ import annotations

from django.urls import path

from apps.loops import api, report_api, report_views, settings_views, views

page_urlpatterns = [
    path("", views.overview, name="overview"),
    path("top/", views.top_line, name="top_line"),
    path("report/", report_views.report, name="report"),
    path("report/<int:number>/", report_views.round_report, name="round_report"),
    path("settings/", settings_views.loop_settings, name="loop_settings"),
    path("settings/generator/", settings_views.generator_settings, name="generator_settings"),
    path("loop/generator/<int:run_id>/", settings_views.generator_use, name="generator_use"),
    path("loop/start/", views.start, name="loop_start"),
    path("loop/pause/", views.pause, name="loop_pause"),
    path("loop/resume/", views.resume, name="loop_resume"),
    path("loop/rollback/<int:number>/", views.rollback, name="loop_rollback"),
    path("review/batches/<int:batch_id>/release/", views.batch_let_go, name="review_batch_release"),
    path("loop/mixes/<int:mix_id>/check/", views.mix_check_again, name="mix_check"),
]
api_urlpatterns = [
    path("projects/<slug:slug>/loop/", api.LoopView.as_view(), name="api_loop"),
    path("projects/<slug:slug>/loop/start/", api.LoopStartView.as_view(), name="api_loop_start"),
    path("projects/<slug:slug>/loop/pause/", api.LoopPauseView.as_view(), name="api_loop_pause"),
    path(
        "projects/<slug:slug>/loop/rollback/",
        api.LoopRollbackView.as_view(),
        name="api_loop_rollback",
    ),
    path("projects/<slug:slug>/rounds/", api.RoundListView.as_view(), name="api_round_list"),
    path(
        "projects/<slug:slug>/rounds/<int:number>/report/",
        report_api.RoundReportView.as_view(),
        name="api_round_report",
    ),
    path("projects/<slug:slug>/report/", report_api.ReportView.as_view(), name="api_report"),
    path(
        "projects/<slug:slug>/report/curves/",
        report_api.ReportCurvesView.as_view(),
        name="api_report_curves",
    ),
    path("projects/<slug:slug>/mixes/", api.MixListView.as_view(), name="api_mix_list"),
    path(
        "projects/<slug:slug>/mixes/<int:mix_id>/check/",
        api.MixCheckView.as_view(),
        name="api_mix_check",
    ),
    path(
        "projects/<slug:slug>/review/batches/<int:batch_id>/release/",
        api.BatchReleaseView.as_view(),
        name="api_batch_release",
    ),
    path("projects/<slug:slug>/metrics/", api.MetricListView.as_view(), name="api_metric_list"),
]
