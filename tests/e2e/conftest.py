"""One site with the small demo, run as real processes, and a real browser."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.e2e import chromium
from tests.running_site import RunningSite

PICTURES = Path(__file__).resolve().parent.parent.parent / "test-results"
QUIET = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def site() -> Iterator[RunningSite]:
    """A site whose small demo has begun its first round."""
    running = RunningSite()
    running.start()
    loaded = running.manage("demo", "--small", seconds=180)
    assert loaded.returncode == 0, loaded.stderr
    yield running
    running.remove()


@pytest.fixture(scope="session")
def everything(site: RunningSite) -> dict[str, object]:
    """What addresses are filled in with: rows of a project that has something of everything."""
    return site.python("from tests.e2e.everything import make; result = make()")


@pytest.fixture(scope="session")
def walked(site: RunningSite) -> dict[str, object]:
    """A project to walk in: its generator, directions and real images, by name."""
    return site.python("from tests.e2e.studio_project import make; result = make()")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium; ended with the module, as its event loop forbids the ORM to other tests."""
    path = chromium.find()
    if path is None:
        pytest.fail("No Chromium was found; `make test` obtains one.")
    # Chromium's sandbox does not run as root.
    options = [*QUIET, "--no-sandbox"] if os.geteuid() == 0 else QUIET
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=options)
        yield running
        running.close()


@pytest.fixture(scope="module")
def signed_in(browser: Browser, site: RunningSite) -> Iterator[BrowserContext]:
    """A browser in which the administrator signed in by a link."""
    context = browser.new_context(base_url=site.address)
    context.set_default_timeout(30_000)
    link = site.python(
        "from apps.accounts.models import User\n"
        "from apps.accounts.services import sign_in_link_create\n"
        "result = sign_in_link_create(user=User.objects.get(username='admin'))"
    )
    page = context.new_page()
    page.goto(f"/sign-in/link/{link}/")
    page.wait_for_url("**/")
    page.close()
    yield context
    context.close()


class WatchedPage:
    """A page, and what its console complained of."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text} ({message.location['url']})")

    @property
    def overflow(self) -> int:
        """By how many pixels the page is wider than its window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))

    def picture(self, name: str) -> None:
        """Keep a screenshot for people to look at."""
        PICTURES.mkdir(exist_ok=True)
        self.page.screenshot(path=PICTURES / f"{name}.png", full_page=True)


@pytest.fixture
def watched(signed_in: BrowserContext) -> Iterator[WatchedPage]:
    """A new page of the signed-in administrator."""
    page = signed_in.new_page()
    yield WatchedPage(page)
    page.close()
