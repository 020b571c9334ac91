"""`demo`: a project of real photographs whose first round begins by itself."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts.services import administrator_ensure
from apps.projects.models import Project
from config import env
from config.demo.datasets import digits, fashion_mnist
from config.demo.project import DIGITS, FULL, SMALL, demo_create


class Command(BaseCommand):
    help = "Make the demo project: Fashion-MNIST, or scikit-learn's digits where it can't be had."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--project", default="demo", help="its slug (default: demo)")
        parser.add_argument(
            "--small",
            action="store_true",
            help="a few digits and steps: a round in a minute or two",
        )

    def handle(self, *args: Any, project: str, small: bool, **options: Any) -> None:
        if Project.objects.filter(slug=project).exists():
            self.stdout.write(f"The project {project} is there already; nothing was changed.")
            return
        began = time.monotonic()
        dataset = None if small else fashion_mnist(self.stdout.write)
        plan = FULL if dataset else SMALL if small else DIGITS
        try:
            made = demo_create(
                dataset=dataset or digits(),
                plan=plan,
                slug=project,
                owner=administrator_ensure(password=env.text("ASSAY_ADMIN_PASSWORD") or None),
            )
        except OSError as error:
            raise CommandError(f"The demo could not be stored: {error}") from None
        self.stdout.write(
            f"{made.name}: {made.images.count():,} images in {time.monotonic() - began:.0f} s;"
            " its first round begins now."
        )
