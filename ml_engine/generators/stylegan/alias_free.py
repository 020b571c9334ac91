"""The synthesis networks of StyleGAN3-T and -R (Karras et al. 2021)."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ml_engine.config import ImageShape
from ml_engine.config.generators import StyleGanConfig
from ml_engine.distributed import mean_over_all
from ml_engine.generators.parts.initialisation import LEAK
from ml_engine.generators.parts.resampling import downsampled, upsampled
from ml_engine.generators.stylegan.bands import Band, bands
from ml_engine.generators.stylegan.filters import low_pass, radial_low_pass
from ml_engine.generators.stylegan.layers import GAIN, LARGEST, Dense, modulation, spread

TAPS = 6
"""Of a filter, for each time that it changes the rate."""
OVERSAMPLING = 2
"""How much finer maps are while they are rectified."""
OUTPUT_SCALE = 0.25
MAGNITUDE_IMAGES = 20_000
"""Images after which the averages of magnitudes have forgotten half."""


class FourierInput(nn.Module):
    """Maps of fixed frequencies, moved and turned as the style says (§3.1; §3.2, config H).

    Parameters: `weight` (C, C), `affine.*`. Buffers: `freqs` (C, 2) in cycles per image side,
    `phases` (C,) in cycles, `transform` (3, 3), which moves what is drawn the other way.
    """

    freqs: Tensor
    phases: Tensor
    transform: Tensor

    def __init__(self, style_size: int, band: Band) -> None:
        super().__init__()
        self.band = band
        # Uniform on the disc of the frequencies that the first layer holds.
        angle = 2 * math.pi * torch.rand(band.channels)
        radius = band.cutoff * torch.rand(band.channels).sqrt()
        self.weight = nn.Parameter(torch.randn(band.channels, band.channels))
        self.affine = Dense(style_size, 4, weight=0.0, bias=(1.0, 0.0, 0.0, 0.0))
        self.register_buffer("transform", torch.eye(3))
        self.register_buffer("freqs", radius[:, None] * torch.stack([angle.cos(), angle.sin()], 1))
        self.register_buffer("phases", torch.rand(band.channels) - 0.5)

    def forward(self, w: Tensor) -> Tensor:
        """Styles (B, W) to maps (B, C, S, S)."""
        moved = self._moves(w) @ self.transform
        phases = self.phases + (self.freqs @ moved[:, :2, 2:]).squeeze(2)
        freqs = self.freqs @ moved[:, :2, :2]
        # Stretched beyond what the rate holds, a wave fades.
        excess = freqs.norm(dim=2) - self.band.cutoff
        amplitudes = (1 - excess / (self.band.rate / 2 - self.band.cutoff)).clamp(0, 1)
        waves = (self._places() @ freqs.mT[:, None]) + phases[:, None, None]
        waves = (2 * math.pi * waves).sin() * amplitudes[:, None, None]
        maps: Tensor = waves @ (self.weight / math.sqrt(self.band.channels)).T
        return maps.permute(0, 3, 1, 2)

    def _moves(self, w: Tensor) -> Tensor:
        """The maps (B, 3, 3) from places in the image to places among the waves: first it is
        turned by (r_c, r_s), then moved by (t_x, t_y)."""
        t = self.affine(w)
        cos, sin, x, y = (t / t[:, :2].norm(dim=1, keepdim=True)).unbind(dim=1)
        zero, one = torch.zeros_like(x), torch.ones_like(x)
        turn = torch.stack([cos, -sin, zero, sin, cos, zero, zero, zero, one], 1).view(-1, 3, 3)
        move = torch.stack([one, zero, -x, zero, one, -y, zero, zero, one], 1).view(-1, 3, 3)
        return turn @ move

    def _places(self) -> Tensor:
        """Where the samples lie (S, S, 2): (x, y) from the image's middle, in image sides."""
        side = self.band.side
        at = (torch.arange(side, device=self.freqs.device) + (1 - side) / 2) / self.band.rate
        y, x = torch.meshgrid(at, at, indexing="ij")
        return torch.stack([x, y], dim=2)


