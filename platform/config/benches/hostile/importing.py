"""Hostile archives and manifests through imports, each between two good files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import chain

import httpx2

from config.benches.calls import Calls, job_seconds
from config.benches.hostile import archives
from config.benches.hostile.manifests import TOLD, hostile_manifests
from config.benches.hostile.pictures import File, png
from config.benches.site import TemporarySite

ACCEPTED = 202
UNSAID = """
from apps.jobs.models import Job
failed = Job.objects.filter(kind="import_files", status="failed")
result = [[job.title, job.error] for job in failed if "ManifestError" not in job.traceback]
"""
"""Imports that failed for another reason than a manifest that could not be followed."""


def hostile_archives() -> Iterator[File]:
    """(name, content) of each, the same in every run."""
    return chain(
        archives.cut(),
        archives.ways_out(),
        archives.bombs(),
        archives.lies(),
        archives.damaged(30, seed=2),
    )


def neighbours(number: int) -> dict[str, bytes]:
    """Two good files, as no other number has, to be sent before and after a hostile one."""
    return {f"good {place}.png": png(1_000_000 + 2 * number + place) for place in range(2)}


def imports_tried(
    site: TemporarySite, client: httpx2.Client, calls: Calls, say: Callable[[str], None]
) -> Mapping[str, float]:
    """Import each; count errors, lost neighbours and the slowest job's seconds.

    A manifest that cannot be followed fails its import in words, before anything is taken in.
    """
    files = list(chain(hostile_archives(), hostile_manifests()))
    say(f"{len(files):,} imports …")
    errors, lost, slowest = 0, 0, 0.0
    begun = [_begin(client, number, file) for number, file in enumerate(files, 10_000)]
    for (name, _), asked in zip(files, begun, strict=True):
        if asked is None:
            say(f"{name!r}: not accepted")
            errors += 1
            continue
        job = calls.finished(asked["job"]["id"])
        slowest = max(slowest, job_seconds(job))
        if job["status"] == "succeeded":
            missing = _refused(client, asked["import"]["id"]) & set(neighbours(0))
            lost += len(missing)
            if missing:
                say(f"{name!r}: {len(missing)} neighbours lost")
    for title, error in site.python(UNSAID):
        say(f"{title!r}: {error}")
        errors += 1
    return {
        "hostile_imports": len(files),
        "hostile_import_errors": errors,
        "hostile_import_neighbours_lost": lost,
        "hostile_import_slowest_s": slowest,
    }


def _begin(client: httpx2.Client, number: int, file: File) -> dict[str, dict[str, str]] | None:
    first, last = neighbours(number).items()
    told = (TOLD, png(3_000_000 + number))
    files = [("file", entry) for entry in (first, told, file, last)]
    answer = client.post("imports/", files=files)
    return dict(answer.json()) if answer.status_code == ACCEPTED else None


def _refused(client: httpx2.Client, import_id: str) -> set[str]:
    return {row["name"] for row in client.get(f"imports/{import_id}/refusals/").json()["results"]}
