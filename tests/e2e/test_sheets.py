"""Sheets in a real browser: by keys, by touch, without a line, taken back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, StorageState, expect

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
from apps.projects.services import project_create
from apps.review.services import Question, review_tasks_create

def picture(number):
    buffer = io.BytesIO()
    pixels = np.random.default_rng(number).integers(0, 255, (64, 64, 3), np.uint8)
    PillowImage.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()

admin = User.objects.get(username="admin")
for slug in SLUGS:
    project = project_create(name="Sheets", slug=slug, classes=["boot", "coat"], created_by=admin)
    images_ingest(project=project, sources=[Source(f"{n}.png", picture(n)) for n in range(60)])
    images = Image.objects.filter(project=project)
    images.update(origin="synthetic", split="train")
    coat = project.annotation_classes.get(name="coat").pk
    review_tasks_create(project=project, round_number=None, questions=[
        Question(image, "validate", -image.pk, "", {"annotation_class": coat}, coat)
        for image in images])
result = sign_in_link_create(user=admin)
"""
SLUGS = ["sheets-keys", "sheets-offline", "sheets-touch"]
"""A project for each test."""


@pytest.fixture(scope="module")
def signed_state(site: RunningSite, browser: Browser) -> Iterator[StorageState]:
    link = site.python(f"SLUGS = {SLUGS}\n{MAKE}")
    context = browser.new_context(base_url=site.address)
    page = context.new_page()
    page.goto(f"/sign-in/link/{link}/")
    page.wait_for_url("**/")
    yield context.storage_state()
    context.close()


class Sheet:
    """The page of sheets of one project."""

    def __init__(self, site: RunningSite, slug: str, context: BrowserContext) -> None:
        self.site, self.slug, self.context = site, slug, context
        self.page: Page = context.new_page()
        self.page.goto(f"/projects/{slug}/review/sheets/")

    def is_ready(self, tiles: int) -> None:
        """Wait until a sheet of so many is before the person's eyes."""
        root = self.page.locator("#sheet")
        expect(root).to_have_attribute("data-tiles", str(tiles))
        expect(root).to_have_attribute("data-ready", "")

    def is_saved(self) -> None:
        expect(self.page.locator("#sheet")).to_have_attribute("data-outbox", "0")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    @property
    def verdicts(self) -> Counter[str]:
        """What stands in the database."""
        return Counter(
            self.site.python(
                "from apps.review.models import Review\n"
                "result = list(Review.objects.filter(superseded_at=None, "
                f"task__project__slug={self.slug!r}).values_list('verdict', flat=True))"
            )
        )


@pytest.fixture
def sheet(
    request: pytest.FixtureRequest, site: RunningSite, browser: Browser, signed_state: StorageState
) -> Iterator[Sheet]:
    slug, options = request.param
    context = browser.new_context(base_url=site.address, storage_state=signed_state, **options)
    context.set_default_timeout(20_000)
    yield Sheet(site, slug, context)
    context.close()


@pytest.mark.parametrize("sheet", [("sheets-keys", {})], indirect=True)
def test_a_sheet_is_marked_passed_and_taken_back_by_keys(sheet: Sheet) -> None:
    sheet.is_ready(24)
    sheet.press("ArrowRight", "Space", "ArrowDown", "f", "ArrowLeft", "s", "s")
    expect(sheet.page.locator("[aria-selected=true]")).to_have_count(2)
    sheet.press("Enter")
    sheet.is_ready(24)
    sheet.is_saved()
    assert sheet.verdicts == {"right": 22, "bad": 1, "artefact": 1}

    sheet.page.locator("[data-take-back][data-marked]").last.click()
    sheet.is_ready(25)
    expect(sheet.page.locator("[data-index='24']")).to_have_attribute("data-mark", "artefact")
    sheet.is_saved()
    assert sheet.verdicts == {"right": 22, "bad": 1}
    sheet.press("Control+z")
    sheet.is_ready(23)
    sheet.is_saved()
    assert sheet.verdicts == {}
    sheet.press("Enter")
    sheet.is_ready(25)
    sheet.press("Enter")
    sheet.is_ready(12)
    sheet.is_saved()
    assert sheet.verdicts == {"right": 46, "bad": 1, "artefact": 1}


@pytest.mark.parametrize("sheet", [("sheets-offline", {})], indirect=True)
def test_without_a_line_the_next_sheet_is_there_and_nothing_is_lost(sheet: Sheet) -> None:
    sheet.is_ready(24)
    sheet.page.wait_for_load_state("networkidle")
    sheet.context.set_offline(True)
    for key in ("Space", "Enter"):
        sheet.press(key)
    sheet.is_ready(24)
    expect(sheet.page.locator("#sheet")).to_have_attribute("data-outbox", "24")
    sheet.page.on("dialog", lambda dialog: dialog.accept())
    sheet.context.set_offline(False)
    sheet.page.reload()
    sheet.is_ready(24)
    sheet.is_saved()
    assert sheet.verdicts == {"right": 23, "bad": 1}


@pytest.mark.parametrize(
    "sheet",
    [("sheets-touch", {"viewport": {"width": 390, "height": 844}, "has_touch": True})],
    indirect=True,
)
def test_a_finger_marks_and_says_why(sheet: Sheet) -> None:
    sheet.is_ready(24)
    for tile in (0, 5, 5, 7):
        sheet.page.locator(f"[data-index='{tile}']").tap()
    sheet.page.locator("#sheet-marks [data-action=near_copy]").tap()
    assert sheet.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    sheet.page.locator("[data-action=pass-sheet]").tap()
    sheet.is_ready(24)
    sheet.is_saved()
    assert sheet.verdicts == {"right": 22, "bad": 1, "near_copy": 1}
