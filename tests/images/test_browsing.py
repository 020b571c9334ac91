"""Paging and counting of the grid."""

from __future__ import annotations

from apps.images.browsing import image_beside, image_facets, page_of
from apps.images.models import Image
from apps.images.selectors import ImageFilters, image_list
from apps.projects.models import Project
from tests.factories import ImageFactory


def test_pages_follow_one_another_both_ways(project: Project) -> None:
    ids = [ImageFactory(project=project).pk for _ in range(7)][::-1]
    rows = image_list(project, ImageFilters())
    first = page_of(rows, {}, size=3)
    second = page_of(rows, {"before": str(first.older)}, size=3)
    third = page_of(rows, {"before": str(second.older)}, size=3)
    assert [row.pk for page in (first, second, third) for row in page.rows] == ids
    assert (first.newer, third.older) == (None, None)
    back = page_of(rows, {"after": str(third.newer)}, size=3)
    assert back.rows == second.rows
    assert page_of(rows, {"after": str(back.newer)}, size=3).newer is None


def test_a_place_that_is_no_number_is_the_first_page(project: Project) -> None:
    ImageFactory(project=project)
    for text in ("x", "-1", "9" * 40, "²"):
        assert len(page_of(image_list(project, ImageFilters()), {"before": text}).rows) == 1


def test_each_filter_counts_under_the_others(project: Project) -> None:
    boot = project.annotation_classes.get(name="boot")
    ImageFactory.create_batch(3, project=project, annotation_class=boot, status="accepted")
    ImageFactory.create_batch(2, project=project, split="test")
    ImageFactory(project=project, origin="synthetic", split="train")
    ImageFactory()
    filters = ImageFilters(origin="real", status="unreviewed")
    facets, total = image_facets(project, filters, ["boot", "coat"])
    counts = {facet.name: {c.value: c.count for c in facet.choices} for facet in facets}
    assert total == 2
    assert counts["origin"] == {"real": 2, "synthetic": 1}
    assert counts["status"] == {"unreviewed": 2, "accepted": 3}
    assert counts["split"] == {"test": 2}
    (origin,) = (facet for facet in facets if facet.name == "origin")
    assert [choice.query for choice in origin.choices] == [
        "?status=unreviewed",
        "?status=unreviewed&origin=synthetic",
    ]


def test_the_images_beside_one_are_under_the_same_filters(project: Project) -> None:
    newest_last = [ImageFactory(project=project, split=split) for split in ("pool", "test") * 2]
    middle: Image = newest_last[2]
    newer, older = image_beside(project, ImageFilters(split="pool"), middle)
    assert (newer, older) == (None, newest_last[0])
