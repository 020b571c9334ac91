"""The loops of other projects that a family is timed beside: diffusers' own."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from ml_engine.batches import to_network
from ml_engine.config import ImageShape
from ml_engine.config.generators import DiffusionConfig
from ml_engine.devices import computes_bfloat16, pick_device, repeatable
from ml_engine.generators.diffusion import UNet
from ml_engine.randomness import layer_randomness, seed_layers
from ml_engine.studies.speed import CLASS_COUNT, WARM_UP, Amounts, StepClock, noise_images


def diffusers_images_per_s(shape: ImageShape, config: DiffusionConfig, amounts: Amounts) -> float:
    """The training loop of diffusers' documentation, on the same network, batch and device.

    That is "Train a diffusion model": a `DataLoader`, `DDPMScheduler.add_noise`, the error of the
    noise, AdamW, a cut gradient, a warmed-up learning rate and, as in its script for unconditional
    training, an `EMAModel`; in bfloat16 where ours is.
    """
    device = pick_device()
    with repeatable(config.threads), layer_randomness(device):
        return config.batch_size / median(
            _timed_peer(shape, config, seed, amounts, device) for seed in range(amounts.repeats)
        )


def _timed_peer(
    shape: ImageShape, config: DiffusionConfig, seed: int, amounts: Amounts, device: torch.device
) -> float:
    from diffusers import DDPMScheduler
    from diffusers.optimization import get_cosine_schedule_with_warmup
    from diffusers.training_utils import EMAModel

    seed_layers(device, seed, "speed")
    network = UNet(shape, CLASS_COUNT, config).unet.to(device).train()
    scheduler = DDPMScheduler(num_train_timesteps=config.train_timesteps)
    optimizer = torch.optim.AdamW(network.parameters(), lr=config.learning_rate)
    steps = WARM_UP + amounts.steps + 1
    rate = get_cosine_schedule_with_warmup(optimizer, WARM_UP, steps)
    average = EMAModel(network.parameters(), decay=config.ema_decay)
    clock = StepClock(device)
    batches = _batches(shape, config, amounts)
    for _ in range(steps):
        clock()
        x_0, classes = (tensor.to(device) for tensor in batches())
        noise = torch.randn_like(x_0)
        t = torch.randint(0, config.train_timesteps, (len(x_0),), device=device)
        x_t = scheduler.add_noise(x_0, noise, t)
        with torch.autocast(device.type, torch.bfloat16, enabled=computes_bfloat16(device)):
            prediction = network(x_t, t, classes, return_dict=False)[0]
        loss = F.mse_loss(prediction.float(), noise)
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        rate.step()
        optimizer.zero_grad()
        average.step(network.parameters())
    return clock.per_step()


def _batches(
    shape: ImageShape, config: DiffusionConfig, amounts: Amounts
) -> Callable[[], tuple[Tensor, Tensor]]:
    """Endless shuffled batches, as large in each direction as our network sees them."""
    images = noise_images(shape, amounts.images)
    pixels, classes = images.take(np.arange(len(images)))
    x = F.pixel_unshuffle(to_network(pixels, torch.device("cpu")), config.patch).contiguous()
    loader = DataLoader(TensorDataset(x, classes), config.batch_size, shuffle=True, drop_last=True)
    found = iter(loader)

    def take() -> tuple[Tensor, Tensor]:
        nonlocal found
        batch = next(found, None)
        if batch is None:
            found = iter(loader)
            batch = next(found)
        return batch[0], batch[1]

    return take
