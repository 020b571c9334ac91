"""Walks in the studio from end to end: from a real image, along what was found, as a film."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.axe import findings_of
from tests.e2e.conftest import WatchedPage
from tests.e2e.studio_page import (
    FIRST_MS,
    drawn,
    held,
    open_studio,
    picture,
    wait_for_another,
)
from tests.e2e.studio_project import REAL, SLUG, STYLED
from tests.running_site import RunningSite

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]
JOB_MS = 60_000


@pytest.fixture
def mia(browser: Browser, site: RunningSite, walked: dict[str, object]) -> Iterator[Page]:
    """The page of an annotator who signed in by a link."""
    context: BrowserContext = browser.new_context(base_url=site.address)
    context.set_default_timeout(30_000)
    page = context.new_page()
    page.goto(f"/sign-in/link/{walked['link']}/")
    page.wait_for_url("**/")
    yield page
    context.close()


def test_a_walk_begins_from_an_image_that_the_loop_is_unsure_of(
    watched: WatchedPage, site: RunningSite, walked: dict[str, object]
) -> None:
    page = watched.page
    first = open_studio(page)
    expect(page.locator(".neighbour")).to_have_count(len(REAL), timeout=FIRST_MS)
    begin = page.get_by_role("button", name=f"Begin from {REAL[0]}, as coat")
    line = page.locator("[data-job-line=start]")
    with held(site, "--queues gpu"):
        begin.click()
        expect(line).to_contain_text(f"Looking for image {walked['odd']}: waits for a worker")
        line.get_by_role("button", name="Cancel").click()
        expect(page.get_by_text(f"Looking for image {walked['odd']}: cancelled.")).to_be_visible()
        expect(line).to_be_hidden()
    begin.click()
    origin = page.locator("#studio-origin")
    expect(origin).to_contain_text("pixels differ by", timeout=JOB_MS)
    expect(origin.get_by_role("img", name=f"Image {walked['odd']}")).to_be_visible()
    assert page.locator("#studio-class option:checked").text_content() == "coat"
    found = wait_for_another(page, first)
    page.keyboard.press("k")
    page.get_by_role("button", name="Send 1 to review").click()
    expect(page.get_by_text("They wait in the review queue.")).to_be_visible(timeout=JOB_MS)
    parents = site.python(
        "from apps.generation.models import SyntheticImage\n"
        f"made = SyntheticImage.objects.filter(image__project__slug={SLUG!r})\n"
        "result = list(made.exclude(parent=None).values_list('parent', flat=True))"
    )
    assert parents == [walked["odd"]]
    page.reload()
    expect(origin).to_contain_text("pixels differ by")
    drawn(page).wait_for(timeout=FIRST_MS)
    assert picture(page) == found
    assert not watched.complaints


def test_a_direction_is_found_named_and_walked_by_another_member(
    watched: WatchedPage, walked: dict[str, object], mia: Page
) -> None:
    page = watched.page
    open_studio(mia)
    open_studio(page)
    page.get_by_label("Proposal", exact=False).first.press("ArrowRight")
    page.get_by_role("button", name="Find", exact=True).click()
    expect(page.get_by_text("Earlier proposal")).to_be_visible(timeout=JOB_MS)
    page.get_by_role("button", name="Name “Proposal 1”").click()
    page.get_by_role("textbox", name="What it changes").fill("darker")
    page.keyboard.press("Enter")
    slider = mia.get_by_label("darker", exact=True)
    expect(slider).to_be_visible()
    before = picture(mia)
    slider.press("End")
    moved = wait_for_another(mia, before)
    expect(mia.get_by_label("Proposal 2", exact=True)).to_be_visible()
    expect(mia.get_by_role("button", name="Keep")).to_have_count(0)

    page.get_by_role("button", name="Name “darker”").click()
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Delete “darker”").click()
    expect(slider).to_be_hidden()
    expect(mia.get_by_label("Earlier proposal", exact=False)).to_be_visible()
    assert picture(mia) == moved, "nobody's picture jumps"
    assert not watched.complaints


def test_only_some_layers_of_a_style_go_to_the_end_of_a_way(
    watched: WatchedPage, site: RunningSite
) -> None:
    site.python("from tests.e2e.studio_project import make_styled; result = make_styled()")
    page = watched.page
    seen = [open_studio(page, f"/projects/{STYLED}/studio/")]
    page.keyboard.press("t")
    page.locator("#studio-share").press("End")
    seen.append(wait_for_another(page, seen[-1]))
    layers = page.get_by_label("What goes there")
    for part in ("coarse", "middle", "fine"):
        layers.select_option(part)
        seen.append(wait_for_another(page, seen[-1]))
    assert len(set(seen)) == len(seen)
    page.reload()
    drawn(page).wait_for(timeout=FIRST_MS)
    expect(layers).to_have_value("fine")
    assert picture(page) == seen[-1]
    page.get_by_label("Variety", exact=False).press("Home")
    assert wait_for_another(page, seen[-1]) not in seen
    assert not watched.complaints


def test_the_way_is_a_film_that_plays_and_is_downloaded(
    watched: WatchedPage, site: RunningSite, walked: dict[str, object]
) -> None:
    page = watched.page
    open_studio(page)
    page.keyboard.press("t")
    dialog = page.get_by_role("dialog", name="Film of the way")
    with held(site, "studio_worker"):
        page.keyboard.press("f")
        expect(dialog).to_contain_text("Waiting for the studio worker")
        dialog.get_by_role("button", name="Cancel").click()
        expect(dialog).to_be_hidden()
        page.keyboard.press("f")
        expect(dialog.get_by_role("alert")).to_contain_text("No studio worker", timeout=10_000)
    page.wait_for_function(
        "() => document.getElementById('studio-film-video').currentTime > 0", timeout=FIRST_MS
    )
    length, side = page.evaluate(
        "(film => [film.duration, film.videoWidth])(document.getElementById('studio-film-video'))"
    )
    assert (round(length, 1), side) == (3.8, 128)
    expect(dialog.get_by_role("alert")).to_be_hidden()
    for name, ending, begins in (
        ("WebM", "webm", b"\x1aE\xdf\xa3"),
        ("GIF", "gif", b"GIF89a"),
        ("Strip", "png", b"\x89PNG"),
    ):
        with page.expect_download() as download:
            dialog.get_by_role("button", name=name).click()
        assert download.value.suggested_filename == f"studio-way.{ending}"
        assert download.value.path().read_bytes().startswith(begins)
    with held(site, "studio_worker"):
        dialog.get_by_role("button", name="WebP").click()
        dialog.get_by_role("button", name="Cancel").click()
    expect(dialog.get_by_role("button", name="WebP")).to_be_enabled()
    assert page.evaluate("!document.getElementById('studio-film-video').paused")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert not watched.complaints


def test_axe_objects_to_nothing_while_things_are_open(
    watched: WatchedPage, site: RunningSite, walked: dict[str, object]
) -> None:
    page = watched.page
    open_studio(page)
    page.keyboard.press("k")
    page.keyboard.press("t")
    with held(site, "--queues gpu"):
        page.get_by_role("button", name="Begin from", exact=False).last.click()
        expect(page.locator("[data-job-line=start]")).to_contain_text("waits for a worker")
        page.get_by_role("button", name="Name “longer sleeves”").click()
        assert list(findings_of(page)) == []
        assert watched.overflow <= 0
        page.locator("[data-job-line=start]").get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Leave it as it is").click()
    page.get_by_role("button", name="Film", exact=True).click()
    page.locator("#studio-film-video[src]").wait_for()
    assert list(findings_of(page)) == []
    page.set_viewport_size({"width": 320, "height": 640})
    assert watched.overflow <= 0
    assert (
        page.evaluate(
            "(d => d.scrollWidth - d.clientWidth)(document.querySelector('dialog[open]'))"
        )
        <= 0
    )
