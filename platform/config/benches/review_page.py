"""`bench review-page`: from a key press to the next picture on the screen, in a real Chromium."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from statistics import quantiles
from typing import TYPE_CHECKING, Any

from config.benches.site import TemporarySite

if TYPE_CHECKING:
    from playwright.async_api import Page, Route

DECISIONS = 200
DELAY_S = 0.15
"""What every request of the page waits before it goes to the server."""
THINKING_S = 0.3
"""Between a picture and the press: a swift person's."""
PATIENCE_MS = 15_000
QUEUE = """
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

def photograph(number):
    coarse = np.random.default_rng(number).integers(0, 255, (12, 16, 3), np.uint8)
    fine = np.random.default_rng(number).integers(0, 60, (480, 640, 3), np.uint8)
    smooth = PillowImage.fromarray(coarse).resize((640, 480), PillowImage.Resampling.BICUBIC)
    buffer = io.BytesIO()
    PillowImage.fromarray(np.asarray(smooth) // 2 + fine).save(buffer, "JPEG", quality=88)
    return buffer.getvalue()

admin = User.objects.get(username="admin")
project = project_create(
    name="Bench", slug="bench", classes=[f"class {n}" for n in range(12)], created_by=admin)
report = images_ingest(
    project=project, sources=[Source(f"{n}.jpg", photograph(n)) for n in range(COUNT)])
assert len(report.accepted) == COUNT, report.refused[:3]
images = list(Image.objects.filter(project=project).order_by("pk"))
asked = project.annotation_classes.first().pk
review_tasks_create(project=project, round_number=None, questions=[
    Question(
        image, "validate" if n % 2 else "annotate", float(-n), "margin",
        {"annotation_class": asked, "parent": images[n - 1].pk, "parent_distance": 0.2,
         "nearest": [[images[n - m].pk, m / 10] for m in range(1, 7)], "uncertainty": 0.5,
         "strategy": "margin", "score": 0.5} if n % 2 else {"strategy": "margin", "score": 0.5})
    for n, image in enumerate(images)])
result = sign_in_link_create(user=admin)
"""
"""COUNT photographs, by turns to annotate, and to validate with seven pictures beside them."""
WATCH = """
window.paints = [];
document.addEventListener("keydown", ({ timeStamp }) => {
  const mat = document.getElementById("review-mat");
  const seen = new MutationObserver(() => {
    const picture = mat.querySelector(".review-picture");
    if (!picture?.complete) return;
    seen.disconnect();
    // The first frame after the change paints it; the second begins when that is done.
    requestAnimationFrame(() => requestAnimationFrame(() =>
      window.paints.push(performance.now() - timeStamp)));
  });
  seen.observe(mat, { childList: true });
}, { capture: true });
"""
"""Times each press, inside the page: from its own time stamp until the frame that shows the next
picture has been painted, the waiting for that frame included."""


def review_page(say: Callable[[str], None]) -> Mapping[str, float]:
    """Decide two hundred times by keys, each request of the page delayed by 150 ms."""
    with TemporarySite() as site:
        site.start()
        say(f"{DECISIONS} decisions …")
        link = site.python(QUEUE.replace("COUNT", str(DECISIONS + 40)), seconds=300)
        times = asyncio.run(_decide(f"{site.address}/sign-in/link/{link}/", site.address))
        stored = site.python(
            "from apps.review.models import Review\nresult = Review.objects.count()"
        )
    if stored != DECISIONS:
        raise RuntimeError(f"{stored} of {DECISIONS} decisions were stored.")
    cuts = quantiles(times, n=20)
    return {
        "key_to_paint_p50_ms": cuts[9],
        "key_to_paint_p95_ms": cuts[18],
        "key_to_paint_slowest_ms": max(times),
    }


async def _decide(link: str, address: str) -> list[float]:
    """Milliseconds from each key press to the next picture."""
    from playwright.async_api import async_playwright

    from tests.e2e.chromium import find

    path = await asyncio.to_thread(find)  # its way of asking Playwright brooks no running loop
    if path is None:
        raise RuntimeError("No Chromium was found; `make test` obtains one.")
    options = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
    if os.geteuid() == 0:
        options.append("--no-sandbox")  # Chromium's sandbox does not run as root.
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=options)
        context = await browser.new_context(viewport={"width": 1280, "height": 800})
        page = await context.new_page()
        await page.goto(link)
        await page.wait_for_url("**/")
        await page.route("**/*", _delayed)
        await page.add_init_script(WATCH)
        await page.goto(f"{address}/projects/bench/review/")
        for _ in range(DECISIONS):
            await _decide_once(page)
        await page.wait_for_selector('#review[data-outbox="0"]', timeout=PATIENCE_MS)
        times: list[float] = await page.evaluate("window.paints")
        await browser.close()
    return times


async def _delayed(route: Route) -> None:
    await asyncio.sleep(DELAY_S)
    await route.continue_()


async def _decide_once(page: Page) -> None:
    asking = page.locator('#review:not([data-task=""])')
    await asking.wait_for(timeout=PATIENCE_MS)
    await asyncio.sleep(THINKING_S)
    kind: Any = await asking.get_attribute("data-kind")
    painted = await page.evaluate("window.paints.length")
    await page.keyboard.press("a" if kind == "validate" else "1")
    await page.wait_for_function(
        "painted => window.paints.length > painted", arg=painted, timeout=PATIENCE_MS
    )
