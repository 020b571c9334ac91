"""Which strategy a round asks by while there are few annotations."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from apps.loops.cold_strategy import strategy_of
from apps.loops.services import loop_get_or_create, loop_update, round_begin
from apps.projects.models import Project
from tests.factories import ImageFactory

pytestmark = pytest.mark.django_db


def annotate(project: Project, count: int, **changes: str) -> None:
    boot = project.annotation_classes.first()
    for _ in range(count):
        told = {"split": "train", "status": "accepted", **changes}
        ImageFactory(project=project, annotation_class=boot, **told)


def test_typical_images_are_asked_about_until_there_are_enough_annotations(
    project: Project, api: APIClient
) -> None:
    annotate(project, 29)
    annotate(project, 5, split="select")
    annotate(project, 5, origin="synthetic")
    loop = loop_get_or_create(project)
    round_ = round_begin(loop=loop)
    assert round_.asks_by == "typi_clust"
    assert round_.strategy_reason == (
        "29 training images are annotated: up to 30, TypiClust asks about typical images, then"
        " margin."
    )
    (told,) = api.get(f"/api/v1/projects/{project.slug}/rounds/").json()["results"]
    assert (told["asks_by"], told["strategy_reason"]) == ("typi_clust", round_.strategy_reason)
    annotate(project, 1)
    assert strategy_of(loop) == ("margin", "")
    assert round_.asks_by == "typi_clust"  # a round keeps what it began with


@pytest.mark.parametrize(
    "values",
    [{"cold_strategy": ""}, {"cold_per_class": 0}, {"strategy": "random"},
     {"strategy": "prob_cover"}],
    ids=["none", "never", "random", "typical anyway"],
)  # fmt: skip
def test_the_loops_own_strategy_asks_from_the_beginning(
    project: Project, values: dict[str, object]
) -> None:
    loop = loop_update(loop=loop_get_or_create(project), values=values, actor=None)
    assert strategy_of(loop) == (loop.strategy, "")
