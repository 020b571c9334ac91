"""The review page in a real browser: lines that break, two tabs, taking back, keys, zoom."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, StorageState, expect

from tests.running_site import RunningSite

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]

MAKE = """
import io
import numpy as np
from PIL import Image as PillowImage
from apps.accounts.models import User
from apps.accounts.services import sign_in_link_create
from apps.images.models import Image
from apps.images.services import images_ingest
from apps.images.sources import Source
from apps.projects.models import Membership
from apps.projects.services import project_create
from apps.review.services import Question, review_tasks_create

def picture(number):
    buffer = io.BytesIO()
    pixels = np.random.default_rng(number).integers(0, 255, (64, 64, 3), np.uint8)
    PillowImage.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()

admin, other = User.objects.get(username="admin"), User.objects.create(username="other")
for slug in SLUGS:
    project = project_create(
        name="Desk", slug=slug, classes=["boot", "coat", "shirt"], created_by=admin)
    Membership.objects.create(project=project, user=other, role="annotator")
    images_ingest(project=project, sources=[Source(f"{n}.png", picture(n)) for n in range(12)])
    review_tasks_create(project=project, round_number=None, questions=[
        Question(image, "annotate", float(-image.pk), "margin")
        for image in Image.objects.filter(project=project)])
result = [sign_in_link_create(user=person) for person in (admin, admin, other, admin)]
"""
SLUGS = [f"desk-{number}" for number in range(9)]
"""A project for each test."""


class Desk:
    """A project of twelve questions, and the page of somebody who answers them."""

    def __init__(self, site: RunningSite, slug: str, context: BrowserContext) -> None:
        self.site, self.slug, self.context = site, slug, context
        self.page = self.open()

    def open(self) -> Page:
        """Another tab."""
        page = self.context.new_page()
        page.on("dialog", lambda dialog: dialog.accept())
        page.goto(f"/projects/{self.slug}/review/")
        return page

    def reload(self) -> None:
        """As a person does who has been told that not all is saved yet."""
        self.page.reload()

    @property
    def asking(self) -> Locator:
        return asking(self.page)

    @property
    def task(self) -> int:
        """The task that is asked, once one is."""
        return task_of(self.page)

    def press(self, *keys: str) -> None:
        """Press keys, each when the next question is there."""
        for key in keys:
            before = str(self.task)
            self.page.keyboard.press(key)
            expect(self.asking).not_to_have_attribute("data-task", before)

    def cut(self, path: str = "**/api/**") -> None:
        """From now on no call arrives."""
        self.page.route(path, lambda route: route.abort("internetdisconnected"))

    def mend(self, path: str = "**/api/**") -> None:
        self.page.unroute(path)

    def decisions(self) -> list[tuple[int, str, str | None]]:
        """Task, verdict and class of what stands on the server, oldest first."""
        told = self.context.request.get(f"/api/v1/projects/{self.slug}/review/history/").json()
        return [(past["task"], past["verdict"], past["class"]) for past in reversed(told)]


def asking(page: Page) -> Locator:
    return page.locator("[data-review]")


def task_of(page: Page) -> int:
    expect(asking(page)).not_to_have_attribute("data-task", "")
    return int(asking(page).get_attribute("data-task") or 0)


def sign_in(context: BrowserContext, link: str, *, instead: bool = False) -> None:
    page = context.new_page()
    page.goto(f"/sign-in/link/{link}/")
    if instead:  # of who is signed in: that is asked
        page.get_by_role("button", name="Sign in").click()
    expect(page).not_to_have_url(re.compile("sign-in"))
    page.close()


@pytest.fixture(scope="module")
def links(site: RunningSite) -> list[str]:
    """Makes the projects; sign-in links of the administrator, but for the third: another's."""
    made: list[str] = site.python(MAKE.replace("SLUGS", repr(SLUGS)))
    return made


