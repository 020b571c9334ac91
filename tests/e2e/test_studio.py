"""The studio in a browser: sliders move the picture, what is kept goes to review."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import WatchedPage
from tests.e2e.studio_page import FIRST_MS, drawn, open_studio, picture, wait_for_another
from tests.e2e.studio_project import SLUG
from tests.running_site import RunningSite

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]


def test_a_slider_moves_the_picture_by_pointer_and_by_keys(
    watched: WatchedPage, walked: dict[str, object]
) -> None:
    page = watched.page
    first = open_studio(page)
    slider = page.get_by_label("longer sleeves", exact=True)
    box = slider.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + box["height"] / 2, steps=12)
    page.mouse.up()
    second = wait_for_another(page, first)
    slider.press("ArrowLeft")
    third = wait_for_another(page, second)
    page.keyboard.press("u")
    assert wait_for_another(page, third) == second
    page.reload()
    drawn(page).wait_for(timeout=FIRST_MS)
    assert picture(page) == second, "the address leads to the very picture"
    page.get_by_role("button", name="Middle").click()
    assert wait_for_another(page, second) == first
    assert not watched.complaints


def test_ten_kept_pictures_become_ten_review_tasks_with_lineage(
    watched: WatchedPage, site: RunningSite, walked: dict[str, object]
) -> None:
    page = watched.page
    before = open_studio(page)
    for count in range(1, 11):
        page.keyboard.press("k")
        expect(page.locator(".tray-tile")).to_have_count(count)
        page.keyboard.press("r")
        before = wait_for_another(page, before)
    page.get_by_role("button", name="Send 10 to review").click()
    expect(page.get_by_text("They wait in the review queue.")).to_be_visible(timeout=60_000)
    count = site.python(
        "from collections import Counter\n"
        "from apps.review.models import ReviewTask\n"
        f"tasks = ReviewTask.objects.filter(project__slug={SLUG!r}, kind='validate')\n"
        "lineages = Counter(task.image.lineage.generation_run_id for task in tasks)\n"
        "result = lineages[max(lineages)]"
    )
    assert count == 10, "of the newest batch"
    page.reload()
    row = page.get_by_role("row", name="Batch").filter(has_text="admin").first
    expect(row).to_contain_text("10")
    assert not watched.complaints


def test_a_dead_worker_is_said_within_ten_seconds(
    watched: WatchedPage, site: RunningSite, walked: dict[str, object]
) -> None:
    page = watched.page
    before = open_studio(page)
    alarm = page.get_by_role("alert").filter(has_text="No studio worker draws")
    with kept_dead(site, "studio_worker"):
        expect(alarm).to_be_visible(timeout=10_000)
        page.keyboard.press("r")
    wait_for_another(page, before)
    expect(alarm).to_be_hidden(timeout=FIRST_MS)


@contextmanager
def kept_dead(site: RunningSite, words: str) -> Iterator[None]:
    """Such processes are killed as often as they are started again."""
    over = threading.Event()

    def kill() -> None:
        while not over.wait(0.2):
            for process in site.processes(words):
                process.kill()

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@pytest.mark.parametrize("width", [1280, 390])
def test_it_fits_and_a_project_without_a_generator_says_what_to_do(
    watched: WatchedPage, walked: dict[str, object], width: int
) -> None:
    page = watched.page
    page.set_viewport_size({"width": width, "height": 900})
    open_studio(page)
    assert watched.overflow <= 0
    page.goto("/projects/demo/studio/")
    page.wait_for_selector("h1")
    assert not watched.complaints
