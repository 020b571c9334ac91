"""`./manage.py bench NAME [--json FILE] […]`: figures, as a table and for comparison."""

from __future__ import annotations

import signal
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.benches import BENCHES
from config.report import report_write, table

LARGE = 100
"""Figures from here up say enough with one decimal."""


class Command(BaseCommand):
    help = "Measure; each bench runs a site of its own beside yours and removes it again."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        names = parser.add_subparsers(dest="name", required=True, metavar="NAME")
        for name, bench in BENCHES.items():
            one = names.add_parser(name, help=(bench.measure.__doc__ or "").partition("\n")[0])
            _json_option_add(one)
            for option, told in bench.options.items():
                one.add_argument(f"--{option.replace('_', '-')}", **told)
        _json_option_add(
            names.add_parser(
                "all", help="One after another, by default options; but for those of hours."
            )
        )

    def handle(self, *args: Any, name: str, json: Path | None, **options: Any) -> None:
        # An end by a signal, too, goes through what stops and removes the benches' own sites.
        signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
        figures: dict[str, float] = {}
        every = [chosen for chosen, bench in BENCHES.items() if not bench.hours]
        for chosen in every if name == "all" else [name]:
            self.stderr.write(f"{chosen} …")
            bench = BENCHES[chosen]
            given = {} if name == "all" else {option: options[option] for option in bench.options}
            try:
                figures.update(bench.measure(self.stderr.write, **given))
            except RuntimeError as error:
                raise CommandError(f"{chosen} could not be measured: {error}") from None
        rows = [(figure, _shown(value)) for figure, value in figures.items()]
        self.stdout.write(table(("figure", "value"), rows))
        if json:
            report_write(json, figures)


def _json_option_add(parser: ArgumentParser) -> None:
    parser.add_argument("--json", type=Path, help="write the figures to this file too")


def _shown(value: float) -> str:
    """With at least four digits that mean something, for some figures are shares."""
    return f"{value:,.1f}" if value >= LARGE else f"{value:.4g}"
