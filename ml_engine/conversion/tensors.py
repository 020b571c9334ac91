"""What published files of PyTorch hold: arrays in its older format, as NumPy arrays."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_engine.conversion.records import (
    Meanings,
    Name,
    RecordError,
    Unknown,
    plain_dict,
    plain_set,
    read_record,
)

MAGIC = 0x1950A86A20F9469CFC6C
FORMAT = 1001
KINDS = {
    "FloatStorage": "<f4", "DoubleStorage": "<f8", "HalfStorage": "<f2", "LongStorage": "<i8",
    "IntStorage": "<i4", "ShortStorage": "<i2", "CharStorage": "i1", "ByteStorage": "u1",
    "BoolStorage": "?",
}  # fmt: skip
"""The numbers of each kind of memory, as NumPy names them."""
STORAGES = frozenset(Name("torch", kind) for kind in KINDS)


@dataclass(frozen=True, slots=True)
class _Kept:
    """Memory that follows later in the file."""

    key: str
    dtype: str
    count: int


def read_storage(content: bytes) -> NDArray[Any]:
    """The numbers (N,) of one memory that was saved alone. Raises `RecordError`."""
    file = io.BytesIO(content)
    if read_record(file, {}) != MAGIC or read_record(file, {}) != FORMAT:
        raise RecordError("an array in it is not in PyTorch's older format")
    machine = read_record(file, {})
    if isinstance(machine, dict) and not machine.get("little_endian", True):
        raise RecordError("an array in it has its bytes in the other order")
    kept = read_record(file, {}, words=STORAGES, persistent=_kept)
    if not isinstance(kept, _Kept):
        raise RecordError("an array in it is not alone")
    if read_record(file, {}) != [kept.key]:
        raise RecordError("an array in it is not the one that it says it is")
    header = file.read(8)
    if len(header) < 8 or struct.unpack("<q", header)[0] != kept.count:
        raise RecordError("an array in it has another length than it says")
    numbers = file.read()
    size = np.dtype(kept.dtype).itemsize
    if len(numbers) != kept.count * size:
        raise RecordError(
            f"an array in it has {len(numbers):,} bytes, not the {kept.count * size:,} it says"
        )
    return np.frombuffer(numbers, kept.dtype)


def _kept(key: Any) -> _Kept:
    if not isinstance(key, tuple) or len(key) < 5 or key[0] != "storage" or key[1] not in STORAGES:
        raise RecordError(f"an array in it lies in {str(key)[:60]}, which is no memory")
    _, kind, name, _, count, *view = key
    if view not in ([], [None]) or not isinstance(count, int) or count < 0:
        raise RecordError("an array in it is a view of another")
    return _Kept(str(name), KINDS[kind.name], count)


def tensor(
    storage: Any, offset: int, size: tuple[int, ...], stride: tuple[int, ...], *_: Any
) -> NDArray[Any]:
    """The array of this size in a memory (N,), copied. Raises `RecordError` for one beyond it."""
    if not isinstance(storage, np.ndarray) or len(size) != len(stride):
        raise RecordError("an array in it has no memory")
    if any(not isinstance(n, int) or n < 0 for n in (offset, *size, *stride)):
        raise RecordError(f"an array in it has the size {size} and the steps {stride}")
    last = offset + sum((n - 1) * step for n, step in zip(size, stride, strict=True))
    count = int(np.prod([int(n) for n in size], dtype=object)) if size else 1
    if count and (last >= len(storage) or count > len(storage)):
        raise RecordError(
            f"an array in it of the size {size} lies beyond its {len(storage):,} numbers"
        )
    steps = tuple(step * storage.itemsize for step in stride)
    begun = storage[offset:] if count else storage[:0]
    return np.lib.stride_tricks.as_strided(begun, size, steps, writeable=False).copy()


def _ignored(module: str, name: str) -> tuple[Name, Any]:
    kind = Name(module, name)
    return kind, lambda *_: Unknown(kind)


MEANINGS: Meanings = {
    Name("torch._utils", "_rebuild_tensor_v2"): tensor,
    Name("torch._utils", "_rebuild_parameter"): lambda data, *_: data,
    Name("torch.storage", "_load_from_bytes"): read_storage,
    Name("torch", "Size"): tuple,
    Name("torch", "device"): lambda *named: ":".join(map(str, named)),
    Name("collections", "OrderedDict"): lambda items=(): plain_dict(items),
    Name("builtins", "set"): lambda items=(): plain_set(items),
    Name("__builtin__", "set"): lambda items=(): plain_set(items),
    Name("_codecs", "encode"): lambda text, _="latin1": str(text).encode("latin1"),
    **dict(
        _ignored(module, name)
        for module, name in (
            ("numpy.core.multiarray", "_reconstruct"),
            ("numpy._core.multiarray", "_reconstruct"),
            ("numpy.core.multiarray", "scalar"),
            ("numpy._core.multiarray", "scalar"),
            ("numpy", "dtype"),
        )
    ),
}
"""What arrays and their containers are made of. NumPy's own arrays are settings here, and are let
through unmade."""
WORDS = frozenset({Name("numpy", "ndarray"), *(Name("torch", f"float{n}") for n in (16, 32, 64))})
