"""What the frame around a project's pages says of the loop."""

from __future__ import annotations

import pytest
from django.test import Client

from apps.loops.models import Round
from apps.projects.models import Project
from tests.factories import ReviewTaskFactory


@pytest.mark.django_db
def test_the_top_line_says_what_the_round_still_waits_for(pages: Client, project: Project) -> None:
    Round.objects.create(
        project=project,
        number=1,
        seed=0,
        step=Round.Step.REVIEW,
        settings={"annotate_quota": 20, "validate_quota": 10},
    )
    for kind, count in (("annotate", 20), ("validate", 12)):
        for _ in range(count):
            ReviewTaskFactory(project=project, kind=kind, round_number=1)
    answer = pages.get(f"/projects/{project.slug}/")
    assert "round 1, review: 20 to annotate, up to 10 to validate" in answer.content.decode()
