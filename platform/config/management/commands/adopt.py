"""`adopt FILE SLUG`: a published StyleGAN checkpoint becomes a generator of a project."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.projects.models import Project


class Command(BaseCommand):
    help = (
        "Convert a checkpoint of StyleGAN2 (PyTorch) or StyleGAN3 as their authors' code saves it,"
        " and make it a generator of a project, to be trained on with the project's images. The"
        " file is read as data; nothing in it is run."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="such as stylegan3-t-ffhqu-256x256.pkl")
        parser.add_argument("slug", help="the project")

    def handle(self, *args: Any, **options: Any) -> None:
        from config.adoption import stylegan_adopt
        from ml_engine.conversion.stylegan import ConversionError

        project = Project.objects.filter(slug=options["slug"]).first()
        if project is None:
            raise CommandError(f"There is no project {options['slug']!r}.")
        try:
            checkpoint = stylegan_adopt(project, options["file"])
        except (ConversionError, OSError) as error:
            raise CommandError(str(error)) from None
        run = checkpoint.training_run
        self.stdout.write(
            f"Generator {run.pk} of {project.slug} is {options['file'].name}."
            f" On its page, /projects/{project.slug}/models/{run.pk}/, let the loop use its"
            " settings: the next round then trains it on."
        )
