"""From latents and classes to styles."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ml_engine.distributed import mean_over_all
from ml_engine.generators.stylegan.layers import Dense, unit_moment

RATE = 0.01
"""How fast the layers learn beside those of the synthesis (Karras et al. 2019, appendix C)."""
AVERAGE_DECAY = 0.998


class Mapping(nn.Module):
    """f: Z → W (Karras et al. 2019, §2), conditional on the class.

    Parameters: `embed.*` of more than one class, `fc0.*`, `fc1.*`, … Latents of length 0 leave the
    class alone, as a discriminator has it.
    """

    def __init__(
        self, latent_size: int, class_count: int, style_size: int, num_layers: int
    ) -> None:
        super().__init__()
        self.class_count = class_count if class_count > 1 else 0
        self.num_layers = num_layers
        inputs = latent_size
        if self.class_count:
            self.embed = Dense(self.class_count, style_size)
            inputs += style_size
        for number in range(num_layers):
            layer = Dense(
                inputs if number == 0 else style_size, style_size, rectifies=True, rate=RATE
            )
            self.add_module(f"fc{number}", layer)

    def styles(self, z: Tensor | None, classes: Tensor) -> Tensor:
        """Latents (B, Z) and classes (B,) to one style (B, W) each."""
        parts = [] if z is None else [unit_moment(z.float())]
        if self.class_count:
            with torch.autocast(classes.device.type, enabled=False):
                parts.append(unit_moment(self.embed(F.one_hot(classes, self.class_count).float())))
        x = torch.cat(parts, dim=1)
        for number in range(self.num_layers):
            x = self.get_submodule(f"fc{number}")(x)
        return x


class GeneratorMapping(Mapping):
    """A `Mapping` to a style for each layer, which knows the mean of its styles.

    Buffers: `w_avg` (W,).
    """

    w_avg: Tensor

    def __init__(
        self, latent_size: int, class_count: int, style_size: int, num_layers: int, num_ws: int
    ) -> None:
        super().__init__(latent_size, class_count, style_size, num_layers)
        self.num_ws = num_ws
        self.register_buffer("w_avg", torch.zeros(style_size))

    def forward(
        self, z: Tensor, classes: Tensor, truncation: float = 1.0, *, follow: bool = False
    ) -> Tensor:
        """Latents (B, Z) and classes (B,) to styles (B, num_ws, W), the same for every layer.

        `truncation` ψ pulls them to the mean style: w̄ + ψ (w - w̄) (Karras et al. 2019, appendix
        B). With `follow`, the mean moves towards that of this batch.
        """
        w = self.styles(z, classes)
        if follow:
            self.w_avg.lerp_(mean_over_all(w.detach().mean(dim=0)), 1 - AVERAGE_DECAY)
        if truncation != 1:
            w = self.w_avg.lerp(w, truncation)
        return w[:, None].expand(-1, self.num_ws, -1)
