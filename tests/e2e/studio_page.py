"""What tests of the studio do on its page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Locator, Page

from tests.e2e.studio_project import SLUG
from tests.running_site import RunningSite

ADDRESS = f"/projects/{SLUG}/studio/"
FIRST_MS = 30_000
"""Torch is imported for the first picture."""
RESTS_MS = 1000
"""A picture that stays so long is the last of a move."""


def picture(page: Page) -> str:
    """The picture as it stands, once nothing is on its way."""
    return str(page.evaluate("document.getElementById('studio-picture').toDataURL()"))


def drawn(page: Page) -> Locator:
    """The picture, once there is one."""
    return page.locator("#studio-picture[data-drawn]")


def open_studio(page: Page, address: str = ADDRESS) -> str:
    """The first picture."""
    page.goto(address)
    drawn(page).wait_for(timeout=FIRST_MS)
    return picture(page)


def wait_for_another(page: Page, before: str) -> str:
    """Another picture than before, once it rests: on its way a slider shows those between."""
    page.wait_for_function(
        "before => document.getElementById('studio-picture').toDataURL() !== before", arg=before
    )
    last, now = before, picture(page)
    while now != last:
        page.wait_for_timeout(RESTS_MS)
        last, now = now, picture(page)
    return now


@contextmanager
def held(site: RunningSite, words: str) -> Iterator[None]:
    """Such processes stand still."""
    processes = site.processes(words)
    assert processes
    for process in processes:
        process.suspend()
    try:
        yield
    finally:
        for process in processes:
            process.resume()
