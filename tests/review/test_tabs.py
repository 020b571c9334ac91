"""The sub-navigation of Review: by role, with what waits."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.projects.models import Membership, Project
from apps.review.selectors import waiting_counts
from tests.factories import MembershipFactory, ReviewTaskFactory

pytestmark = pytest.mark.django_db


def tabs(client: Client, user: User, project: Project) -> list[str]:
    client.force_login(user)
    html = client.get(reverse("review_sheets", args=[project.slug])).content.decode()
    [nav] = re.findall(r'aria-label="Review">(.*?)</nav>', html, re.S)
    return re.findall(r"<a [^>]*>([^<]+?) ?<", nav)


def test_each_role_is_led_to_what_it_may_open(
    client: Client, annotator: User, manager: User, project: Project
) -> None:
    reviewer = MembershipFactory(project=project, role=Membership.Role.REVIEWER).user
    for_all = ["Queue", "Sheets", "Real or fake", "Batches", "Policy"]
    assert tabs(client, annotator, project) == for_all
    assert set(tabs(client, reviewer, project)) == {*for_all, "Adjudicate"}
    assert set(tabs(client, manager, project)) == {*for_all, "Adjudicate", "People"}


def test_what_waits_is_counted_by_kind(project: Project) -> None:
    ReviewTaskFactory.create_batch(2, project=project)
    ReviewTaskFactory(project=project, kind="validate")
    ReviewTaskFactory(project=project, kind="validate", free_places=0)
    ReviewTaskFactory(project=project, kind="validate", status="done")
    ReviewTaskFactory(kind="realism")
    assert waiting_counts(project) == {
        "annotate": 2, "validate": 1, "realism": 0, "adjudicate": 0,
    }  # fmt: skip
