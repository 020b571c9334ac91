"""Layers that all networks of StyleGAN share: weights that are scaled in every pass."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrize import is_parametrized

from ml_engine.generators.parts.initialisation import LEAK
from ml_engine.generators.parts.resampling import downsampled
from ml_engine.generators.stylegan.filters import triangle

LARGEST = 256.0
"""Activations are cut at it, either way, so that half precision holds them."""
GAIN = math.sqrt(2)
"""Of a rectifier: what passes keeps its size."""


def rectified(x: Tensor, gain: float = GAIN) -> Tensor:
    """A leaky rectifier, and what keeps its size, to at most `LARGEST` for the usual gain."""
    most = LARGEST * gain / GAIN
    return F.hardtanh(F.leaky_relu(x, LEAK) * gain, -most, most)


class Dense(nn.Linear):
    """A linear layer with an equalised learning rate (Karras et al. 2018, §4.1), in float32.

    `rate` is how fast it learns beside others (λ of Karras et al. 2019, appendix C): weights and
    offset are that much larger than what it computes with. Spectrally normalised weights are not
    scaled.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        rectifies: bool = False,
        rate: float = 1.0,
        weight: float = 1.0,
        bias: tuple[float, ...] = (0.0,),
    ) -> None:
        super().__init__(inputs, outputs)
        self.rectifies, self.rate = rectifies, rate
        with torch.no_grad():
            self.weight.normal_().mul_(weight / rate)
            self.bias.copy_(torch.tensor(bias).expand(outputs) / rate)

    def forward(self, x: Tensor) -> Tensor:
        """(B, I) to (B, O)."""
        with torch.autocast(x.device.type, enabled=False):
            scale = 1.0 if is_parametrized(self) else self.rate / math.sqrt(self.in_features)
            y = F.linear(x.float(), self.weight * scale, self.bias * self.rate)
            return F.leaky_relu(y, LEAK) * GAIN if self.rectifies else y


class Conv(nn.Conv2d):
    """A convolution with an equalised learning rate, that may halve its maps first.

    Spectrally normalised weights are not scaled.
    """

    resample_filter: Tensor

    def __init__(
        self, inputs: int, outputs: int, side: int, *, halves: bool = False, rectifies: bool = True
    ) -> None:
        super().__init__(inputs, outputs, side, bias=rectifies)
        self.halves, self.rectifies = halves, rectifies
        self.register_buffer("resample_filter", triangle())
        nn.init.normal_(self.weight)
        if self.bias is not None:
            nn.init.zeros_(self.bias)

    def forward(self, x: Tensor, gain: float = 1.0) -> Tensor:
        """Maps (B, I, H, W) to (B, O, H, W), or half as high and wide; `gain` times as large."""
        fan_in = self.weight[0].numel()
        weight = self.weight * (1.0 if is_parametrized(self) else fan_in**-0.5)
        side = self.kernel_size[0]
        if not self.halves:
            y = F.conv2d(x, weight, self.bias, padding=side // 2)
        elif side == 1:
            y = F.conv2d(downsampled(x, self.resample_filter, 2, (1, 1)), weight, self.bias)
        else:
            y = F.conv2d(
                downsampled(x, self.resample_filter, 1, (2, 2)), weight, self.bias, stride=2
            )
        return rectified(y, GAIN * gain) if self.rectifies else y * gain


def unit_moment(x: Tensor) -> Tensor:
    """Features (B, D) with E[x²] = 1 over each image's."""
    return x * torch.rsqrt(x.square().mean(dim=1, keepdim=True) + 1e-8)


def modulation(weight: Tensor, styles: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Weights, scales of the inputs and scales of the outputs of a demodulated convolution.

    w'_ijk = s_i w_ijk, and w''_ijk = w'_ijk / √(Σ_ik w'_ijk² + ε) (Karras et al. 2020, §2.2, eq. 1
    and 3), where s scales the maps that come in and the root those that go out, for one convolution
    of all images rather than one for each. Weights (O, I, K, K) and styles (B, I) are brought to
    unit moment first, which the root takes back but for ε. In float32; returns (O, I, K, K), (B, I)
    and (B, O).
    """
    w = weight * torch.rsqrt(weight.square().mean(dim=(1, 2, 3), keepdim=True))
    s = styles * torch.rsqrt(styles.square().mean(dim=1, keepdim=True))
    with torch.autocast(weight.device.type, enabled=False):
        powers = s.square() @ w.square().sum(dim=(2, 3)).T
    return w, s, torch.rsqrt(powers + 1e-8)


def spread(scales: Tensor) -> Tensor:
    """Scales (B, C) over maps: (B, C, 1, 1)."""
    return scales[:, :, None, None]
