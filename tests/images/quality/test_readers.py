"""What is set apart is neither learned from, nor measured on, nor counted, nor exported."""

from __future__ import annotations

import pytest

from apps.datasets.listing import entry_list
from apps.datasets.selection import Selection
from apps.images.quality.policies import quality_policy_change
from apps.images.quality.restoring import images_restore
from apps.loops.recipes import real_rows
from apps.loops.services import what_is_missing
from apps.projects.models import Project
from tests.images.quality.making import blurred, scene, take_in

pytestmark = pytest.mark.django_db


def test_until_it_is_restored_only_its_page_knows_an_image(project: Project) -> None:
    quality_policy_change(project=project, by=None, least_sharpness=100.0)
    take_in(project, scene(1), blurred(2), annotation_class="boot")
    take_in(project, scene(3), annotation_class="coat")
    take_in(project, blurred(4), annotation_class="coat", split="select")
    assert len(real_rows(project)) == 2
    assert len(list(entry_list(project, Selection.of()))) == 2
    assert "split select" in what_is_missing(project)
    apart = project.images.filter(status="quarantined").values_list("pk", flat=True)
    images_restore(project=project, image_ids=list(apart), by=None)
    assert len(real_rows(project)) == 3
    assert len(list(entry_list(project, Selection.of()))) == 4
    assert what_is_missing(project) == ""
