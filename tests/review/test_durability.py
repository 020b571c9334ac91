"""The web process is killed while people review: what they were told is stored stays stored."""

from __future__ import annotations

import io
import random
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from tests.running_site import RunningSite, wait_until

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults"), pytest.mark.timeout(300)]

IMAGES = 600
PEOPLE = 4
BATCH = 5
KILLS = 3


@pytest.fixture
def site() -> Iterator[RunningSite]:
    site = RunningSite()
    try:
        site.start()
        yield site
    finally:
        site.remove()


def test_no_acknowledged_decision_is_missing_after_kill_9(site: RunningSite) -> None:
    clients = prepare(site)
    acknowledged: list[str] = []
    with ThreadPoolExecutor(PEOPLE) as pool:
        people = [pool.submit(review_everything, client, acknowledged) for client in clients]
        for number in range(1, KILLS + 1):
            enough = IMAGES * number // (KILLS + 1)
            wait_until(lambda: len(acknowledged) >= enough, 60, f"answer {enough}")  # noqa: B023
            time.sleep(random.uniform(0, 0.1))  # anywhere in a request
            site.kill("config.web")
        for person in people:
            person.result()

    stored = Counter(
        site.python(
            "from apps.review.models import Review\n"
            "result = list(Review.objects.values_list('key', flat=True))"
        )
    )
    assert len(acknowledged) == IMAGES
    assert set(acknowledged) <= set(stored)
    assert set(stored.values()) == {1}
    standing = site.python(
        "from apps.review.models import Review, ReviewTask\n"
        "result = [Review.objects.filter(superseded_at=None).values('task').distinct().count(),"
        " ReviewTask.objects.filter(status='done', free_places=0).count()]"
    )
    assert standing == [IMAGES, IMAGES]


def prepare(site: RunningSite) -> list[httpx.Client]:
    """A project with a question about each of its images, and people to answer them."""
    with site.client() as admin:
        project = {"name": "P", "slug": "p", "classes": ["a", "b"], "training_size": 16,
                   "channels": 1}  # fmt: skip
        assert admin.post("projects/", json=project).status_code == 201
        files = [("files", (f"{n}.png", picture(n))) for n in range(IMAGES)]
        assert admin.post("projects/p/images/", files=files).status_code == 201
    tokens = site.python(
        "from apps.accounts.models import User\n"
        "from apps.accounts.services import api_token_create\n"
        "from apps.projects.models import Membership, Project\n"
        "from apps.review.services import Question, review_tasks_create\n"
        "project = Project.objects.get(slug='p')\n"
        "review_tasks_create(project=project, round_number=1, questions=[\n"
        "    Question(image, 'annotate', 0.5, 'margin') for image in project.images.all()])\n"
        f"people = [User.objects.create(username=str(n)) for n in range({PEOPLE})]\n"
        "for user in people:\n"
        "    Membership.objects.create(project=project, user=user, role='annotator')\n"
        "result = [api_token_create(user=user, name='test') for user in people]"
    )
    return [
        httpx.Client(
            base_url=f"{site.address}/api/v1/projects/p/review/",
            headers={"Authorization": f"Token {token}"},
            timeout=15,
        )
        for token in tokens
    ]


def picture(seed: int) -> bytes:
    file = io.BytesIO()
    noise = np.random.default_rng(seed).integers(0, 256, (16, 16), dtype=np.uint8)
    Image.fromarray(noise).save(file, "png")
    return file.getvalue()


def review_everything(client: httpx.Client, acknowledged: list[str]) -> None:
    """Answer until nothing is left, noting the keys that the server has acknowledged."""
    while tasks := insist(client, "reservations/", {"size": BATCH})["tasks"]:
        answers = [
            {"task": task["id"], "verdict": "class", "class": "a", "key": f"key of {task['id']}"}
            for task in tasks
        ]
        outcomes = insist(client, "reviews/", answers)
        assert {outcome["status"] for outcome in outcomes} <= {"stored", "known"}, outcomes
        acknowledged.extend(outcome["key"] for outcome in outcomes)


def insist(client: httpx.Client, path: str, body: Any) -> Any:
    """The answer to a call that is made again until there is one."""
    deadline = time.monotonic() + 60
    while True:
        try:
            response = client.post(path, json=body)
            response.raise_for_status()
            return response.json()
        except httpx.HTTPError:
            assert time.monotonic() < deadline, "the site did not come back within a minute"
            time.sleep(0.1)
