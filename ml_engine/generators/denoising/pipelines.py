"""Image pipelines of diffusers that lie in a folder: their parts, and nothing that runs code.

Only the classes named here are built, whatever the folder asks for, and only from safetensors.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from torch import nn

from ml_engine import torchvision_operators  # noqa: F401  (must come before transformers)
from ml_engine.config import ConfigError

INDEX = "model_index.json"
PIXEL_UNET = "UNet2DModel"
LATENT_PARTS = {
    "unet": "UNet2DConditionModel",
    "vae": "AutoencoderKL",
    "text_encoder": "CLIPTextModel",
    "tokenizer": "CLIPTokenizer",
}
WEIGHTS = ("diffusion_pytorch_model.safetensors", "model.safetensors")
PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")


class PipelineError(ConfigError):
    """A folder that cannot be used as a pipeline; the message says why and what to do."""


@dataclass(frozen=True)
class Pipeline:
    """What is used of a pipeline: a U-Net on pixels, or one on latents with what surrounds it."""

    folder: Path
    schedule: dict[str, Any]
    """How it was taught to take off noise: a scheduler's settings."""
    reads: bool
    """Whether it works on an autoencoder's latents and is told by text."""

    def unet(self) -> Any:
        """Its U-Net with its weights."""
        import diffusers

        name = LATENT_PARTS["unet"] if self.reads else PIXEL_UNET
        return self._part(getattr(diffusers, name), "unet")

    def vae(self) -> Any:
        """Its autoencoder with its weights."""
        from diffusers import AutoencoderKL

        return self._part(AutoencoderKL, "vae")

    def text_encoder(self) -> Any:
        """What turns tokens into what the U-Net is told."""
        from transformers import CLIPTextModel

        return self._part(CLIPTextModel, "text_encoder")

    def tokenizer(self) -> Any:
        """What turns text into tokens."""
        from transformers import CLIPTokenizer

        return CLIPTokenizer.from_pretrained(self.folder / "tokenizer", local_files_only=True)

    def text_length(self) -> int:
        """Tokens of a text."""
        facts = _json(self.folder / "text_encoder" / "config.json")
        return int(facts["max_position_embeddings"])

    def sha256(self) -> bytes:
        """Of all that decides what it draws: settings, weights and vocabulary."""
        digest = hashlib.sha256()
        for part in (*(LATENT_PARTS if self.reads else ("unet",)), "scheduler"):
            for file in sorted((self.folder / part).iterdir()):
                if file.suffix in {".json", ".txt"} or file.name in WEIGHTS:
                    digest.update(f"{part}/{file.name}".encode())
                    with file.open("rb") as content:
                        digest.update(hashlib.file_digest(content, "sha256").digest())
        return digest.digest()

    def _part(self, kind: Any, name: str) -> Any:
        folder = self.folder / name
        _check_weights(folder)
        try:
            part: nn.Module = kind.from_pretrained(
                folder, use_safetensors=True, local_files_only=True
            )
        except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
            reason = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise PipelineError(f"{folder} cannot be loaded: {reason}", "pipeline") from error
        return part.float().eval().requires_grad_(False)


def open_pipeline(path: str) -> Pipeline:
    """The pipeline in the folder `path`; raises `PipelineError` where it is none that fits."""
    if not path:
        raise PipelineError(
            "No pipeline is named; write the folder of one that lies on this server.", "pipeline"
        )
    folder = Path(path)
    index = _json(folder / INDEX)
    classes = {
        name: value[1]
        for name, value in index.items()
        if isinstance(value, list) and len(value) == 2
    }
    reads = all(classes.get(name) == kind for name, kind in LATENT_PARTS.items())
    if not reads and classes.get("unet") != PIXEL_UNET:
        found = ", ".join(f"{name} {kind}" for name, kind in sorted(classes.items())) or "no parts"
        raise PipelineError(
            f"{folder} has {found}; what can be fine-tuned is a {PIXEL_UNET} on pixels, or"
            f" {', '.join(LATENT_PARTS.values())} together.",
            "pipeline",
        )
    for name in LATENT_PARTS if reads else ("unet",):
        if name != "tokenizer":
            _check_weights(folder / name)
    return Pipeline(folder, _json(folder / "scheduler" / "scheduler_config.json"), reads)


def _check_weights(folder: Path) -> None:
    if any((folder / name).is_file() for name in WEIGHTS):
        return
    pickles = sorted(file.name for file in folder.glob("*") if file.suffix in PICKLES)
    if pickles:
        raise PipelineError(
            f"{folder} has its weights as {pickles[0]}, a pickle, which can run code and is never"
            " loaded; save the pipeline again with safe_serialization=True.",
            "pipeline",
        )
    raise PipelineError(f"{folder} has no {' or '.join(WEIGHTS)}.", "pipeline")


def _json(path: Path) -> dict[str, Any]:
    try:
        facts = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise PipelineError(
            f"{path} cannot be read ({type(error).__name__}); name the folder of a whole pipeline"
            " of diffusers.",
            "pipeline",
        ) from error
    if not isinstance(facts, dict):
        raise PipelineError(f"{path} is not of a pipeline of diffusers.", "pipeline")
    return facts