@pytest.fixture(scope="module")
def state(site: RunningSite, browser: Browser, links: list[str]) -> StorageState:
    """The administrator's browser, once signed in."""
    context = browser.new_context(base_url=site.address)
    sign_in(context, links[0])
    kept = context.storage_state()
    context.close()
    return kept


@pytest.fixture(scope="module")
def slugs() -> Iterator[str]:
    return iter(SLUGS)


@pytest.fixture
def desk(
    site: RunningSite, browser: Browser, state: StorageState, slugs: Iterator[str]
) -> Iterator[Desk]:
    context = browser.new_context(
        base_url=site.address, storage_state=state, viewport={"width": 1280, "height": 800}
    )
    context.set_default_timeout(15_000)
    yield Desk(site, next(slugs), context)
    context.close()


def test_what_is_decided_offline_is_delivered_once(desk: Desk) -> None:
    first = desk.task
    desk.page.wait_for_load_state("networkidle")  # pictures ahead
    desk.context.set_offline(True)
    desk.press("1", "2", "3")
    expect(desk.page.locator("#review-saved")).to_have_text("Offline: 3 kept here")
    desk.context.set_offline(False)
    expect(desk.asking).to_have_attribute("data-outbox", "0")
    expect(desk.page.locator("#review-saved")).to_have_text("Saved")
    decisions = desk.decisions()
    assert [named for _, _, named in decisions] == ["boot", "coat", "shirt"]
    assert decisions[0][0] == first


def test_a_reload_keeps_what_did_not_arrive(desk: Desk) -> None:
    reviews = "**/review/reviews/"
    desk.cut(reviews)
    desk.press("1", "2")
    desk.reload()
    expect(desk.asking).to_have_attribute("data-outbox", "2")
    desk.mend(reviews)
    expect(desk.asking).to_have_attribute("data-outbox", "0")
    assert [named for _, _, named in desk.decisions()] == ["boot", "coat"]


def test_nobody_delivers_the_answers_of_who_signed_in_before(desk: Desk, links: list[str]) -> None:
    reviews, again, others, once_more = "**/review/reviews/", *links[1:]
    # Whoever signs in next ends a session of this test's own; an open page asks for cookies, too.
    desk.page.close()
    desk.context.clear_cookies()
    sign_in(desk.context, again)
    desk.page = desk.open()
    expect(desk.asking).not_to_have_attribute("data-task", "")
    desk.cut(reviews)
    desk.press("1")
    sign_in(desk.context, others, instead=True)
    with desk.page.expect_response(reviews) as refused:
        desk.mend(reviews)
    assert refused.value.status == 403
    expect(desk.page.get_by_text("somebody else signed in")).to_be_visible()
    theirs = desk.open()
    expect(theirs.get_by_role("heading", name="Others are at it")).to_be_visible()
    expect(asking(theirs)).to_have_attribute("data-outbox", "0")
    assert desk.decisions() == []
    theirs.close()
    sign_in(desk.context, once_more, instead=True)
    desk.reload()
    expect(desk.asking).to_have_attribute("data-outbox", "0")
    assert [named for _, _, named in desk.decisions()] == ["boot"]


def test_two_tabs_of_one_person_never_show_one_question_at_once(desk: Desk) -> None:
    first = desk.task
    second = desk.open()
    assert task_of(second) == first
    expect(desk.page.get_by_role("heading", name="You went on in another tab")).to_be_visible()
    desk.page.keyboard.press("1")  # decides nothing
    second.keyboard.press("2")
    expect(asking(second)).not_to_have_attribute("data-task", str(first))
    expect(asking(second)).to_have_attribute("data-outbox", "0")

    desk.page.get_by_role("button", name="Work here").click()
    assert desk.task != first
    expect(second.get_by_role("button", name="Work here")).to_be_visible()
    desk.page.close()
    assert task_of(second) != first
    assert [named for _, _, named in desk.decisions()] == ["coat"]


