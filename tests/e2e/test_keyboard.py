"""Everything can be done without a mouse, and the focus is never lost on the way."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import WatchedPage
from tests.running_site import RunningSite

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]

MOST_STOPS = 60
STOP = """() => {
    const stop = document.activeElement, box = stop.getBoundingClientRect();
    const style = getComputedStyle(stop.closest("label") ?? stop);
    const hit = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    return {
        words: (stop.innerText || stop.ariaLabel || stop.name || "").trim(),
        isMarked: style.outlineStyle !== "none" || getComputedStyle(stop).outlineStyle !== "none",
        isInSight: stop === document.body || stop.matches(".visually-hidden, [type=radio]")
            || (hit !== null && (stop.contains(hit) || hit.contains(stop))),
    };
}"""
PERSON = """
from apps.accounts.models import User
from apps.accounts.services import password_set
from apps.images.services import images_ingest
from apps.images.sources import Source
from apps.projects.services import project_create
from tests.images.pictures import png
user = User.objects.create(username="eve")
password_set(user=user, password="correct horse")
project = project_create(name="By keys", slug="by-keys", classes=["boot", "coat"], created_by=user,
                         training_size=28, channels=1)
images_ingest(project=project, sources=[Source(f"{n}.png", png(500 + n)) for n in range(40)])
result = user.pk
"""


@pytest.fixture
def eve(browser: Browser, site: RunningSite) -> Iterator[Page]:
    """A browser in which nobody is signed in; eve manages a project that has not begun."""
    site.python(PERSON)
    context = browser.new_context(base_url=site.address, reduced_motion="reduce")
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()


def tab_to(page: Page, words: str) -> None:
    """Press Tab until what has the focus says `words`; each stop on the way can be seen."""
    passed = []
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        stop = page.evaluate(STOP)
        passed.append(stop["words"])
        assert stop["isMarked"], f"nothing shows that {stop['words']!r} has the focus"
        assert stop["isInSight"], f"{stop['words']!r} has the focus and lies under something"
        if words in stop["words"]:
            return
    pytest.fail(f"{words!r} is not among the stops: {passed}")


def test_the_keyboard_alone_leads_from_signing_in_to_the_models(eve: Page) -> None:
    page = eve
    page.goto("/sign-in/")
    for words, typed in (("username", "eve"), ("password", "correct horse")):
        if page.evaluate("document.activeElement.name") != words:
            tab_to(page, words)
        page.keyboard.type(typed)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Projects")
    tab_to(page, "By keys")
    page.keyboard.press("Enter")
    page.wait_for_url("**/by-keys/")
    tab_to(page, "Start the loop")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Pause the loop")).to_be_visible()

    page.keyboard.press("Tab")
    assert page.evaluate(STOP)["words"] == "Skip to the page"
    page.keyboard.press("Enter")
    tab_to(page, "Settings")
    tab_to(page, "Review")
    page.keyboard.press("Enter")
    page.wait_for_url("**/review/**")
    desk = page.locator("[data-review]")
    expect(desk).not_to_have_attribute("data-task", "", timeout=30_000)
    task = desk.get_attribute("data-task")
    page.keyboard.press("1")
    expect(desk).not_to_have_attribute("data-task", task)

    for word, heading in (("Images", "Images"), ("Models", "Models")):
        tab_to(page, word)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)


def refreshed(page: Page) -> None:
    """Morph the server's newest page in, as an event makes it."""
    with page.expect_response(lambda answer: answer.request.headers.get("hx-request") == "true"):
        page.evaluate("document.getElementById('main').dispatchEvent(new Event('assay:stale'))")
    page.wait_for_timeout(100)


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.outerHTML.slice(0, 200)"))


def test_a_refresh_leaves_the_focus_where_it_was(
    watched: WatchedPage, everything: dict[str, object]
) -> None:
    page = watched.page
    for path, name in (("", "All jobs"), ("jobs/", "Failed"), ("", "Settings")):
        page.goto(f"/projects/everything/{path}")
        page.get_by_role("main").get_by_role("link", name=name, exact=True).first.focus()
        before = focused(page)
        refreshed(page)
        assert focused(page) == before


def test_where_a_button_goes_the_focus_stays_in_its_part_of_the_page(
    watched: WatchedPage, site: RunningSite, everything: dict[str, object]
) -> None:
    page = watched.page
    job = site.python(
        "from datetime import timedelta; from django.utils import timezone\n"
        "from apps.projects.models import Project; from tests.factories import JobFactory\n"
        "project = Project.objects.get(slug='everything')\n"
        "later = timezone.now() + timedelta(days=1)  # no worker is missed\n"
        "job = JobFactory(project=project, status='running', attempt=1, heartbeat_at=later)\n"
        "result = str(job.pk)"
    )
    page.goto(f"/projects/everything/jobs/{job}/")
    page.get_by_role("button", name="Cancel").focus()
    site.python(
        "from uuid import UUID; from apps.jobs.services import Claim, job_succeed\n"
        f"result = job_succeed(claim=Claim(UUID('{job}'), 1), result={{}})"
    )
    expect(page.get_by_role("main").get_by_text("succeeded", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)
    assert page.evaluate("document.activeElement !== document.body")
    assert page.evaluate("document.getElementById('main').contains(document.activeElement)")


def test_the_top_line_looks_for_itself_without_taking_the_focus(
    watched: WatchedPage, everything: dict[str, object]
) -> None:
    page = watched.page
    page.goto("/projects/everything/")
    page.locator("#top-workers").focus()
    with page.expect_response("**/top/"):
        pass
    page.wait_for_timeout(100)
    assert page.evaluate("document.activeElement.id") == "top-workers"
    assert page.locator("#top [aria-live], #top [role=status]").count() == 0


def test_a_menu_is_left_by_escape_and_gives_the_focus_back(
    watched: WatchedPage, everything: dict[str, object]
) -> None:
    page = watched.page
    page.goto("/projects/everything/images/")
    menu = page.locator(".menu-end > summary")
    menu.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(menu).to_be_focused()
    expect(page.locator(".menu-end")).not_to_have_attribute("open", "")


def test_each_chart_is_a_table_too(watched: WatchedPage, everything: dict[str, object]) -> None:
    page = watched.page
    page.goto("/projects/everything/")
    page.locator("#accuracy summary").focus()
    page.keyboard.press("Enter")
    table = page.locator("#accuracy table")
    expect(table.locator("caption")).to_contain_text("Accuracy, percent of the images")
    expect(table.locator("tbody tr")).to_have_count(2)
    expect(table.locator("tbody")).to_contain_text("71.0% (69.0% to 73.0%)")
    page.goto(f"/projects/everything/models/{everything['classifier']}/")
    expect(page.locator("#curve .chart-table")).to_have_count(3)


def test_what_happens_is_told_to_those_who_do_not_see_it(
    watched: WatchedPage, site: RunningSite, everything: dict[str, object]
) -> None:
    page = watched.page
    page.goto("/projects/everything/images/")
    expect(page.locator("html")).to_have_attribute("data-live", "yes")
    site.python(
        "from apps.jobs.services import event_publish; from apps.projects.models import Project\n"
        "project = Project.objects.get(slug='everything')\n"
        "event_publish(project_id=project.pk, kind='round.step',"
        " payload={'round': 3, 'step': 'mix'})\n"
        "result = None"
    )
    expect(page.get_by_role("status").filter(has_text="Round 3")).to_have_text(
        "Round 3 has come to its step mix."
    )
