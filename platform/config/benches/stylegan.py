"""`bench stylegan3`: how fast StyleGAN3 learns and draws, beside its authors' own code."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from config.benches.choosing import size_list
from ml_engine.config import ImageShape
from ml_engine.config.generators import StyleGanConfig
from ml_engine.config.generators.stylegan import CONFIGURATIONS

SIZES = (32, 64, 128)
OPTIONS: dict[str, dict[str, Any]] = {
    "configuration": {"default": "t", "choices": CONFIGURATIONS, "help": "of the networks"},
    "sizes": {"type": size_list, "default": SIZES, "metavar": "A,B", "help": "sides of images"},
    "channels": {"type": int, "default": 3, "choices": (1, 3), "help": "1 grey, 3 colour"},
    "batch": {"type": int, "metavar": "N", "help": "images a step; else 4, on a GPU 32"},
    "times": {"type": int, "metavar": "N", "help": "steps that are timed; else 3, on a GPU 30"},
    "threads": {"type": int, "metavar": "N", "help": "of the CPU; else the family's default"},
    "peer_folder": {
        "type": Path, "metavar": "DIR",
        "help": "a checkout of github.com/NVlabs/stylegan3 (for research only) to compare with",
    },
}  # fmt: skip


def stylegan3(
    say: Callable[[str], None],
    *,
    configuration: str = "t",
    sizes: Sequence[int] = SIZES,
    channels: int = 3,
    batch: int | None = None,
    times: int | None = None,
    threads: int | None = None,
    peer_folder: Path | None = None,
) -> Mapping[str, float]:
    """Images a second in training and in sampling, for each side; `peer_ratio` is ours ÷ theirs in
    training, `peer_sample_ratio` in sampling.

    Of the median step between those that penalise gradients. Steps of ours show the discriminator
    and teach the generator by the same images; theirs draw new ones for each.
    """
    from ml_engine.devices import pick_device
    from ml_engine.studies.stylegan import NotACheckoutError, authors_speed, stylegan_speed

    on_gpu = pick_device().type == "cuda"
    batch, times = batch or (32 if on_gpu else 4), times or (30 if on_gpu else 3)
    config = StyleGanConfig(configuration=configuration, batch_size=batch)
    config = replace(config, threads=threads or config.threads)
    say(f"{configuration}, {channels} channels, batches of {batch}, on {pick_device()}")
    figures: dict[str, float] = {}
    for size in sizes:
        config.check_shape(ImageShape(size, channels))
        ours = stylegan_speed(ImageShape(size, channels), config, times)
        figures[f"train_images_per_s.{size}"] = ours.train_images_per_s
        figures[f"sample_images_per_s.{size}"] = ours.sample_images_per_s
        learns, draws = ours.train_images_per_s, ours.sample_images_per_s
        say(f"{size} × {size}: learns from {learns:,.1f} images/s, draws {draws:,.1f}")
        if peer_folder is None:
            continue
        try:
            theirs = authors_speed(peer_folder, ImageShape(size, channels), config, times)
        except NotACheckoutError as error:
            say(f"The authors' code is left out: {error}")
            peer_folder = None
            continue
        figures[f"peer_train_images_per_s.{size}"] = theirs.train_images_per_s
        figures[f"peer_sample_images_per_s.{size}"] = theirs.sample_images_per_s
        figures[f"peer_ratio.{size}"] = learns / theirs.train_images_per_s
        figures[f"peer_sample_ratio.{size}"] = draws / theirs.sample_images_per_s
        said = f"  the authors' code: {theirs.train_images_per_s:,.1f}"
        say(f"{said}, {theirs.sample_images_per_s:,.1f}")
    return figures
