"""The whole of it, as a person does it: sign in, review by keys, see the round complete."""

from __future__ import annotations

from collections import Counter

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.e2e.conftest import WatchedPage
from tests.running_site import RunningSite

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("browser"), pytest.mark.timeout(600)]

ANNOTATED, VALIDATED = 20, 10
MINUTE = 60_000


def test_a_person_reviews_by_keys_alone_and_sees_the_round_complete(
    site: RunningSite, browser: Browser
) -> None:
    context = browser.new_context(
        base_url=site.address, viewport={"width": 1280, "height": 800}, color_scheme="dark"
    )
    overview, review = sign_in(context, site.link), WatchedPage(context.new_page())
    overview.page.goto("/projects/demo/")
    overview.page.evaluate("window.loadedOnce = true")
    chart, ring = overview.page.locator("#accuracy"), overview.page.locator("[data-step]")
    expect(ring).to_have_attribute("data-step", "review", timeout=5 * MINUTE)
    assert chart.get_attribute("data-points") == "0"

    review.page.goto("/projects/demo/review/")
    answered = review_by_keys(review, classes_by_task(site))
    assert answered["annotate"] >= ANNOTATED
    assert answered["validate"] >= VALIDATED

    expect(ring).to_have_attribute("data-round", "2", timeout=5 * MINUTE)
    expect(chart).to_have_attribute("data-points", "1", timeout=MINUTE)
    assert overview.page.evaluate("window.loadedOnce"), "the page was loaded again"
    overview.picture("overview-after-a-round")
    assert overview.complaints == []
    assert review.complaints == []
    context.close()


def sign_in(context: BrowserContext, link: str) -> WatchedPage:
    """A page of the person whom the printed link signs in."""
    watched = WatchedPage(context.new_page())
    watched.page.goto(link)
    watched.page.wait_for_url("**/")
    return watched


def classes_by_task(site: RunningSite) -> dict[str, int]:
    """The held-back class of each real image that is asked about, as its position."""
    return {
        str(task): position
        for task, position in site.python(
            "from apps.review.models import ReviewTask\n"
            "from apps.images.models import HeldBackClass\n"
            "truth = dict(HeldBackClass.objects.values_list("
            "'image_id', 'annotation_class__position'))\n"
            "tasks = ReviewTask.objects.filter(kind='annotate', project__slug='demo')\n"
            "result = [(task.pk, truth[task.image_id]) for task in tasks]"
        )
    }


def review_by_keys(review: WatchedPage, truth: dict[str, int]) -> Counter[str]:
    """Answer until enough of each kind is answered; returns how many of each were."""
    page, answered = review.page, Counter[str]()
    asking = page.locator("[data-review]")
    while answered["annotate"] < ANNOTATED or answered["validate"] < VALIDATED:
        expect(asking).not_to_have_attribute("data-task", "")
        task, kind = asking.get_attribute("data-task"), asking.get_attribute("data-kind")
        if not answered[kind]:
            review.picture(f"review-{kind}")
        page.keyboard.press("a" if kind == "validate" else class_key(truth[task]))
        expect(asking).not_to_have_attribute("data-task", task)
        answered[kind] += 1
    expect(asking).to_have_attribute("data-outbox", "0")
    return answered


def class_key(position: int) -> str:
    """The digit for a class: 1 for the first, 0 for the tenth."""
    return str((position + 1) % 10)
