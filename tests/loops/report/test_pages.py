"""Reports as pages and as files."""

from __future__ import annotations

import csv
import io

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from apps.jobs.services import event_publish
from apps.projects.models import Project
from config.benches.loop_rows import rounds_write

pytestmark = pytest.mark.django_db


def page(client: Client, project: Project, path: str = "") -> str:
    response = client.get(f"/projects/{project.slug}/report/{path}")
    assert response.status_code == 200
    return response.content.decode()


def test_the_page_tells_what_was_asked_what_it_cost_and_what_it_brought(
    pages: Client, project: Project
) -> None:
    rounds_write(project, 3)
    payload = {"status": "paused", "reason": "The disk is full."}
    event_publish(project_id=project.pk, kind="loop.status", payload=payload)
    text = page(pages, project)
    assert "Of 6 images drawn at random from what was left in the pool" in text
    assert "On test, ratio 0.5 was 1.0 points better" in text
    assert "Certified after 3 looks: 0 defects." in text
    assert "Round 3: The disk is full." in text
    assert 'aria-label="Accuracy on select, share of the images. Rounds 1 to 3: real only' in text
    assert "random (control)" in text


def test_a_round_s_page_has_its_arms_and_no_other_round_s_rows(
    pages: Client, project: Project
) -> None:
    rounds_write(project, 3)
    text = page(pages, project, "2/")
    assert "Ratios that were tried" in text
    assert "Of 2 images drawn at random" in text
    assert pages.get(f"/projects/{project.slug}/report/4/").status_code == 404


def test_a_project_without_rounds_says_what_will_stand_there(
    pages: Client, project: Project
) -> None:
    assert "No round has run yet" in page(pages, project)


def test_pages_of_fifty_rounds_take_as_many_queries_as_those_of_five(
    pages: Client, project: Project
) -> None:
    counts = []
    for rounds in (5, 50):
        rounds_write(project, rounds)
        with CaptureQueriesContext(connection) as queries:
            page(pages, project)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_file_leaves_out_times_where_it_is_asked_to(api: APIClient, project: Project) -> None:
    rounds_write(project, 2)
    address = f"/api/v1/projects/{project.slug}"
    whole = api.get(f"{address}/report/")
    assert whole.headers["Content-Disposition"].endswith(f'"{project.slug}-report.json"')
    assert set(whole.json()) == {"report", "times"}
    assert set(api.get(f"{address}/report/?times=0").json()) == {"report"}
    one = api.get(f"{address}/rounds/2/report/").json()
    assert [entry["number"] for entry in one["report"]["rounds"]] == [2]
    assert api.get(f"{address}/report/?times=maybe").status_code == 400
    assert api.get(f"{address}/rounds/9/report/").status_code == 404


def test_the_curves_have_a_line_a_round_with_both_controls(
    api: APIClient, project: Project
) -> None:
    rounds_write(project, 2)
    answer = api.get(f"/api/v1/projects/{project.slug}/report/curves/")
    lines = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert [line["round"] for line in lines] == ["1", "2"]
    first = lines[0]
    assert float(first["real_only_low"]) < float(first["real_only_value"])
    assert first["random_right_of"] == "2"
    assert 0 <= float(first["strategy_wrong_low"]) <= float(first["strategy_wrong_value"])
