"""Checkpoints: weights as safetensors, everything else as JSON, never a pickle.

A checkpoint is a folder of `weights.safetensors` and `metadata.json`. The metadata holds the
SHA-256 of the weights, so a half-written, swapped or altered pair is noticed on loading.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load as deserialize
from safetensors.torch import save as serialize
from torch import Tensor

from ml_engine.writing import full_disk_named

CHECKPOINT_VERSION = 1
WEIGHTS = "weights.safetensors"
METADATA = "metadata.json"


class CheckpointError(ValueError):
    """A checkpoint that cannot be used; the message is one sentence that says why."""


def plain(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors as safetensors takes them: on the CPU, contiguous, sharing no memory."""
    return {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}


def save_checkpoint(folder: Path, tensors: Mapping[str, Tensor], metadata: dict[str, Any]) -> str:
    """Write the checkpoint `folder` in one piece and return the SHA-256 of its weights.

    `metadata` is plain JSON; `sha256` and `version` are added to it. An older checkpoint in
    `folder` is replaced. Raises `DiskFullError`, leaving the older one as it was.
    """
    weights = serialize(plain(tensors))
    sha256 = hashlib.sha256(weights).hexdigest()
    text = json.dumps({**metadata, "version": CHECKPOINT_VERSION, "sha256": sha256}, indent=2)
    with full_disk_named(folder.parent):
        _put_in_place(folder, {WEIGHTS: weights, METADATA: text.encode()})
    return sha256


def _put_in_place(folder: Path, files: dict[str, bytes]) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        for name, content in files.items():
            (scratch / name).write_bytes(content)
        scratch.chmod(0o755)
        if folder.exists():
            folder.rename(scratch / "previous")
        scratch.rename(folder)
        shutil.rmtree(folder / "previous", ignore_errors=True)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def read_metadata(folder: Path, kind: str | None = None) -> dict[str, Any]:
    """The metadata of the checkpoint `folder`; raises `CheckpointError` if it is not one.

    With `kind` ("classifier" or "generator"), a checkpoint of another kind is refused.
    """
    try:
        metadata = json.loads((folder / METADATA).read_text())
    except FileNotFoundError:
        raise CheckpointError(f"There is no checkpoint at {folder}.") from None
    except (OSError, ValueError) as error:
        raise CheckpointError(
            f"The metadata of the checkpoint {folder} is broken: {error}."
        ) from error
    if not isinstance(metadata, dict) or not {"kind", "sha256", "version"} <= metadata.keys():
        raise CheckpointError(f"{folder / METADATA} does not describe a checkpoint of the engine.")
    if metadata["version"] != CHECKPOINT_VERSION:
        raise CheckpointError(
            f"The checkpoint {folder} has format {metadata['version']!r}; "
            f"this engine reads format {CHECKPOINT_VERSION}."
        )
    if kind is not None and metadata["kind"] != kind:
        raise CheckpointError(f"The checkpoint {folder} is of a {metadata['kind']}, not a {kind}.")
    return metadata


def load_checkpoint(
    folder: Path, kind: str | None = None
) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The tensors, on the CPU, and the metadata of the checkpoint `folder`.

    Raises `CheckpointError`, with one sentence, where it is missing, broken, of another kind or
    format, or its weights are not those that its metadata names.
    """
    metadata = read_metadata(folder, kind)
    try:
        weights = (folder / WEIGHTS).read_bytes()
    except FileNotFoundError:
        raise CheckpointError(f"The checkpoint {folder} has lost its {WEIGHTS}.") from None
    if hashlib.sha256(weights).hexdigest() != metadata["sha256"]:
        raise CheckpointError(
            f"The weights of the checkpoint {folder} are damaged: "
            "their SHA-256 is not the one that was recorded."
        )
    try:
        return deserialize(weights), metadata
    except SafetensorError as error:
        raise CheckpointError(
            f"The weights of the checkpoint {folder} are broken: {error}."
        ) from error