def test_decisions_are_taken_back_after_a_reload_too(desk: Desk) -> None:
    first = desk.task
    desk.press("1")
    second = desk.task
    desk.press("2")
    expect(desk.asking).to_have_attribute("data-outbox", "0")
    desk.reload()
    desk.task  # noqa: B018 — waits until the page asks
    desk.page.keyboard.press("Control+z")
    expect(desk.asking).to_have_attribute("data-task", str(second))
    desk.press("3")

    desk.page.keyboard.press("Shift+H")
    drawer = desk.page.get_by_role("dialog", name="Your last decisions")
    expect(drawer.locator("li")).to_have_count(2)
    drawer.get_by_role("button", name="Take back: boot").click()
    expect(desk.asking).to_have_attribute("data-task", str(first))
    expect(desk.asking).to_have_attribute("data-outbox", "0")
    assert desk.decisions() == [(second, "class", "shirt")]


def test_a_task_is_skipped_by_one_key_pressed_twice_and_not_asked_again(desk: Desk) -> None:
    first = desk.task
    desk.page.keyboard.press("Space")
    expect(desk.page.get_by_role("dialog", name="Skip, because")).to_be_visible()
    desk.page.keyboard.press("1")  # a reason here, and no class
    expect(desk.asking).not_to_have_attribute("data-task", str(first))
    second = desk.task
    desk.page.keyboard.press("Space")
    desk.page.keyboard.press("Space")
    expect(desk.asking).not_to_have_attribute("data-task", str(second))
    expect(desk.asking).to_have_attribute("data-outbox", "0")
    desk.reload()
    assert desk.task not in (first, second)
    assert [verdict for _, verdict, _ in desk.decisions()] == ["skip", "skip"]


def test_a_person_changes_a_key_and_finds_it_changed(desk: Desk) -> None:
    page, first = desk.page, desk.task
    page.keyboard.press("?")
    page.get_by_role("button", name="Change the key of “Unclear: nobody could tell”").click()
    page.keyboard.press("1")
    said = page.get_by_role("dialog", name="Keys").get_by_role("status")
    expect(said).to_have_text("1 is the key of “boot”; choose another.")
    page.keyboard.press("x")
    expect(said).to_contain_text("is x now")
    page.keyboard.press("Escape")
    desk.reload()
    assert desk.task == first
    page.keyboard.press("u")  # means nothing any more
    desk.press("x")
    expect(desk.asking).to_have_attribute("data-outbox", "0")
    assert desk.decisions() == [(first, "unclear", None)]
    page.keyboard.press("?")
    page.get_by_role("button", name="Reset all").click()
    expect(said).to_have_text("All keys are as they were.")


def test_only_the_picture_moves_and_the_next_one_is_seen_as_it_is(desk: Desk) -> None:
    page = desk.page
    picture, button = page.locator(".review-picture"), page.locator("[data-action=class-0]")
    assert desk.task
    place, size = button.bounding_box(), picture.bounding_box()
    page.keyboard.press("+")
    page.keyboard.press("Shift+I")
    box = picture.bounding_box()
    assert box
    assert size
    assert box["width"] > size["width"] * 1.4
    page.mouse.move(size["x"] + 50, size["y"] + 50)
    page.mouse.wheel(0, -200)
    page.wait_for_function(
        "() => new DOMMatrix(document.querySelector('.review-picture').style.transform).a > 1.6"
    )
    assert "invert" in picture.evaluate("picture => picture.style.filter")
    assert button.bounding_box() == place
    desk.press("1")
    assert picture.evaluate("({ style }) => style.transform + style.filter") == ""
    assert button.bounding_box() == place


def test_fingers_find_room(desk: Desk, browser: Browser) -> None:
    touch = browser.new_context(
        base_url=desk.site.address,
        storage_state=desk.context.storage_state(),
        viewport={"width": 390, "height": 844},
        has_touch=True,
        is_mobile=True,
    )
    page = touch.new_page()
    page.goto(f"/projects/{desk.slug}/review/")
    task_of(page)
    for button in page.locator("#review button:visible").all():
        box = button.bounding_box()
        assert box
        assert min(box["width"], box["height"]) >= 44, button.inner_html()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    touch.close()
