"""Pages bend to their reader: narrow screens, large text, no motion, the system's colours."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import WatchedPage

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]

PAGES = [
    "",
    "review/",
    "review/?mode=validate",
    "review/policy/",
    "images/",
    "images/add/",
    "images/quality/",
    "images/quarantine/",
    "images/doubts/",
    "images/slices/",
    "jobs/",
    "settings/",
]
LARGE_TEXT = """() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync("html { font-size: 200% !important }");
    document.adoptedStyleSheets.push(sheet);
}"""


@pytest.mark.parametrize(("width", "height"), [(320, 640), (390, 844)])
def test_a_narrow_page_scrolls_one_way_only(
    watched: WatchedPage, everything: dict[str, object], width: int, height: int
) -> None:
    watched.page.set_viewport_size({"width": width, "height": height})
    for path in PAGES:
        watched.page.goto(f"/projects/everything/{path}")
        watched.page.wait_for_timeout(200)
        assert watched.overflow <= 0, path


def test_text_twice_as_large_stays_on_the_page(
    watched: WatchedPage, everything: dict[str, object]
) -> None:
    watched.page.set_viewport_size({"width": 1280, "height": 800})
    for path in PAGES:
        watched.page.goto(f"/projects/everything/{path}")
        watched.page.evaluate(LARGE_TEXT)
        watched.page.wait_for_timeout(200)
        assert watched.overflow <= 0, path


def test_nothing_moves_where_no_motion_is_asked_for(
    watched: WatchedPage, everything: dict[str, object]
) -> None:
    page = watched.page
    page.emulate_media(reduced_motion="reduce")
    for path in ("", "jobs/", "review/"):
        page.goto(f"/projects/everything/{path}")
        page.wait_for_timeout(200)
        assert (
            page.evaluate("document.getAnimations().map((one) => String(one.effect.target))") == []
        )


def test_what_is_chosen_is_seen_in_the_system_s_colours(
    watched: WatchedPage, everything: dict[str, object]
) -> None:
    page = watched.page
    page.emulate_media(forced_colors="active")
    page.goto("/projects/everything/review/policy/")
    watched.picture("policy-forced-colours")
    for chosen in (".tabs [aria-current]", '.rail-link[aria-current="page"]'):
        pseudo = "::before" if "rail" in chosen else None
        ground = page.evaluate(
            "([chosen, pseudo]) => getComputedStyle(document.querySelector(chosen), pseudo)"
            ".backgroundColor",
            [chosen, pseudo],
        )
        page_ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert ground not in (page_ground, "rgba(0, 0, 0, 0)")
