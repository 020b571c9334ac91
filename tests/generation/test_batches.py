"""Batches as their pages and calls show them."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.generation.models import GenerationRun
from apps.generation.selectors import strata_of
from apps.generation.walks import drawing, evidence_words
from apps.projects.models import Project
from apps.review.batches.acceptance import acceptance_open, acceptance_update
from apps.review.batches.looks import Look
from apps.review.batches.sequential import plan_make, walk
from tests.review.batches import batch_make, look

pytestmark = pytest.mark.django_db


def opened(project: Project, most_looks: int | None = 40, **sizes: int) -> GenerationRun:
    run = batch_make(project, **sizes)
    acceptance_open(project=project, batch=run.pk, strata=strata_of(run), most_looks=most_looks)
    return run


def text_of(pages: Client, project: Project, run: GenerationRun | None = None) -> str:
    """The words of a page, without its marks."""
    address = f"/projects/{project.slug}/review/batches/" + (f"{run.pk}/" if run else "")
    answer = pages.get(address)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_a_walk_is_drawn_look_by_look_between_its_bounds() -> None:
    plan = plan_make(300, 0.2, 0.95)
    seen = [Look(1, 1, "right", ()), Look(2, 1, "artefact", ("blurred",)), Look(3, 1, "right", ())]
    steps = list(walk(plan, (look.is_defect for look in seen)))
    drawn = drawing(plan, steps, seen, fixed_looks=20)
    assert drawn.looks == 20
    assert drawn.fixed_x == 100
    assert [dot.x for dot in drawn.dots] == [5, 10, 15]
    first, second, third = (dot.y for dot in drawn.dots)
    assert drawn.refuse_y < second < third < drawn.start_y < first < drawn.certify_y
    assert drawn.line.split()[0] == f"0,{drawn.start_y}"


def test_evidence_beyond_all_numbers_is_said_in_words() -> None:
    assert evidence_words(1.386) == "+1.386"
    assert evidence_words(float("inf")) == "certainly not good"
    assert evidence_words(float("nan")) == "between the two"


def test_the_page_of_a_walking_batch_says_what_may_still_come(
    pages: Client, project: Project, annotator: User
) -> None:
    run = opened(project, boot=60, coat=40)
    look(run, annotator, ["right"] * 3)
    acceptance_update(batch=run.pk)
    text = text_of(pages, project, run)
    assert "being tested" in text
    assert "37 more looks at most" in text
    assert "40% defects (40 images) or more is certified in" in text
    look(run, annotator, ["right"] * 5, of="boot")
    acceptance_update(batch=run.pk)
    assert re.search(r"\d looks? at classes beyond their share", text_of(pages, project, run))


def test_the_page_of_a_refused_batch_counts_the_reasons_and_shows_the_images(
    pages: Client, project: Project, annotator: User
) -> None:
    run = opened(project, boot=100)
    look(run, annotator, ["right", "artefact", "artefact", "artefact"], reasons=["stripes"])
    acceptance_update(batch=run.pk)
    text = text_of(pages, project, run)
    assert "The batch is refused and goes back." in text
    assert "Artefact 3" in text
    assert "stripes 3" in text
    shown = pages.get(f"/projects/{project.slug}/review/batches/{run.pk}/").content.decode()
    assert shown.count('alt="Refused image') == 3


def test_the_page_of_a_certified_batch_names_the_class_that_is_kept_out(
    pages: Client, project: Project, annotator: User
) -> None:
    run = opened(project, boot=180, coat=20)
    look(run, annotator, ["near_copy"] * 3, of="coat")
    look(run, annotator, ["right"] * 14, of="boot")
    acceptance_update(batch=run.pk)
    assert "but for those of coat" in text_of(pages, project, run)
    assert "certified without coat" in text_of(pages, project)


def test_the_page_says_what_the_batch_learnt_from_the_one_before(
    pages: Client, project: Project
) -> None:
    before, run = opened(project, boot=5), opened(project, boot=5)
    run.parameters = {
        "refusals": {"batch": before.pk, "looked": 9, "refused": 2, "verdicts": {"near_copy": 2}}
    }
    run.dropped = {"like_refused": 17}
    run.save()
    text = text_of(pages, project, run)
    assert f"From batch {before.pk} , where 2 of 9 were refused (2 near-copy)" in text
    assert "17 candidates that lay nearer" in text


def test_without_a_batch_the_page_says_where_they_come_from(
    pages: Client, project: Project
) -> None:
    assert "No batch was put to people yet" in text_of(pages, project)


def test_a_batch_over_rest_has_its_walk_and_what_was_refused(
    api: APIClient, project: Project, annotator: User
) -> None:
    run = opened(project, boot=100)
    look(run, annotator, ["right", "artefact", "artefact", "artefact"], reasons=["stripes"])
    acceptance_update(batch=run.pk)
    address = f"/api/v1/projects/{project.slug}/review/batches/"
    [listed] = api.get(address).json()["results"]
    assert listed["status"] == "refused"
    assert listed["looks_saved"] == listed["fixed_looks"] - 4
    assert listed["classes"][0] == {
        "class": "boot", "size": 100, "status": "refused", "looks": 4, "defects": 3,
    }  # fmt: skip
    batch = api.get(f"{address}{run.pk}/").json()
    assert [step["looks"] for step in batch["walk"]] == [1, 2, 3, 4]
    assert [step["defects"] for step in batch["walk"]] == [0, 1, 2, 3]
    assert batch["walk"][-1]["evidence"] >= batch["refused_from"]
    assert batch["refusals"]["reasons"] == {"stripes": 3}
    assert api.get(f"{address}{run.pk + 1}/").status_code == 404


def test_certainty_is_no_number_over_rest(
    api: APIClient, project: Project, annotator: User
) -> None:
    run = opened(project, boot=2)
    look(run, annotator, ["artefact"])
    acceptance_update(batch=run.pk)
    batch = api.get(f"/api/v1/projects/{project.slug}/review/batches/{run.pk}/").json()
    assert batch["walk"] == [{"looks": 1, "defects": 1, "evidence": None}]
