"""`./manage.py ingest PATH --project SLUG [--split S]`."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.images.archives import archive_kind, file_sources
from apps.images.models import Image
from apps.images.refusals import Reason, Refused
from apps.images.services import IngestReport, images_ingest
from apps.images.sources import Source, folder_class
from apps.projects.models import Project
from apps.projects.selectors import annotation_class_list

NAMED_AT_MOST = 50
TOLD_EVERY = 200


class Command(BaseCommand):
    help = (
        "Take in the images of a folder or of a .zip, .tar or .tar.gz. Sub-folders are named as"
        " the project's annotation classes; files directly in the folder come without a class."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="A folder or an archive.")
        parser.add_argument("--project", required=True, metavar="SLUG")
        parser.add_argument(
            "--split",
            choices=Image.Split.values,
            help="Otherwise train for images with a class and pool for those without.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        project = self._project(options["project"])
        sources = _sources(
            options["path"], {known.name for known in annotation_class_list(project)}
        )
        report = images_ingest(
            project=project, sources=self._counted(sources), split=options["split"]
        )
        self._tell(report)
        if not report.accepted and not report.duplicates:
            raise CommandError("No image was taken in.")

    def _project(self, slug: str) -> Project:
        project = Project.objects.filter(slug=slug).first()
        if project is None:
            slugs = ", ".join(Project.objects.order_by("slug").values_list("slug", flat=True)[:20])
            raise CommandError(f"There is no project {slug!r}; there are: {slugs or 'none yet'}.")
        return project

    def _counted(self, sources: Iterable[Source | Refused]) -> Iterator[Source | Refused]:
        """The same sources, with a line of progress where somebody watches."""
        watched = sys.stderr.isatty()
        count = 0
        for count, source in enumerate(sources, start=1):
            yield source
            if watched and count % TOLD_EVERY == 0:
                self.stderr.write(f"\r{count:,} files read", ending="")
        if watched:
            self.stderr.write(f"\r{count:,} files read")

    def _tell(self, report: IngestReport) -> None:
        reasons = Counter(refused.reason for refused in report.refused)
        rows = [("accepted", len(report.accepted)), ("duplicates", len(report.duplicates))]
        rows += [(f"refused: {reason}", count) for reason, count in reasons.most_common()]
        width = max(len(name) for name, _ in rows)
        for name, count in rows:
            self.stdout.write(f"{name:<{width}}  {count:>9,}")
        for refused in report.refused[:NAMED_AT_MOST]:
            self.stdout.write(f"  {refused.name}: {refused.reason}. {refused.detail}")
        if len(report.refused) > NAMED_AT_MOST:
            rest = len(report.refused) - NAMED_AT_MOST
            self.stdout.write(
                f"  and {rest:,} more; the project's page of refusals names them all."
            )


def _sources(path: Path, class_names: Collection[str]) -> Iterator[Source | Refused]:
    """What lies in a folder or an archive. Raises CommandError where there is neither."""
    if path.is_dir():
        return _with_classes(_folder_sources(path), class_names)
    if not path.exists():
        raise CommandError(f"There is no folder or archive {path}.")
    if not _is_archive(path):
        raise CommandError(f"{path} is neither a folder nor a .zip, .tar or .tar.gz archive.")
    return _with_classes(_archive_sources(path), class_names)


def _is_archive(path: Path) -> bool:
    with path.open("rb") as file:
        return archive_kind(file) is not None


def _archive_sources(path: Path) -> Iterator[Source | Refused]:
    with path.open("rb") as file:
        yield from file_sources(path.name, file)


def _folder_sources(folder: Path) -> Iterator[Source | Refused]:
    """Every file below, in the order of their names. Links are not followed."""
    for here, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(here) / name
            shown = path.relative_to(folder).as_posix()
            if path.is_symlink():
                yield Refused(shown, Reason.LINK, "It is a link, not a file.")
            elif not path.is_file():
                yield Refused(shown, Reason.SPECIAL_FILE, "It is a device or a pipe.")
            else:
                yield Source(shown, path)


def _with_classes(
    sources: Iterable[Source | Refused], class_names: Collection[str]
) -> Iterator[Source | Refused]:
    for source in sources:
        if isinstance(source, Refused):
            yield source
        else:
            name = folder_class(source.name, class_names)
            yield replace(source, annotation_class=name)
