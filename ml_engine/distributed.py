"""Training one network by several processes at once, each with its part of every batch.

The processes are started by torchrun. They hold the same weights: each takes its part of the same
batch, and gradients are averaged before they are descended, so that the training is that of one
process but for rounding. Statistics of batch normalisation are those of the whole batch. Only the
first process writes files and tells of events. Where there is one process, nothing here does
anything.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch import distributed as dist
from torch.distributed.nn import functional as differentiable
from torch.nn.modules.batchnorm import _BatchNorm

from ml_engine.randomness import normal

GROUP = 4
"""Neighbours in a batch that stay together, because a discriminator may compare them."""
Batch = TypeVar("Batch", Tensor, NDArray[np.float32])


@contextmanager
def processes_joined() -> Iterator[None]:
    """Join the processes that torchrun started with this one; over GPUs, take this one's."""
    if torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
        dist.init_process_group("cpu:gloo,cuda:nccl")
    else:
        dist.init_process_group("gloo")
    try:
        yield
    finally:
        dist.destroy_process_group()


def process_count() -> int:
    """How many processes train together."""
    return dist.get_world_size() if dist.is_initialized() else 1


def most_processes(batch_size: int, devices: int) -> int:
    """How many processes can share batches of this size evenly, one a device at most."""
    fitting = (count for count in range(devices, 1, -1) if batch_size % (count * GROUP) == 0)
    return next(fitting, 1)


def is_first() -> bool:
    """Whether this process writes files and tells of events."""
    return not dist.is_initialized() or dist.get_rank() == 0


def share(batch: Batch) -> Batch:
    """This process's part (B / P, …) of a batch (B, …): every P-th group of neighbours."""
    if process_count() == 1:
        return batch
    groups = batch.reshape(-1, process_count(), GROUP, *batch.shape[1:])
    return groups[:, dist.get_rank()].reshape(-1, *batch.shape[1:])


def gathered(part: Tensor) -> Tensor:
    """The whole batch (B, …) of which each process has its `share`."""
    if process_count() == 1:
        return part
    parts = [torch.empty_like(part) for _ in range(process_count())]
    dist.all_gather(parts, part.contiguous())
    groups = torch.stack([one.reshape(-1, GROUP, *part.shape[1:]) for one in parts], dim=1)
    return groups.reshape(-1, *part.shape[1:])


def shared_normal(shape: tuple[int, ...], seed: int, purpose: str, *counters: int) -> Tensor:
    """This process's part, of `shape`, of the standard normal numbers of the whole batch."""
    whole = (shape[0] * process_count(), *shape[1:])
    return share(normal(whole, seed, purpose, *counters))


def own_counters() -> tuple[int, ...]:
    """Counters that name a stream of random numbers as this process's own."""
    return (dist.get_rank(),) if process_count() > 1 else ()


def average_gradients(gradients: Sequence[Tensor]) -> None:
    """Replace gradients by their means over all processes, in place."""
    if process_count() == 1:
        return
    joined = torch.cat([gradient.flatten() for gradient in gradients])
    dist.all_reduce(joined)
    joined /= process_count()
    means = torch.split(joined, [gradient.numel() for gradient in gradients])
    for gradient, mean in zip(gradients, means, strict=True):
        gradient.copy_(mean.view(gradient.shape))


def mean_over_all(value: Tensor) -> Tensor:
    """The mean of a tensor over all processes; gradients flow through it."""
    if process_count() == 1:
        return value
    total: Tensor = differentiable.all_reduce(value)  # type: ignore[no-untyped-call]
    return total / process_count()


def means_over_all(values: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    """The mean over all processes of each scalar."""
    if process_count() == 1:
        return values
    device = next((one.device for one in values.values() if one.is_cuda), torch.device("cpu"))
    stacked = torch.stack([one.detach().to(device, torch.float32) for one in values.values()])
    return dict(zip(values, mean_over_all(stacked).unbind(), strict=True))


def agreed(flag: bool) -> bool:
    """Whether any process says so: all of them must come to this, and all get the same answer."""
    if process_count() == 1:
        return flag
    votes = torch.tensor([int(flag)])
    dist.all_reduce(votes, dist.ReduceOp.MAX)
    return bool(votes[0])


class BatchNormOverAll(_BatchNorm):
    """Batch normalisation by the statistics of the whole batch.

    Torch's own (`SyncBatchNorm`) takes GPUs only, and has no second derivative for penalties.
    """

    def _check_input_dim(self, x: Tensor) -> None:
        if x.dim() < 2:
            raise ValueError(f"Batches have at least 2 dimensions, not {x.dim()}.")

    def forward(self, x: Tensor) -> Tensor:
        """Maps (B, C, …) to maps of the same shape."""
        if not self.training:
            return super().forward(x)
        dims = [0, *range(2, x.dim())]
        shape = [1, -1, *[1] * (x.dim() - 2)]
        values = x.float()
        mean = mean_over_all(values.mean(dims))
        centred = values - mean.view(shape)
        variance = mean_over_all(centred.square().mean(dims))
        self._follow(mean, variance, values.numel() // len(mean) * process_count())
        normalised = centred * torch.rsqrt(variance + self.eps).view(shape)
        if self.affine:
            normalised = normalised * self.weight.view(shape) + self.bias.view(shape)
        return normalised.to(x.dtype)

    @torch.no_grad()
    def _follow(self, mean: Tensor, variance: Tensor, count: int) -> None:
        """Move the running statistics, the variance without its bias, as torch does."""
        if self.running_mean is None or self.running_var is None or self.momentum is None:
            return
        if self.num_batches_tracked is not None:
            self.num_batches_tracked.add_(1)
        self.running_mean.lerp_(mean, self.momentum)
        self.running_var.lerp_(variance * count / (count - 1), self.momentum)


def normalise_over_all(network: nn.Module) -> None:
    """Let the layers of batch normalisation in `network` see the whole batch."""
    if process_count() == 1:
        return
    for name, layer in list(network.named_children()):
        if not isinstance(layer, _BatchNorm):
            normalise_over_all(layer)
            continue
        wide = BatchNormOverAll(
            layer.num_features, layer.eps, layer.momentum, layer.affine, layer.track_running_stats
        )
        wide.weight, wide.bias = layer.weight, layer.bias
        wide.running_mean, wide.running_var = layer.running_mean, layer.running_var
        wide.num_batches_tracked = layer.num_batches_tracked
        wide.train(layer.training)
        setattr(network, name, wide)
