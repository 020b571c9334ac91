"""Which device computes, in which precision, and how it is made repeatable."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import torch
from threadpoolctl import threadpool_limits
from torch import nn

Network = TypeVar("Network", bound=nn.Module)


def pick_device() -> torch.device:
    """The current GPU where there is one, otherwise the CPU.

    Nothing here runs at import: a process that forks later must not have initialised CUDA.
    """
    if torch.cuda.is_available():
        return torch.device("cuda", torch.cuda.current_device())
    return torch.device("cpu")


def computes_bfloat16(device: torch.device) -> bool:
    """Whether bfloat16 multiplies in hardware; emulated, it would be slower than float32."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return bool(torch.cpu._is_avx512_bf16_supported())


def mixed_precision(device: torch.device) -> torch.autocast:
    """Autocast to bfloat16 where the device has it, otherwise a context that changes nothing."""
    return torch.autocast(device.type, torch.bfloat16, enabled=computes_bfloat16(device))


@contextmanager
def repeatable(threads: int) -> Iterator[None]:
    """Compute with `threads` CPU threads and deterministic algorithms; restores what was set.

    NumPy gets as many. The number of threads decides the order of sums, so it is part of what
    repeats a run.
    """
    threads_before = torch.get_num_threads()
    deterministic_before = torch.are_deterministic_algorithms_enabled()
    warn_only_before = torch.is_deterministic_algorithms_warn_only_enabled()
    memory: Any = torch.utils.deterministic
    fill_before = memory.fill_uninitialized_memory
    benchmark_before = torch.backends.cudnn.benchmark
    # cuBLAS repeats its sums only with a fixed workspace, which it reads once, on first use.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(True, warn_only=True)
    # Filling fresh memory costs time and only helps code that reads what it never wrote.
    memory.fill_uninitialized_memory = False
    torch.backends.cudnn.benchmark = False
    try:
        with threadpool_limits(threads, user_api="blas"):
            yield
    finally:
        torch.set_num_threads(threads_before)
        torch.use_deterministic_algorithms(deterministic_before, warn_only=warn_only_before)
        memory.fill_uninitialized_memory = fill_before
        torch.backends.cudnn.benchmark = benchmark_before


def place(network: Network, device: torch.device) -> Network:
    """Move a network to `device`, its kernels channels last in memory."""
    return network.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]
