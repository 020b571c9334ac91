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

from django.db import transaction
from django.db.models import Q

from apps.accounts.models import User
from apps.accounts.services import audit_record
from apps.images.canonical import CanonicalImage, image_canonicalise
from apps.images.decoding import Limits
from apps.images.models import HeldBackClass, Image, Refusal
from apps.images.refusals import Reason, Refuse, Refused
from apps.images.sources import Source
from apps.images.storage import image_key, image_store, thumbnail_key
from apps.jobs.services import event_publish
from apps.projects.models import AnnotationClass, Project

BATCH_IMAGES = 500
BATCH_BYTES = 32 * 1024 * 1024
NAME_LENGTH = Image._meta.get_field("name").max_length or 255
DETAIL_LENGTH = Refusal._meta.get_field("detail").max_length or 300


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A file that showed an image which the project has already."""

    name: str
    image: Image


@dataclass(slots=True)
class IngestReport:
    """What became of each file."""

    accepted: list[Image] = field(default_factory=list)
    duplicates: list[Duplicate] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)


def images_ingest(
    *,
    project: Project,
    sources: Iterable[Source | Refused],
    split: str | None = None,
    origin: str = Image.Origin.REAL,
    uploaded_by: User | None = None,
) -> IngestReport:
    """Take images in; one bad file never loses a good one.

    An image with a class is accepted and joins the training split; one without
    waits in the pool. A source's own split goes before `split`, which goes before
    these. An exact duplicate, of pixels and not only of bytes, changes nothing.
    """
    report = IngestReport()
    intake = _Intake(project, split, origin)
    for batch in _batches(intake.prepare(sources, report.refused)):
        _batch_store(project, batch, report)
    _refusals_record(project, report.refused)
    counts = {name: len(getattr(report, name)) for name in ("accepted", "duplicates", "refused")}
    if any(counts.values()):
        event_publish(project_id=project.pk, kind="images.ingested", payload=counts)
    if uploaded_by:
        audit_record(
            actor=uploaded_by, action="images.ingest", project_slug=project.slug, detail={**counts}
        )
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


def text_clean(text: str, length: int) -> str:
    """The last `length` signs of a text, without what PostgreSQL or a page would choke on."""
    whole = text.encode("utf-8", "replace").decode()
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in whole)[
        -length:
    ]


@dataclass(frozen=True, slots=True)
class _Prepared:
    """An image whose bytes and row are ready, but not written."""

    canonical: CanonicalImage
    row: Image


class _Intake:
    """What a project takes, looked up once for a whole batch of files."""

    def __init__(self, project: Project, split: str | None, origin: str) -> None:
        self._project = project
        self._split = split
        self._origin = origin
        self._limits = Limits(project.least_side, project.most_pixels)
        self._classes = {known.name: known for known in project.annotation_classes.all()}

    def prepare(
        self, sources: Iterable[Source | Refused], refused: list[Refused]
    ) -> Iterator[_Prepared]:
        """Each source that may come in; the others are added to `refused`."""
        for source in sources:
            if isinstance(source, Refused):
                refused.append(source)
                continue
            try:
                annotation_class = self._class(source.annotation_class)
                canonical = image_canonicalise(source.read(), self._limits)
            except Refuse as refuse:
                refused.append(Refused(source.name, refuse.reason, refuse.detail))
            else:
                yield _Prepared(canonical, self._row(source, canonical, annotation_class))

    def _class(self, name: str | None) -> AnnotationClass | None:
        if not name:
            return None
        if name not in self._classes:
            known = ", ".join(self._classes) or "none"
            raise Refuse(
                Reason.UNKNOWN_CLASS, f"The project has no class {name!r}; its classes: {known}."
            )
        return self._classes[name]

    def _row(
        self, source: Source, canonical: CanonicalImage, annotation_class: AnnotationClass | None
    ) -> Image:
        by_class = Image.Split.TRAIN if annotation_class else Image.Split.POOL
        return Image(
            project=self._project,
            origin=self._origin,
            split=source.split or self._split or by_class,
            status=Image.Status.ACCEPTED if annotation_class else Image.Status.UNREVIEWED,
            annotation_class=annotation_class,
            sha256=canonical.sha256,
            pixels_sha256=canonical.pixels_sha256,
            name=text_clean(source.name, NAME_LENGTH),
            file=image_key(canonical),
            thumbnail=thumbnail_key(canonical),
            format=canonical.format,
            width=canonical.width,
            height=canonical.height,
            byte_size=len(canonical.content),
            metadata=dict(source.metadata),
        )


def _batches(prepared: Iterable[_Prepared]) -> Iterator[list[_Prepared]]:
    """Few enough images a batch that their bytes fit in memory together."""
    batch: list[_Prepared] = []
    size = 0
    for image in prepared:
        batch.append(image)
        size += len(image.canonical.content)
        if len(batch) >= BATCH_IMAGES or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _batch_store(project: Project, batch: Sequence[_Prepared], report: IngestReport) -> None:
    known = _known_images(project, batch)
    for prepared in batch:
        if _twin(known, prepared.row) is None:
            image_store(prepared.canonical)
    with transaction.atomic():
        # One writer a project at a time, so that of equal images sent at once one wins.
        Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        known = _known_images(project, batch)
        new: list[Image] = []
        for row in (prepared.row for prepared in batch):
            twin = _twin(known, row)
            if twin:
                report.duplicates.append(Duplicate(row.name, twin))
            else:
                known[row.sha256] = known[str(row.pixels_sha256)] = row
                new.append(row)
        Image.objects.bulk_create(new)
    report.accepted += new


def _known_images(project: Project, batch: Sequence[_Prepared]) -> dict[str, Image]:
    """The images that the project has already, by the hashes of their pixels and bytes."""
    found = Image.objects.filter(project=project).filter(
        Q(pixels_sha256__in={prepared.row.pixels_sha256 for prepared in batch})
        | Q(sha256__in={prepared.row.sha256 for prepared in batch})
    )
    return {str(digest): image for image in found for digest in (image.pixels_sha256, image.sha256)}


def _twin(known: Mapping[str, Image], row: Image) -> Image | None:
    # The bytes too: another release of a decoder may see other pixels in the same bytes.
    return known.get(str(row.pixels_sha256)) or known.get(row.sha256)


def _refusals_record(project: Project, refused: Iterable[Refused]) -> None:
    Refusal.objects.bulk_create(
        [
            Refusal(
                project=project,
                name=text_clean(refusal.name, NAME_LENGTH),
                reason=refusal.reason,
                detail=text_clean(refusal.detail, DETAIL_LENGTH),
            )
            for refusal in refused
        ],
        batch_size=1000,
    )
