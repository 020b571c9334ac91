"""Arrow's columns, made of their buffers.

Arrow could make them of Python's values itself, but to do so it imports pandas, which
weighs more than all that is written here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pyarrow


def blobs(kind: pyarrow.DataType, values: Sequence[bytes | None]) -> pyarrow.Array:
    """Bytes or UTF-8, as `kind` says: binary or string."""
    lengths = [len(value or b"") for value in values]
    content = b"".join(value or b"" for value in values)
    return _column(kind, _present(values), _offsets(lengths), content)


def texts(kind: pyarrow.DataType, values: Sequence[str | None]) -> pyarrow.Array:
    """Strings."""
    return blobs(kind, [None if value is None else value.encode() for value in values])


def numbers(kind: pyarrow.DataType, values: Sequence[float | None]) -> pyarrow.Array:
    """Numbers of an integer or floating type."""
    content = np.array([value or 0 for value in values], kind.to_pandas_dtype())
    return _column(kind, _present(values), content)


def lists_of_texts(kind: pyarrow.DataType, values: Sequence[Sequence[str]]) -> pyarrow.Array:
    """Lists of strings."""
    import pyarrow

    items = texts(kind.value_type, [item for value in values for item in value])
    buffers = [None, pyarrow.py_buffer(_offsets([len(value) for value in values]))]
    return pyarrow.Array.from_buffers(kind, len(values), buffers, children=[items])


def _column(kind: pyarrow.DataType, present: Sequence[bool], *buffers: Any) -> pyarrow.Array:
    import pyarrow

    validity = None if all(present) else np.packbits(present, bitorder="little")
    wrapped = [None if one is None else pyarrow.py_buffer(one) for one in (validity, *buffers)]
    return pyarrow.Array.from_buffers(kind, len(present), wrapped)


def _present(values: Sequence[Any]) -> list[bool]:
    return [value is not None for value in values]


def _offsets(lengths: Sequence[int]) -> np.ndarray[Any, np.dtype[np.int32]]:
    return np.cumsum([0, *lengths]).astype(np.int32)
