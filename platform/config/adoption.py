"""Taking a published StyleGAN checkpoint into a project. For commands only: it imports torch."""

from __future__ import annotations

import hashlib
from pathlib import Path

from django.conf import settings

from apps.projects.models import Project
from apps.projects.selectors import annotation_class_list, image_shape
from apps.training.adoption import generator_adopt
from apps.training.models import Checkpoint
from ml_engine.checkpoints import save_checkpoint
from ml_engine.config import ImageShape
from ml_engine.conversion.stylegan import ConversionError, convert


def stylegan_adopt(project: Project, path: Path) -> Checkpoint:
    """The networks of the file at `path` as a generator of the project.

    Raises `ConversionError` for a file that is not converted, or whose images are not the
    project's, and `OSError` for one that cannot be read.
    """
    classes = annotation_class_list(project)
    converted = convert(path, class_count=max(1, len(classes)))
    generator = converted.generator
    if generator.shape != image_shape(project):
        raise ConversionError(
            f"{path.name} makes {_words(generator.shape)}; the project trains on"
            f" {_words(image_shape(project))}. Make a project of that training size and colour."
        )
    with path.open("rb") as file:
        source = hashlib.file_digest(file, "sha256").hexdigest()
    facts = {
        "kind": "generator", "family": generator.config.family,
        "config": generator.config.to_json(), "shape": generator.shape.to_json(),
        "class_count": generator.class_count, "class_names": [known.name for known in classes],
        "seed": 0, "source_sha256": source,
    }  # fmt: skip
    notices = [f"Converted from {path.name} (SHA-256 {source[:12]}…): it was trained elsewhere."]
    if not converted.is_whole:
        notices.append("The file had no discriminator: a fresh one has to learn first.")
    return generator_adopt(
        project=project,
        config=generator.config,
        notices=notices,
        metadata={"source": path.name, "source_sha256": source},
        write=lambda folder: save_checkpoint(
            Path(settings.ENGINE_ROOT) / folder, generator.state(), facts
        ),
    )


def _words(shape: ImageShape) -> str:
    return f"{'grey' if shape.channels == 1 else 'colour'} images of {shape.size} pixels"
