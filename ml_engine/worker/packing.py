"""Where the engine's files lie, and a project's images as one pack, made when it is missing."""

from __future__ import annotations

import hashlib
import io
import shutil
from pathlib import Path

from django.conf import settings
from django.core.files.storage import default_storage
from PIL import Image as PillowImage

from apps.images.contents import image_bytes
from apps.images.models import Image
from apps.projects.models import Project
from apps.projects.selectors import image_shape
from ml_engine.packs import ImageSource, Pack, write_pack

PACKS_KEPT = 2


def engine_path(folder: str) -> Path:
    """Where a folder named in the database lies."""
    return Path(settings.ENGINE_ROOT) / folder


def engine_key(path: Path) -> str:
    """How the database names a folder of the engine."""
    return str(path.relative_to(settings.ENGINE_ROOT))


def project_pack(project: Project) -> Pack:
    """All of the project's images, packed once for all jobs; jobs name those that they want.

    Those that are set apart, too: a mix that was drawn before keeps its images. The pack
    is named by the hash of its content, so that it is made anew only when images have come
    or gone.
    """
    images = list(
        Image.objects.filter(project=project)
        .order_by("sha256")
        .values_list("sha256", "file", "place")
    )
    shape = image_shape(project)
    name = hashlib.sha256(
        "\n".join([f"{shape.size}x{shape.channels}", *(sha for sha, _, _ in images)]).encode()
    ).hexdigest()[:24]
    folder = engine_path(f"packs/{project.pk}")
    folder.mkdir(parents=True, exist_ok=True)
    pack = write_pack(
        folder / name,
        shape,
        ((sha, _opener(project, sha, key, place)) for sha, key, place in images),
        len(images),
    )
    _forget_older(folder, keep=name)
    return pack


def _opener(project: Project, sha256: str, key: str, place: int | None) -> ImageSource:
    def open_image() -> PillowImage.Image:
        if place is not None:
            images = Image.objects.filter(project=project).select_related("place")
            return PillowImage.open(io.BytesIO(image_bytes(images.get(sha256=sha256))))
        with default_storage.open(key, "rb") as file:
            image = PillowImage.open(file)
            image.load()
            return image

    return open_image


def _forget_older(folder: Path, keep: str) -> None:
    packs = sorted(
        (path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")),
        key=lambda path: path.stat().st_mtime,
        reverse=True,
    )
    for path in packs[PACKS_KEPT:]:
        if path.name != keep:
            shutil.rmtree(path, ignore_errors=True)