class AliasFreeLayer(nn.Module):
    """A modulated convolution, and a rectifier at twice the rate between two filters (§3.2).

    Parameters: `weight` (O, I, K, K), `bias` (O,), `affine.*`. Buffers: `magnitude_ema` (),
    the mean square of what comes in (§3.1, config D); `up_filter` and `down_filter`.
    """

    magnitude_ema: Tensor
    up_filter: Tensor
    down_filter: Tensor

    def __init__(self, band_in: Band, band: Band, config: StyleGanConfig) -> None:
        super().__init__()
        self.side = 1 if config.configuration == "r" else 3
        inputs, outputs = band_in.channels, band.channels
        self.affine = Dense(config.style_size, inputs, bias=(1.0,))
        self.weight = nn.Parameter(torch.randn(outputs, inputs, self.side, self.side))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.decay = 0.5 ** (config.batch_size / MAGNITUDE_IMAGES)
        self.register_buffer("magnitude_ema", torch.ones(()))
        inner = max(band_in.rate, band.rate) * OVERSAMPLING
        self.up, self.down = inner // band_in.rate, inner // band.rate
        is_radial = config.configuration == "r" and not band.is_critical
        design = radial_low_pass if is_radial else low_pass
        up_taps, down_taps = TAPS * self.up, TAPS * self.down
        self.register_buffer(
            "up_filter", low_pass(up_taps, band_in.cutoff, 2 * band_in.half_width, inner)
        )
        self.register_buffer(
            "down_filter", design(down_taps, band.cutoff, 2 * band.half_width, inner)
        )
        # Both filters shift by half their length; samples stay where they were (appendix C).
        needed = (band.side - 1) * self.down + 1 + up_taps + down_taps - 2
        padding = needed - (band_in.side + self.side - 1) * self.up
        before = (padding + self.up) // 2
        self.padding = (before, padding - before)

    def forward(self, x: Tensor, w: Tensor, *, follow: bool = False) -> Tensor:
        """Maps (B, I, S, S) and styles (B, W) to maps (B, O, S', S')."""
        gain = magnitude_gain(x, self.magnitude_ema, self.decay, follow=follow)
        weight, scales_in, scales_out = modulation(self.weight, self.affine(w))
        y = F.conv2d(x * spread(scales_in * gain), weight, padding=self.side - 1)
        # Filters keep what aliases under their stopband, which half precision would not.
        with torch.autocast(x.device.type, enabled=False):
            y = torch.addcmul(self.bias[:, None, None], y.float(), spread(scales_out))
            y = upsampled(y, self.up_filter, self.up, self.padding, gain=self.up**2 * GAIN)
            y = F.hardtanh(F.leaky_relu_(y, LEAK), -LARGEST, LARGEST)
            return downsampled(y, self.down_filter, self.down)


class AliasFreeToImage(nn.Module):
    """Maps to colours, point by point. Parameters and buffers: those of `AliasFreeLayer` but for
    the filters."""

    magnitude_ema: Tensor

    def __init__(self, band_in: Band, band: Band, config: StyleGanConfig) -> None:
        super().__init__()
        self.affine = Dense(config.style_size, band_in.channels, bias=(1.0,))
        self.weight = nn.Parameter(torch.randn(band.channels, band_in.channels, 1, 1))
        self.bias = nn.Parameter(torch.zeros(band.channels))
        self.decay = 0.5 ** (config.batch_size / MAGNITUDE_IMAGES)
        self.register_buffer("magnitude_ema", torch.ones(()))

    def forward(self, x: Tensor, w: Tensor, *, follow: bool = False) -> Tensor:
        """Maps (B, I, H, W) and styles (B, W) to images (B, C, H, W)."""
        with torch.autocast(x.device.type, enabled=False):
            gain = magnitude_gain(x, self.magnitude_ema, self.decay, follow=follow)
            scales = self.affine(w) * (gain / math.sqrt(x.shape[1]))
            y = F.conv2d(x.float() * spread(scales), self.weight, self.bias)
            return y.clamp(-LARGEST, LARGEST)


def magnitude_gain(x: Tensor, average: Tensor, decay: float, *, follow: bool) -> Tensor:
    """What brings maps `x` to unit variance on average over the training: 1 / √E[x²].

    With `follow`, the average of x² moves towards that of these maps, in place.
    """
    if follow:
        average.lerp_(mean_over_all(x.detach().float().square().mean()), 1 - decay)
    return average.rsqrt()


class AliasFreeSynthesis(nn.Module):
    """Styles to images. Modules: `input`, and for each layer one that is named by its number, side
    and maps, such as `L0_36_512`."""

    def __init__(self, shape: ImageShape, config: StyleGanConfig) -> None:
        super().__init__()
        times = 2 if config.configuration == "r" else 1
        width, widest = times * config.width, times * config.widest
        plan = bands(shape.size, config.layers, width, widest, shape.channels)
        self.num_ws = config.layers + 2
        self.input = FourierInput(config.style_size, plan[0])
        self.layer_names = [f"L{i}_{one.side}_{one.channels}" for i, one in enumerate(plan)]
        for name, before, band in zip(self.layer_names, [plan[0], *plan], plan, strict=False):
            kind = AliasFreeToImage if band is plan[-1] else AliasFreeLayer
            self.add_module(name, kind(before, band, config))

    def forward(self, ws: Tensor, *, follow: bool = False) -> Tensor:
        """Styles (B, num_ws, W) to images (B, C, H, W), about in [-1, 1].

        With `follow`, the averages of magnitudes move towards this batch's.
        """
        first, *others = ws.unbind(dim=1)
        with torch.autocast(ws.device.type, enabled=False):
            x: Tensor = self.input(first.float())
        for name, w in zip(self.layer_names, others, strict=True):
            x = self.get_submodule(name)(x, w, follow=follow)
        return x * OUTPUT_SCALE
