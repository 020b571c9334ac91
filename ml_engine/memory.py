"""Memory that does not suffice: how it shows, and what is said."""

from __future__ import annotations

import gc

import torch

SIGNS = ("out of memory", "can't allocate memory", "not enough memory", "bad_alloc")
"""Words of the errors that torch's allocators raise as plain `RuntimeError`."""


class MemoryShortError(RuntimeError):
    """The memory does not suffice; the message says for what, and what to do."""


def is_memory_short(error: BaseException) -> bool:
    """Whether `error` means that the memory of a CPU or GPU did not suffice."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(sign in str(error).lower() for sign in SIGNS)


def give_memory_back() -> None:
    """Free what is no longer referred to, on the GPU as well."""
    gc.collect()
    torch.cuda.empty_cache()  # does nothing where there is no GPU
