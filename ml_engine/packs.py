"""Packs: all images of a training set in one memory-mapped array at training size.

A pack is a folder of two files: `images.npy`, uint8 of shape (N, C, H, W), and `pack.json`, which
names each row by its key.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from ml_engine.config import ImageShape
from ml_engine.writing import full_disk_named

PACK_VERSION = 1

ImageSource = Callable[[], Image.Image] | bytes | Path
"""What an image can be packed from: a function that opens it, its encoded bytes, or its file."""


class PackError(ValueError):
    """A pack that cannot be written or read; the message says which file or key and why."""


@dataclass(frozen=True)
class Pack:
    """An opened, read-only pack."""

    path: Path
    shape: ImageShape
    images: NDArray[np.uint8]
    """(N, C, H, W), memory-mapped."""
    keys: list[str]
    """N unique keys in row order."""
    _row_of: dict[str, int] = field(repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.keys)

    def rows(self, keys: Sequence[str]) -> NDArray[np.int64]:
        """The rows (len(keys),) of `keys`; raises `PackError` for a key that is not packed."""
        try:
            return np.array([self._row_of[key] for key in keys], dtype=np.int64)
        except KeyError as error:
            raise PackError(f"The pack {self.path} holds no image {error.args[0]!r}.") from None


def prepare(image: Image.Image, shape: ImageShape) -> NDArray[np.uint8]:
    """One image as uint8 (C, H, W): the central square, area-averaged down or interpolated up."""
    if image.mode.startswith("I;16"):
        image = Image.fromarray((np.asarray(image).astype(np.uint16) >> 8).astype(np.uint8))
    image = image.convert("L" if shape.channels == 1 else "RGB")
    method = Image.Resampling.BOX if min(image.size) > shape.size else Image.Resampling.BICUBIC
    square = ImageOps.fit(image, (shape.size, shape.size), method)
    pixels = np.asarray(square, dtype=np.uint8)
    return pixels[None] if shape.channels == 1 else pixels.transpose(2, 0, 1)


def png_of(pixels: NDArray[np.uint8]) -> bytes:
    """An image uint8 (C, H, W) as a PNG file."""
    image = Image.fromarray(pixels[0] if len(pixels) == 1 else pixels.transpose(1, 2, 0))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def _open(source: ImageSource) -> Image.Image:
    if callable(source):
        return source()
    return Image.open(io.BytesIO(source) if isinstance(source, bytes) else source)


def write_pack(
    path: Path, shape: ImageShape, items: Iterable[tuple[str, ImageSource]], count: int
) -> Pack:
    """Pack `count` (key, source) items into the folder `path`, or open it if it is there already.

    The folder appears whole or not at all. Raises `PackError` for an undecodable image, a
    repeated key, a wrong count, or an existing pack of another shape; `DiskFullError`.
    """
    if path.exists():
        pack = open_pack(path)
        if pack.shape != shape:
            raise PackError(f"The pack {path} holds images of {pack.shape}, not of {shape}.")
        return pack
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent))
    try:
        with full_disk_named(path.parent):
            _fill(scratch, shape, items, count)
        scratch.chmod(0o755)
        _move_into_place(scratch, path)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return open_pack(path)


def _fill(
    folder: Path, shape: ImageShape, items: Iterable[tuple[str, ImageSource]], count: int
) -> None:
    if count < 1:
        raise PackError("A pack needs at least one image.")
    size = (count, shape.channels, shape.size, shape.size)
    array = folder / "images.npy"
    images = np.lib.format.open_memmap(array, "w+", np.uint8, size)
    with array.open("r+b") as file:
        # Writing to memory that a full disk cannot hold would end the process without a word.
        os.posix_fallocate(file.fileno(), 0, array.stat().st_size)
    keys: dict[str, None] = {}
    for key, source in items:
        if key in keys:
            raise PackError(f"The image {key!r} was given twice.")
        if len(keys) == count:
            raise PackError(f"More than the announced {count} images were given.")
        try:
            images[len(keys)] = prepare(_open(source), shape)
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
            raise PackError(f"The image {key!r} cannot be decoded: {error}") from error
        keys[key] = None
    if len(keys) != count:
        raise PackError(f"{len(keys)} images were given where {count} were announced.")
    images.flush()
    contents = {"version": PACK_VERSION, "shape": shape.to_json(), "keys": list(keys)}
    (folder / "pack.json").write_text(json.dumps(contents))


def _move_into_place(scratch: Path, path: Path) -> None:
    try:
        scratch.rename(path)
    except OSError:
        # Another process packed the same images first; theirs is as good.
        if not path.exists():
            raise


def array_pack(images: NDArray[np.uint8]) -> Pack:
    """A pack of images (N, C, H, W), N at least 1, that are in memory; keys name their content."""
    count, channels, size, _ = images.shape
    digest = hashlib.sha256(np.ascontiguousarray(images).tobytes()).hexdigest()
    keys = [f"{digest}:{row}" for row in range(count)]
    row_of = {key: row for row, key in enumerate(keys)}
    return Pack(Path(), ImageShape(size, channels), images, keys, row_of)


def open_pack(path: Path) -> Pack:
    """Open a pack; raises `PackError` with one sentence if it is missing or damaged."""
    try:
        contents = json.loads((path / "pack.json").read_text())
        if contents["version"] != PACK_VERSION:
            raise PackError(f"The pack {path} has the unknown format {contents['version']!r}.")
        shape = ImageShape.from_json(contents["shape"])
        keys = [str(key) for key in contents["keys"]]
        images = np.load(path / "images.npy", mmap_mode="r", allow_pickle=False)
    except FileNotFoundError as error:
        raise PackError(f"There is no pack at {path}: {error.filename} is missing.") from error
    except PackError:
        raise
    except (OSError, ValueError, KeyError, TypeError, EOFError) as error:
        raise PackError(f"The pack {path} is damaged: {error}") from error
    expected = (len(keys), shape.channels, shape.size, shape.size)
    if images.shape != expected or images.dtype != np.uint8:
        raise PackError(
            f"The pack {path} is damaged: its array is {images.dtype} {images.shape}, "
            f"not uint8 {expected}."
        )
    row_of = {key: row for row, key in enumerate(keys)}
    if len(row_of) != len(keys):
        raise PackError(f"The pack {path} is damaged: its keys are not unique.")
    return Pack(path=path, shape=shape, images=images, keys=keys, _row_of=row_of)
