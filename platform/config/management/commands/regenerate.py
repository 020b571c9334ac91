"""`regenerate SLUG --sample N`: synthetic images made again from their lineage, and compared."""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.generation.lineage import lineage_sample
from apps.generation.models import GenerationRun
from apps.projects.models import Project
from config.regeneration import Remade, remake
from config.report import report_write, table

HEAD = ("batch", "generator", "images", "same bytes", "differ", "largest difference", "not made")
MOST_TOLD = 10
"""Images that are told of one by one."""
BRIGHTEST = 255


class Command(BaseCommand):
    help = (
        "Make a sample of a project's synthetic images again from their lineage (checkpoint,"
        " latent, class, seed) and compare pixels with those kept. Ends with status 1 where one"
        " differs by more than --tolerance. Computes here, where ENGINE_ROOT must be."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="the project")
        parser.add_argument("--sample", type=int, default=100, help="how many images (100)")
        parser.add_argument("--seed", type=int, default=0, help="of the draw (0)")
        parser.add_argument(
            "--tolerance",
            type=int,
            default=0,
            help="grey levels, 0 to 255, that a pixel may lie off: 0 on the device that made the"
            " images, more on another (0)",
        )
        parser.add_argument("--json", type=Path, help="write the figures to this file too")

    def handle(self, *args: Any, **options: Any) -> None:
        project = Project.objects.filter(slug=options["slug"]).first()
        if project is None:
            raise CommandError(f"There is no project {options['slug']!r}.")
        _require("--sample", options["sample"], 1, None)
        _require("--tolerance", options["tolerance"], 0, BRIGHTEST)
        drawn = lineage_sample(project, count=options["sample"], seed=options["seed"])
        if not drawn:
            raise CommandError(f"{project.name} has no synthetic image yet.")
        started = time.perf_counter()
        remade = list(remake(drawn))
        seconds = time.perf_counter() - started
        self.stdout.write(table(HEAD, _rows(remade)))
        self._tell(remade, options["tolerance"])
        if options["json"]:
            report_write(
                options["json"],
                {**_figures(remade, options["tolerance"]), "seconds": round(seconds, 3)},
                images=[_image(one) for one in remade],
            )
        beyond = sum(one.is_made and not one.is_within(options["tolerance"]) for one in remade)
        if beyond:
            raise CommandError(
                f"{beyond} of {len(remade)} images differ from what their lineage makes."
            )

    def _tell(self, remade: Sequence[Remade], tolerance: int) -> None:
        """The first few that were not made, or not as they were kept, one by one."""
        told = [one for one in remade if not one.is_within(tolerance)]
        for one in told[:MOST_TOLD]:
            reason = one.reason or f"It differs by up to {one.difference} grey levels."
            self.stdout.write(f"Image {one.lineage.image.pk} ({one.lineage.image.name}): {reason}")
        if len(told) > MOST_TOLD:
            self.stdout.write(f"… and {len(told) - MOST_TOLD} more; --json names them all.")


def _require(option: str, value: int, least: int, most: int | None) -> None:
    if value < least or (most is not None and value > most):
        bounds = f"at least {least}" if most is None else f"between {least} and {most}"
        raise CommandError(f"{option} is {value}; it must be {bounds}.")


def _rows(remade: Sequence[Remade]) -> list[tuple[str, ...]]:
    batches = groupby(remade, lambda one: one.lineage.generation_run)
    return [_row(run, list(own)) for run, own in batches]


def _row(run: GenerationRun, own: Sequence[Remade]) -> tuple[str, ...]:
    figures = _figures(own, 0)
    return (
        str(run.pk),
        f"{run.checkpoint.training_run.family} {run.checkpoint.sha256[:8]}",
        str(len(own)),
        str(figures["same"]),
        str(figures["different"]),
        str(figures["largest_difference"]),
        str(figures["not_made"]),
    )


def _figures(remade: Sequence[Remade], tolerance: int) -> dict[str, int]:
    return {
        "images": len(remade),
        "same": sum(one.is_within(0) for one in remade),
        "different": sum(one.is_made and not one.is_within(0) for one in remade),
        "beyond_tolerance": sum(one.is_made and not one.is_within(tolerance) for one in remade),
        "not_made": sum(not one.is_made for one in remade),
        "largest_difference": max((one.difference or 0 for one in remade), default=0),
    }


def _image(one: Remade) -> dict[str, Any]:
    return {
        "image": one.lineage.image.pk,
        "generation_run": one.lineage.generation_run.pk,
        "sample": one.lineage.sample_index,
        "difference": one.difference,
        "reason": one.reason,
    }
