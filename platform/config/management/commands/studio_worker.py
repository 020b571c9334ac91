"""`studio_worker`: keeps generators warm and draws for the studio. Any number may run."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils.module_loading import import_string

SERVE = "ml_engine.worker.studio.serving.serve"
"""By name, as tasks are sent: nobody imports the worker."""


class Command(BaseCommand):
    help = "Draw the studio's pictures, as quickly as people move; ends by a signal."

    def handle(self, *args: Any, **options: Any) -> None:
        import_string(SERVE)()
