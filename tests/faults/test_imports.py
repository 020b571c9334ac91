"""A worker that is killed in the middle of an import, and what has come in all the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.faults.test_exports import CPU_WORKER, ended, held
from tests.images.pictures import png, tarred, zipped
from tests.running_site import RunningSite, wait_until

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults"), pytest.mark.timeout(400)]

BATCH = 520
"""A little more than one has."""
COUNT = 600
MEMBERS = {
    **{f"photos/{number}.png": png(number) for number in range(COUNT)},
    "photos/again.png": png(0),
    "photos/broken.png": png(1)[:100],
    "photos/unknown.png": png(COUNT + 1),
    "list.csv": "\n".join(
        ["file,class,n"]
        + [f"{number}.png,{('boot', 'coat')[number % 2]},{number}" for number in range(COUNT)]
        + ["unknown.png,hat,0", "missing.png,boot,0"]
    ).encode(),
}


@pytest.fixture(scope="module")
def site() -> Iterator[RunningSite]:
    running = RunningSite()
    try:
        running.start()
        yield running
    finally:
        running.remove()


def begin(api: httpx.Client, slug: str, archives: dict[str, bytes]) -> dict[str, Any]:
    """A new import of these archives, and its job."""
    api.post("projects/", json={"name": slug, "slug": slug, "classes": ["boot", "coat"]})
    answer = api.post(
        f"projects/{slug}/imports/", files=[("file", one) for one in archives.items()]
    )
    assert answer.status_code == 202, answer.text
    begun: dict[str, Any] = answer.json()
    return begun


def outcome(api: httpx.Client, slug: str, begun: dict[str, Any]) -> dict[str, Any]:
    """What is told of an import, apart from names and times."""
    told = api.get(f"projects/{slug}/imports/{begun['import']['id']}/").json()
    assert told["ended_at"]
    names = ("total", "accepted", "duplicates", "refused", "found")
    return {name: told[name] for name in names}


def rows(api: httpx.Client, slug: str) -> list[tuple[Any, ...]]:
    """All images of a project, oldest first."""
    found, page = [], f"projects/{slug}/images/?page_size=1000"
    while page:
        answer = api.get(page).json()
        found += answer["results"]
        page = answer["next"]
    seen = ("name", "class", "split", "sha256", "metadata")
    return [tuple(str(image[name]) for name in seen) for image in reversed(found)]


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_a_killed_import_goes_on_and_a_repeat_changes_nothing(
    site: RunningSite, api: httpx.Client, pack: Any
) -> None:
    members, slug = list(MEMBERS.items()), pack.__name__
    archive = {"a": pack(dict(members[:BATCH])), "b": pack(dict(members[BATCH:]))}
    begun = begin(api, slug, archive)
    here = f"projects/{slug}/imports/{begun['import']['id']}/"
    # What only a later batch than the first writes.
    second = "imports_upload WHERE owner_id = %s AND path = 'b'"
    with held(site, second, begun["import"]["id"]):
        wait_until(lambda: api.get(here).json()["accepted"], 60, "the first batch")
        site.kill(CPU_WORKER)
    assert ended(api, begun["job"]["id"])["attempt"] == 2
    came = rows(api, slug)
    told = outcome(api, slug, begun)
    assert (told["accepted"], told["duplicates"], told["refused"]) == (COUNT, 1, 2)
    assert (told["found"]["missing"], told["found"]["missing_names"]) == (1, ["missing.png"])
    assert not list((site.home / "uploads").glob("*/*"))

    undisturbed = begin(api, f"{slug}-2", archive)
    ended(api, undisturbed["job"]["id"])
    assert rows(api, f"{slug}-2") == came
    assert outcome(api, f"{slug}-2", undisturbed) == told

    again = begin(api, slug, archive)
    ended(api, again["job"]["id"])
    assert rows(api, slug) == came
    assert outcome(api, slug, again) == {
        **told, "accepted": 0, "duplicates": COUNT + 1, "refused": 2,
    }  # fmt: skip
