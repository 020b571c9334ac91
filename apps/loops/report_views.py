"""The pages of reports: of the whole loop, and of one round."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.loops.report.building import Report, report_build
from apps.loops.report.curves import accuracy_chart, control_chart
from apps.loops.report.words import batch_sentence, control_sentences, drift_sentences
from apps.loops.stopping import equal_minutes_sentence, forecast_sentence
from apps.projects.selectors import project_get_for


@login_required
@require_safe
def report(request: HttpRequest, slug: str) -> HttpResponse:
    """The whole loop: what it asked, cost and brought, round by round."""
    project = project_get_for(request.user, slug)
    found = report_build(project)
    rounds = found.rounds
    context = {
        "project": project,
        "accuracy": accuracy_chart(rounds),
        "chance": control_chart(rounds),
        "stops": [entry for entry in rounds if entry["pauses"] or entry["failures"]],
        **_shared(found, rounds),
    }
    return render(request, "loops/report.html", context)


@login_required
@require_safe
def round_report(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """One round: the same, with its arms."""
    project = project_get_for(request.user, slug)
    found = report_build(project, number)
    rounds = found.rounds
    entry = rounds[0]
    context = {
        "project": project,
        "entry": entry,
        "drift_rows": _drift_rows(entry),
        **_shared(found, rounds),
    }
    return render(request, "loops/round_report.html", context)


def _drift_rows(entry: dict[str, Any]) -> list[dict[str, Any]]:
    """By class: its share of what the pool is taken for, and its change of recall."""
    pool, classes = entry["pool"] or {}, entry["classes"] or {}
    since = pool.get("since") or {}
    before = since.get("before", {}).get("shares", {})
    now = since.get("now", pool).get("shares", {})
    return [
        {"name": name, "before": before.get(name), "now": share, "recall": classes.get(name)}
        for name, share in now.items()
    ]


def _shared(found: Report, rounds: list[dict[str, Any]]) -> dict[str, Any]:
    done = [round_ for round_ in found.shown if round_.finished_at]
    return {
        "section": "overview",
        "report": found,
        "rounds": rounds,
        "batches": [
            {**batch, "round": entry["number"], "fate": batch_sentence(batch)}
            for entry in rounds
            for batch in entry["batches"]
        ],
        "forecast": forecast_sentence(done[-1]) if done else "",
        "equal_minutes": [
            (round_.number, words)
            for round_ in found.shown
            for decision in round_.decisions.all()
            if (words := equal_minutes_sentence(decision.figures, decision.gain))
        ],
        "drift_words": [
            (entry["number"], told) for entry in rounds if (told := drift_sentences(entry))
        ],
        "control_words": control_sentences(found.content["control"]),
    }
