"""`bench stylegan3`: how fast StyleGAN3 learns and draws, beside other people's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config.benches.choosing import size_list
from ml_engine.config import ImageShape
from ml_engine.config.generators import StyleGanConfig
from ml_engine.config.generators.stylegan import CONFIGURATIONS

if TYPE_CHECKING:
    from ml_engine.studies.speed import Speed
    from ml_engine.studies.stylegan_peers import PeerOf

SIZES = (32, 64, 128)
BY_HEART = 16
"""Pictures."""
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
    "by_heart": {
        "type": int, "default": 0, "metavar": "STEPS",
        "help": "first let it learn 16 pictures of 32 × 32 by heart; 1,200 steps do",
    },
    "pytorch_folder": {
        "type": Path, "metavar": "DIR",
        "help": "a folder into which stylegan2-pytorch was installed, which is compared with"
        " StyleGAN2",
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
    pytorch_folder: Path | None = None,
    by_heart: int = 0,
) -> Mapping[str, float]:
    """Images a second in training and in sampling, for each side; `peer_ratio` is ours ÷ the
    authors' in training, `peer_sample_ratio` in sampling, `stylegan2_pytorch_ratio` that of our
    StyleGAN2 and stylegan2-pytorch's.

    `by_heart_right` and `by_heart_away` tell how well it learnt few pictures
    (`ml_engine.studies.by_heart`).

    Of the median step between those that penalise gradients. Steps of ours show the discriminator
    and teach the generator by the same images; theirs draw new ones for each.
    """
    from ml_engine.devices import pick_device
    from ml_engine.studies.stylegan_peers import authors, stylegan2_pytorch

    on_gpu = pick_device().type == "cuda"
    batch, times = batch or (32 if on_gpu else 4), times or (30 if on_gpu else 3)
    timing = _Timing(say, channels, times, batch, threads)
    say(f"{channels} channels, batches of {batch}, on {pick_device()}")
    figures = _by_heart(say, configuration, by_heart) if by_heart else {}
    for size in sizes:
        ours = timing.ours(configuration, size)
        figures |= _figures("", size, ours)
        if peer_folder:
            theirs = timing.theirs("the authors", authors, peer_folder, configuration, size)
            figures |= _beside("peer", size, ours, theirs)
        if pytorch_folder:
            own = ours if configuration == "stylegan2" else timing.ours("stylegan2", size)
            theirs = timing.theirs(
                "stylegan2-pytorch", stylegan2_pytorch, pytorch_folder, "stylegan2", size
            )
            figures |= _figures("stylegan2_", size, own)
            figures |= _beside("stylegan2_pytorch", size, own, theirs)
    return figures


def _by_heart(say: Callable[[str], None], configuration: str, steps: int) -> dict[str, float]:
    from ml_engine.studies.by_heart import in_haste, learn_by_heart

    config = in_haste(configuration, steps, batch_size=BY_HEART, layers=4, widest=48, style_size=32)
    found = learn_by_heart(config, BY_HEART, 32, seed=1)
    say(f"by heart after {steps} steps: {found.right:.0%} right, {found.away:.2f} away")
    return {"by_heart_right": found.right, "by_heart_away": found.away}


@dataclass(frozen=True)
class _Timing:
    say: Callable[[str], None]
    channels: int
    times: int
    batch: int
    threads: int | None

    def ours(self, configuration: str, size: int) -> Speed:
        from ml_engine.studies.stylegan import stylegan_speed

        shape, config = self._networks(configuration, size)
        found = stylegan_speed(shape, config, self.times)
        self._say(f"ours, {configuration}", size, found)
        return found

    def theirs(
        self, name: str, peer: PeerOf, folder: Path, configuration: str, size: int
    ) -> Speed | None:
        """None, and why, where it cannot be had."""
        from ml_engine.studies.stylegan import peer_speed
        from ml_engine.studies.stylegan_peers import NoPeerError

        shape, config = self._networks(configuration, size)
        try:
            found = peer_speed(peer, folder, shape, config, self.times)
        except NoPeerError as error:
            self.say(f"left out: {error}")
            return None
        self._say(f"{name}, {configuration}", size, found)
        return found

    def _networks(self, configuration: str, size: int) -> tuple[ImageShape, StyleGanConfig]:
        """Those of our defaults; StyleGAN2 with what its authors have elsewhere."""
        preset = StyleGanConfig.presets.get(configuration, {})
        config = StyleGanConfig(
            **{**preset, "configuration": configuration, "batch_size": self.batch}
        )
        config = replace(config, threads=self.threads or config.threads)
        shape = ImageShape(size, self.channels)
        config.check_shape(shape)
        return shape, config

    def _say(self, name: str, size: int, found: Speed) -> None:
        learns, draws = found.train_images_per_s, found.sample_images_per_s
        self.say(f"{size} × {size}, {name}: learns from {learns:,.1f} images/s, draws {draws:,.1f}")


def _figures(name: str, size: int, found: Speed) -> dict[str, float]:
    return {
        f"{name}train_images_per_s.{size}": found.train_images_per_s,
        f"{name}sample_images_per_s.{size}": found.sample_images_per_s,
    }


def _beside(name: str, size: int, ours: Speed, theirs: Speed | None) -> dict[str, float]:
    if theirs is None:
        return {}
    return {
        **_figures(f"{name}_", size, theirs),
        f"{name}_ratio.{size}": ours.train_images_per_s / theirs.train_images_per_s,
        f"{name}_sample_ratio.{size}": ours.sample_images_per_s / theirs.sample_images_per_s,
    }
