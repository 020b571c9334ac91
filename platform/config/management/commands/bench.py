"""`./manage.py bench NAME [--json FILE]`: figures, as a table and for comparison."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.benches import BENCHES
from config.report import report_write, table


class Command(BaseCommand):
    help = "Measure; each bench runs a site of its own beside yours and removes it again."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", choices=[*BENCHES, "all"])
        parser.add_argument("--json", type=Path, help="write the figures to this file too")

    def handle(self, *args: Any, name: str, json: Path | None, **options: Any) -> None:
        figures: dict[str, float] = {}
        for chosen in BENCHES if name == "all" else [name]:
            self.stderr.write(f"{chosen} …")
            try:
                figures.update(BENCHES[chosen](self.stderr.write))
            except RuntimeError as error:
                raise CommandError(f"{chosen} could not be measured: {error}") from None
        rows = [(figure, f"{value:,.1f}") for figure, value in figures.items()]
        self.stdout.write(table(("figure", "value"), rows))
        if json:
            report_write(json, figures)
