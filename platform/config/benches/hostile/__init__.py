"""A thousand and more files that are broken or mean harm, and what the site makes of them."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from pathlib import Path

import httpx2

from config.benches.calls import Calls
from config.benches.hostile import pictures
from config.benches.hostile.importing import hostile_archives, imports_tried, neighbours
from config.benches.hostile.pictures import File
from config.benches.site import TemporarySite

SLUG = "bench"
STORED = re.compile(r"(images|thumbnails)/[0-9a-f]{2}/[0-9a-f]{64}\.(png|jpg|webp)")
"""What may lie in storage: names of our own making only."""
SERVER_ERROR = 500
LONGEST_SECONDS = 60.0


def hostile_files() -> Iterator[File]:
    """(name, content) of each, the same in every run."""
    return chain(
        pictures.truncated(),
        pictures.bombs(),
        pictures.polyglots(),
        pictures.texts(),
        pictures.wrong_endings(),
        pictures.damaged(30, seed=1),
        hostile_archives(),
    )


def strays(storage: Path) -> list[str]:
    """Files in storage whose names are not of our making."""
    found = (path.relative_to(storage).as_posix() for path in storage.rglob("*") if path.is_file())
    return [name for name in found if not STORED.fullmatch(name)]


def hostile(say: Callable[[str], None]) -> Mapping[str, float]:
    """Send each between two good files; count errors, lost neighbours, strays and seconds."""
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    errors, lost, slowest, count = 0, 0, 0.0, 0
    with TemporarySite() as site:
        site.start()
        before = _files_beside(site.home)
        headers = {"Authorization": f"Token {site.token()}"}
        base = f"{site.address}/api/v1/projects/{SLUG}/"
        with httpx2.Client(base_url=base, headers=headers, timeout=LONGEST_SECONDS) as client:
            made = {"name": "Hostile", "slug": SLUG, "classes": ["boot", "coat"]}
            client.post(f"{site.address}/api/v1/projects/", json=made).raise_for_status()
            for count, file in enumerate(hostile_files(), 1):
                began = time.monotonic()
                status, kept = _upload(client, count, file)
                took = time.monotonic() - began
                if status >= SERVER_ERROR or kept < 2:  # noqa: PLR2004
                    say(f"{file[0]!r}: status {status}, {kept} of 2 neighbours kept")
                errors += status >= SERVER_ERROR
                lost += 2 - kept
                if took > slowest:
                    say(f"{took:.2f} s: {file[0]!r}")
                    slowest = took
            imported = imports_tried(site, client, Calls(site), say)
        beside = _files_beside(site.home) - before
        outside = strays(site.home / "media") + sorted(map(str, beside))
    for name in outside:
        say(f"outside storage: {name!r}")
    return {
        "hostile_files": count,
        "hostile_errors": errors,
        "hostile_neighbours_lost": lost,
        "hostile_outside_storage": len(outside),
        "hostile_slowest_s": slowest,
        **imported,
    }


def _upload(client: httpx2.Client, number: int, file: File) -> tuple[int, int]:
    """The answer's status, and how many of the two neighbours were taken in."""
    first, last = neighbours(number).items()
    files = [("files", entry) for entry in (first, file, last)]
    try:
        answer = client.post("images/", files=files)
    except httpx2.HTTPError:
        return SERVER_ERROR, 0
    if not answer.is_success:
        return answer.status_code, 0
    taken = {entry["name"] for entry in answer.json()["accepted"]}
    return answer.status_code, len(taken & {first[0], last[0]})


def _files_beside(home: Path) -> set[Path]:
    """What lies where a member that leads out would land: near storage, and in /tmp."""
    near = {path for folder in (home, home.parent) for path in folder.iterdir()}
    named = set(home.parent.glob("out*")) | set(Path("/tmp").glob("out*"))  # noqa: S108
    return {path for path in near | named if path.is_file()}
