"""axe-core finds nothing serious on any page, in light and dark, wide and narrow.

The pages are read off the site's addresses, so a new one is walked without being named here.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.urls import get_resolver
from playwright.sync_api import Browser, BrowserContext, Page

from tests.e2e.axe import WIDE, findings_of
from tests.routes import routes
from tests.running_site import RunningSite

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]

NOT_OURS = ("admin/", "api/")
LEADS_ON = {"projects/<slug:slug>/datasets/compare/"}
"""Addresses that only lead to another page, and want to be told which."""
TABS = 6
"""Pages that load at once."""
MORE = {
    "projects/<slug:slug>/images/": ["?origin=synthetic", "?class=none+such"],
    "projects/<slug:slug>/jobs/": ["?status=failed"],
    "projects/<slug:slug>/generators/new/": ["?family=conditional_gan", "?family=wgan_gp"],
    "projects/<slug:slug>/review/": [
        "?mode=annotate",
        "?mode=validate",
        "?mode=realism",
        "?mode=adjudicate",
    ],
    "projects/<slug:slug>/evaluations/<int:evaluation_id>/": ["?class=shirt&seen=coat"],
}
"""Further states of a page, by what is added to its address."""
FOR_ANNOTATORS = ["settings/", "review/policy/", "review/", "members/"]
"""Pages that look otherwise to those who do not manage; the last is refused."""
EMPTY = [
    "",
    "review/",
    "images/",
    "images/imports/",
    "images/quality/",
    "images/slices/",
    "studio/",
    "models/",
    "jobs/",
    "generators/",
    "generators/refinement/",
]
"""Pages of a project with nothing in it."""
OTHERS = {
    "projects/<slug:slug>/images/<int:image_id>/": "real_image",
    "projects/<slug:slug>/models/<int:run_id>/": "classifier",
    "projects/<slug:slug>/jobs/<uuid:job_id>/": "running_job",
    "sign-in/link/<str:secret>/": "username",
}
"""A second row to look at, by its name in `everything.make`."""


@dataclass(frozen=True)
class Visit:
    """A page and who looks at it: nobody, ada (an annotator) or the administrator."""

    who: str
    address: str


@pytest.fixture(scope="module")
def people(
    browser: Browser, signed_in: BrowserContext, site: RunningSite, everything: dict[str, object]
) -> Iterator[dict[str, BrowserContext]]:
    """A browser of each person's own."""
    nobody, ada = (browser.new_context(base_url=site.address) for _ in range(2))
    page = ada.new_page()
    page.goto(f"/sign-in/link/{everything['link']}/")
    page.wait_for_url("**/")
    page.close()
    yield {"nobody": nobody, "ada": ada, "admin": signed_in}
    nobody.close()
    ada.close()


@pytest.fixture(scope="module")
def visits(people: dict[str, BrowserContext], everything: dict[str, object]) -> list[Visit]:
    """Every page, found by asking every address."""
    found = []
    for route in dict(routes(get_resolver())):
        if route.startswith(NOT_OURS) or route in LEADS_ON:
            continue
        address = _address(route, everything)
        for who in ("admin", "nobody"):
            if _is_page(people[who], address):
                more = [_address(route, everything, OTHERS[route])] if route in OTHERS else []
                more += [address + query for query in MORE.get(route, [])]
                found += [Visit(who, each) for each in [address, *more]]
                break
    found += [Visit("ada", f"/projects/everything/{path}") for path in FOR_ANNOTATORS]
    found += [Visit("admin", f"/projects/nothing/{path}") for path in EMPTY]
    return [*found, Visit("admin", "/nowhere/"), Visit("nobody", "/nowhere/")]


def _address(route: str, values: dict[str, object], second: str = "") -> str:
    """The route with its parts filled in, the last of them by the value named `second`."""
    names = re.findall(r"<\w+:(\w+)>", route)
    assert set(names) <= values.keys(), f"{route}: give it a value in tests/e2e/everything.py"
    filled = {name: values[name] for name in names}
    if second:
        filled[names[-1]] = values[second]
    return "/" + re.sub(r"<\w+:(\w+)>", lambda found: str(filled[found[1]]), route)


def _is_page(person: BrowserContext, address: str) -> bool:
    """Whether a GET brings a whole page: no redirect, fragment or file."""
    answer = person.request.get(address, max_redirects=0)
    assert answer.status not in (404, 500), f"{address}: {answer.status}"
    is_html = answer.headers.get("content-type", "").startswith("text/html")
    return answer.status in (200, 410) and is_html and "<html" in answer.text()


def test_pages_are_found(visits: list[Visit]) -> None:
    addresses = {(visit.who, visit.address) for visit in visits}
    assert {
        ("admin", "/"),
        ("nobody", "/sign-in/"),
        ("admin", "/projects/everything/"),
        ("admin", "/projects/everything/review/policy/"),
    } <= addresses


def test_axe_objects_to_nothing_on_any_page(
    people: dict[str, BrowserContext], visits: list[Visit]
) -> None:
    findings: dict[str, set[str]] = defaultdict(set)
    for start in range(0, len(visits), TABS):
        together = visits[start : start + TABS]
        pages = [_opened(people[visit.who], visit.address) for visit in together]
        for visit, page in zip(together, pages, strict=True):
            page.wait_for_load_state("networkidle")
            for look, finding in findings_of(page):
                findings[finding].add(f"{visit.who} {visit.address} {look}")
            page.close()
    assert not findings, "\n".join(
        f"{finding}\n    on {len(places)}: {', '.join(sorted(places)[:4])}"
        for finding, places in findings.items()
    )


@pytest.mark.parametrize("template", ["400", "403", "403_csrf", "500"])
def test_axe_objects_to_nothing_on_pages_that_tell_of_an_error(
    site: RunningSite, people: dict[str, BrowserContext], template: str
) -> None:
    html = site.python(
        "from django.template.loader import render_to_string\n"
        f"result = render_to_string('{template}.html', {{'message': 'It went wrong.'}})"
    )
    page = people["nobody"].new_page()
    page.route("**/broken/", lambda route: route.fulfill(body=html, content_type="text/html"))
    page.goto("/broken/")
    assert list(findings_of(page)) == []
    page.close()


def _opened(person: BrowserContext, address: str) -> Page:
    page = person.new_page()
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.set_viewport_size(WIDE)
    page.goto(address, wait_until="commit")
    return page
