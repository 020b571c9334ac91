"""Images by their addresses: a list is written down at once and fetched by a job.

What is still to be fetched has a row, which goes in one transaction with its image's
coming or its refusal. So a job that is killed goes on with what is left, and nothing
that has come is fetched again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import F

from apps.accounts.models import User
from apps.accounts.services import audit_record
from apps.images.downloads import Download, Downloads
from apps.images.models import ListedUrl, UrlList
from apps.images.refusals import Reason, Refused
from apps.images.services import IngestReport, images_ingest
from apps.images.sources import Source
from apps.images.url_forms import UrlLine
from apps.jobs.models import Job
from apps.jobs.services import Claim, claim_require, job_enqueue
from apps.projects.models import Project
from ml_engine.config import StopRequestedError

KIND = "fetch_urls"
PAUSES = (0.0, 5.0, 60.0)
"""Seconds before each pass over the list; a later one asks again where a failure may pass."""
BATCH_IMAGES = 64
BATCH_BYTES = 16 * 1024 * 1024
BATCH_SECONDS = 5.0
READ_AT_ONCE = 500

OnProgress = Callable[[int, int], None]
"""Told how many addresses are through, and of how many."""
ShouldStop = Callable[[], bool]


def url_list_create(*, project: Project, lines: Sequence[UrlLine], created_by: User | None) -> Job:
    """Write a list down and ask for the job that fetches it."""
    with transaction.atomic():
        url_list = UrlList.objects.create(project=project, total=len(lines))
        ListedUrl.objects.bulk_create(
            (
                ListedUrl(
                    url_list=url_list,
                    position=line.position,
                    url=line.url,
                    annotation_class=line.annotation_class,
                    split=line.split,
                    metadata=line.metadata,
                )
                for line in lines
            ),
            batch_size=2000,
        )
        audit_record(
            actor=created_by,
            action="images.fetch",
            project_slug=project.slug,
            detail={"addresses": len(lines)},
        )
        return job_enqueue(
            project=project,
            kind=KIND,
            title=f"Fetch {len(lines):,} image{'s' if len(lines) > 1 else ''} by address",
            payload={"url_list": url_list.pk},
            created_by=created_by,
        )


def url_list_fetch(
    *, claim: Claim, url_list: UrlList, on_progress: OnProgress, should_stop: ShouldStop
) -> UrlList:
    """Fetch what is left of a list; returns it with its counts.

    Raises StopRequestedError where `should_stop()` turned true, and `Fenced` where another
    attempt holds the job.
    """
    for number, pause in enumerate(PAUSES, 1):
        if not url_list.waiting.exists():
            break
        _wait(pause, should_stop)
        with Downloads(should_stop) as downloads:
            arrived = downloads.of(_waiting(url_list))
            settled = (one for one in arrived if number == len(PAUSES) or not one.may_come_later)
            for batch in _batches(settled):
                _take_in(claim, url_list, batch)
                on_progress(url_list.total - url_list.waiting.count(), url_list.total)
    url_list.refresh_from_db()
    return url_list


def shown(listed: ListedUrl) -> str:
    """An address as every member may see it: what stands in its query may be a key."""
    try:
        parts = urlsplit(listed.url)
    except ValueError:
        return f"line {listed.position}"
    plain = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    return f"{plain}?… (line {listed.position})" if parts.query else plain


def _waiting(url_list: UrlList) -> Iterator[ListedUrl]:
    """The rows that are left, read some at a time, each once."""
    after = 0
    while rows := list(
        url_list.waiting.filter(position__gt=after).order_by("position")[:READ_AT_ONCE]
    ):
        yield from rows
        after = rows[-1].position


def _batches(arrived: Iterator[Download]) -> Iterator[list[Download]]:
    batch: list[Download] = []
    began = time.monotonic()
    for one in arrived:
        if not batch:
            began = time.monotonic()
        batch.append(one)
        if (
            len(batch) == BATCH_IMAGES
            or sum(download.size for download in batch) >= BATCH_BYTES
            or time.monotonic() - began > BATCH_SECONDS
        ):
            yield batch
            batch = []
    if batch:
        yield batch


def _take_in(claim: Claim, url_list: UrlList, batch: Sequence[Download]) -> None:
    def sources() -> Iterator[Source | Refused]:
        # Of equal images the first in the list wins, whichever came first.
        for download in sorted(batch, key=lambda one: one.listed.position):
            yield _source(download)
        # Once all are decoded, so that the job's row is locked for a moment only.
        claim_require(claim=claim)

    with transaction.atomic():
        report = images_ingest(project=url_list.project, sources=sources())
        ListedUrl.objects.filter(pk__in=[download.listed.pk for download in batch]).delete()
        _count(url_list, report)
    for download in batch:
        download.close()


def _source(download: Download) -> Source | Refused:
    listed, name = download.listed, shown(download.listed)
    if download.error:
        return Refused(name, Reason(download.error.trouble.value), download.error.detail)
    return Source(
        name,
        download.file,
        annotation_class=listed.annotation_class or None,
        split=listed.split or None,
        metadata=listed.metadata,
    )


def _count(url_list: UrlList, report: IngestReport) -> None:
    UrlList.objects.filter(pk=url_list.pk).update(
        accepted=F("accepted") + len(report.accepted),
        duplicates=F("duplicates") + len(report.duplicates),
        refused=F("refused") + len(report.refused),
    )


def _wait(seconds: float, should_stop: ShouldStop) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if should_stop():
            raise StopRequestedError
        time.sleep(min(0.2, seconds))
