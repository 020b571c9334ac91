"""Taking images in.

Files are decoded, made plain and hashed one by one (`canonical`), then stored and
written a batch at a time: first the files, then the rows. A crash in between
leaves a file without a row, which the next attempt finds and uses; never a row
without its file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction

from apps.accounts.models import User
from apps.accounts.services import audit_record
from apps.images.gathering import Gathering
from apps.images.intake import NAME_LENGTH, Intake, Prepared, text_clean
from apps.images.models import HeldBackClass, Image, Refusal
from apps.images.parallel import in_order
from apps.images.quality.arrivals import Arrivals, SetApart
from apps.images.quality.measuring import Measures
from apps.images.refusals import Refused
from apps.images.selectors import images_known
from apps.images.sources import Source
from apps.images.splits.arrivals import arrivals_part
from apps.images.storage import image_store, thumbnail_store
from apps.jobs.services import event_publish
from apps.projects.models import Project

BATCH_IMAGES = 500
BATCH_BYTES = 16 * 1024 * 1024
"""Of two batches, as the next one is made ready before one is known not to be the last."""
DETAIL_LENGTH = Refusal._meta.get_field("detail").max_length or 300


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A file that showed an image which the project has already."""

    name: str
    image: Image


@dataclass(slots=True)
class IngestReport:
    """What became of each file: it is in one of the first three lists."""

    accepted: list[Image] = field(default_factory=list)
    duplicates: list[Duplicate] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    quarantined: list[SetApart] = field(default_factory=list)
    """Those of the accepted that a quality filter set apart."""

    def add(self, more: IngestReport) -> None:
        """Append what became of further files."""
        self.accepted += more.accepted
        self.duplicates += more.duplicates
        self.refused += more.refused
        self.quarantined += more.quarantined


def images_ingest(
    *,
    project: Project,
    sources: Iterable[Source | Refused],
    split: str | None = None,
    origin: str = Image.Origin.REAL,
    uploaded_by: User | None = None,
    sent_by: str = "",
) -> IngestReport:
    """Take images in; one bad file never loses a good one.

    An image with a class is accepted. A source's own split goes before `split`, which
    goes before what the project's policy gives: without one, an image with a class
    joins the training split and one without waits in the pool. An exact duplicate, of
    pixels and not only of bytes, changes nothing. `sent_by` names what brought them, for
    those that are refused.
    """
    report = IngestReport()
    prepared = Intake(project, split, origin).prepare(sources)
    batches = _batches(_accepted(prepared, report.refused))
    last = next(batches, [])
    for following in batches:
        _batch_store(_Arrival(project, origin, last), report)
        last = following
    _batch_store(_Arrival(project, origin, last, _Close(report, sent_by, uploaded_by)), report)
    return report


def synthetic_images_store(
    *,
    project: Project,
    pictures: Iterable[bytes],
    names: Iterable[str],
    metadata: Mapping[str, Any] | None = None,
) -> IngestReport:
    """Store synthetic images, given as encoded files such as PNG: in train, unreviewed.

    `accepted` has the new images in the order given; a picture that the project
    has already, real or synthetic, is in `duplicates`. Raises ValueError when there
    are not as many names as pictures.
    """
    sources = (
        Source(name, picture, split=Image.Split.TRAIN, metadata=metadata or {})
        for picture, name in zip(pictures, names, strict=True)
    )
    return images_ingest(project=project, sources=sources, origin=Image.Origin.SYNTHETIC)


def held_back_classes_set(*, project: Project, classes: Mapping[int, str]) -> None:
    """Write the true class, by name, of each image id; only the simulated annotator reads them.

    Raises KeyError for a name that is no class of the project and ValueError for
    an image that is not the project's.
    """
    by_name = {known.name: known for known in project.annotation_classes.all()}
    own = set(project.images.filter(pk__in=classes).values_list("pk", flat=True))
    if foreign := set(classes) - own:
        raise ValueError(f"Image {min(foreign)} is not in the project {project.slug}.")
    HeldBackClass.objects.bulk_create(
        [
            HeldBackClass(image_id=image_id, annotation_class=by_name[name])
            for image_id, name in classes.items()
        ],
        update_conflicts=True,
        unique_fields=["image"],
        update_fields=["annotation_class"],
        batch_size=2000,
    )


def _accepted(prepared: Iterable[Prepared | Refused], refused: list[Refused]) -> Iterator[Prepared]:
    """Those that come in; the others are added to `refused`."""
    for image in prepared:
        if isinstance(image, Refused):
            refused.append(image)
        else:
            yield image


def _batches(prepared: Iterable[Prepared]) -> Iterator[list[Prepared]]:
    """Few enough images a batch that their bytes fit in memory together."""
    batch: list[Prepared] = []
    size = 0
    for image in prepared:
        batch.append(image)
        size += len(image.canonical.content)
        if len(batch) >= BATCH_IMAGES or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


@dataclass(frozen=True, slots=True)
class _Close:
    """What is written with the last batch: the refused, the event and who sent it all."""

    report: IngestReport
    """Of the batches before."""
    sent_by: str
    uploaded_by: User | None


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A batch that is to be stored."""

    project: Project
    origin: str
    batch: Sequence[Prepared]
    close: _Close | None = None


def _batch_store(arrival: _Arrival, report: IngestReport) -> None:
    _files_store(arrival.project, arrival.batch)
    if connection.in_atomic_block:
        # The caller's transaction: nobody else's images may hang on it.
        (stored,) = _arrivals_write([arrival])
    else:
        stored = _gathering.write((arrival.project.pk, arrival.origin), arrival)
    report.add(stored)


def _files_store(project: Project, batch: Sequence[Prepared]) -> None:
    known = _known_images(project, batch)
    new = [prepared for prepared in batch if _twin(known, prepared.row) is None]
    for _ in in_order(_file_store, new):
        pass


def _file_store(prepared: Prepared) -> None:
    if prepared.row.place_id:
        thumbnail_store(prepared.canonical)
    else:
        image_store(prepared.canonical)


def _arrivals_write(arrivals: Sequence[_Arrival]) -> list[IngestReport]:
    """Batches of one project and origin in one transaction; what became of each."""
    reports = [IngestReport() for _ in arrivals]
    with transaction.atomic():
        _rows_write(arrivals, reports)
        for arrival, report in zip(arrivals, reports, strict=True):
            if arrival.close:
                _close_write(arrival.project, arrival.close, report)
    return reports


_gathering = Gathering(_arrivals_write)


def _rows_write(arrivals: Sequence[_Arrival], reports: Sequence[IngestReport]) -> None:
    whole = [prepared for arrival in arrivals for prepared in arrival.batch]
    if not whole:
        return
    # One writer a project at a time, so that of equal images sent at once one wins.
    project = Project.objects.select_for_update(no_key=True).get(pk=arrivals[0].project.pk)
    known = _known_images(project, whole)
    new: list[Image] = []
    measures: list[Measures] = []
    report_of: dict[int, IngestReport] = {}
    for arrival, report in zip(arrivals, reports, strict=True):
        for prepared in arrival.batch:
            row = prepared.row
            twin = _twin(known, row)
            if twin:
                report.duplicates.append(Duplicate(row.name, twin))
            else:
                known[row.sha256] = known[str(row.pixels_sha256)] = row
                new.append(row)
                measures.append(prepared.canonical.measures)
                report.accepted.append(row)
                report_of[id(row)] = report
    # Synthetic images bypass the filters: people and tests judge them.
    is_real = bool(new) and new[0].origin == Image.Origin.REAL
    judged = Arrivals(project, new, measures) if is_real else None
    arrivals_part(project=project, new=new)
    if judged:
        for apart in judged.settle():
            report_of[id(apart.image)].quarantined.append(apart)
    Image.objects.bulk_create(new)
    if judged:
        judged.write()


def _known_images(project: Project, batch: Sequence[Prepared]) -> dict[str, Image]:
    """The images that the project has already, by the hashes of their pixels and bytes."""
    if not batch:
        return {}
    found = images_known(
        project,
        {str(prepared.row.pixels_sha256) for prepared in batch},
        {prepared.row.sha256 for prepared in batch},
    )
    return {str(digest): image for image in found for digest in (image.pixels_sha256, image.sha256)}


def _twin(known: Mapping[str, Image], row: Image) -> Image | None:
    # The bytes too: another release of a decoder may see other pixels in the same bytes.
    return known.get(str(row.pixels_sha256)) or known.get(row.sha256)


def _close_write(project: Project, close: _Close, report: IngestReport) -> None:
    Refusal.objects.bulk_create(
        [
            Refusal(
                project=project,
                name=text_clean(refusal.name, NAME_LENGTH),
                reason=refusal.reason,
                detail=text_clean(refusal.detail, DETAIL_LENGTH),
                sent_by=close.sent_by,
            )
            for refusal in close.report.refused
        ],
        batch_size=1000,
    )
    names = ("accepted", "duplicates", "refused", "quarantined")
    counts = {name: len(getattr(close.report, name)) + len(getattr(report, name)) for name in names}
    if any(counts.values()):
        event_publish(project_id=project.pk, kind="images.ingested", payload=counts)
    if close.uploaded_by:
        audit_record(
            actor=close.uploaded_by,
            action="images.ingest",
            project_slug=project.slug,
            detail={**counts},
        )
