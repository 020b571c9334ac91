"""Files that would run something, fill the memory or crash whoever obeyed them."""

from __future__ import annotations

import io
import os
import pickle
import struct
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from ml_engine.conversion.stylegan import ConversionError, convert
from tests.ml_engine.conversion.published import Persistent, network, published, written

P = b"\x80\x04"
"""The beginning of format 4."""
MARK = "harm"


class Calls:
    """Calls something as soon as it is loaded."""

    def __init__(self, what: Any, *arguments: Any) -> None:
        self.call = what, arguments

    def __reduce__(self) -> Any:
        return self.call


def word(text: str) -> bytes:
    return b"\x8c" + bytes([len(text)]) + text.encode()


def named(module: str, name: str) -> bytes:
    return word(module) + word(name) + b"\x93"


def storage(content: bytes) -> bytes:
    """An array's memory that holds `content` in place of an array."""
    size = struct.pack("<I", len(content))
    return P + named("torch.storage", "_load_from_bytes") + b"B" + size + content + b"\x85R."


def array(size: tuple[int, ...], stride: tuple[int, ...], offset: int = 0) -> bytes:
    """An array of four numbers' memory that says it has this size."""
    buffer = io.BytesIO()
    memory = torch.zeros(4).__reduce_ex__(2)[1][0]
    torch.save(memory, buffer, _use_new_zipfile_serialization=False)
    content = buffer.getvalue()
    values = b"".join(pickle.dumps(value, 4)[2:-1] for value in (offset, size, stride))
    return (
        P + named("torch._utils", "_rebuild_tensor_v2") + b"("
        + named("torch.storage", "_load_from_bytes") + b"B" + struct.pack("<I", len(content))
        + content + b"\x85R" + values + b"\x89}tR."
    )  # fmt: skip


HOSTILE: dict[str, tuple[bytes, str]] = {
    "os.system in text": (b"cposix\nsystem\n(S'mkdir harm'\ntR.", "asks for posix.system"),
    "os.system": (pickle.dumps(Calls(os.system, "mkdir harm")), "asks for posix.system"),
    "eval": (pickle.dumps(Calls(eval, "__import__('os').mkdir('harm')")), "builtins.eval"),
    "exec": (pickle.dumps(Calls(exec, "import os; os.mkdir('harm')")), "builtins.exec"),
    "a process": (pickle.dumps(Calls(subprocess.Popen, "mkdir harm")), "subprocess.Popen"),
    "getattr": (P + named("builtins", "getattr") + b".", "builtins.getattr"),
    "a module by import": (P + named("builtins", "__import__") + b".", "builtins.__import__"),
    "beneath a name that is known": (
        P + named("collections", "OrderedDict.__init__.__globals__") + b".",
        "collections.OrderedDict.__init__.__globals__",
    ),
    "torch.load": (P + named("torch", "load") + b".", "torch.load"),
    "numpy's loader": (P + named("numpy", "load") + b".", "numpy.load"),
    "INST": (b"(S'mkdir harm'\niposix\nsystem\n.", "instruction INST"),
    "OBJ": (b"(cposix\nsystem\nS'mkdir harm'\no.", "asks for posix.system"),
    "OBJ of what is known": (b"(ccollections\nOrderedDict\no.", "instruction OBJ"),
    "NEWOBJ": (P + named("builtins", "bytearray") + b"\x8a\x05\0\0\0\0\1\x85\x81.", "bytearray"),
    "NEWOBJ_EX": (P + named("collections", "OrderedDict") + b")}\x92.", "instruction NEWOBJ_EX"),
    "BUILD of a dictionary": (P + b"}}" + word("__setstate__") + b"Nsb.", "changes the inside"),
    "a call of a word": (P + word("os") + b")R.", "calls os, which is nothing"),
    "an extension": (P + b"\x82\x01.", "instruction EXT1"),
    "outside by name": (b"Pharm\n.", "instruction PERSID"),
    "outside by key": (P + word("harm") + b"Q.", "outside of itself"),
    "harm in an array": (storage(pickle.dumps(Calls(os.mkdir, MARK))), "asks for posix.mkdir"),
    "an array that is text": (storage(b"hello"), "is broken or cut off"),
    "a memory bomb": (P + b"\x96" + struct.pack("<Q", 2**60) + b".", "broken or cut off"),
    "bytes that are not there": (P + b"\x8e" + struct.pack("<Q", 2**40) + b"x.", "cut off"),
    "a huge memo": (P + b"Nr\xff\xff\xff\x7f0.", "broken or cut off"),
    "an array of 10^12 numbers": (array((10**6, 10**6), (0, 0)), "lies beyond its 4 numbers"),
    "an array beyond its memory": (array((2, 2), (2, 1), 1), "lies beyond its 4 numbers"),
    "an array of steps back": (array((2,), (-1,), 3), "the steps (-1,)"),
    "an array of 65 dimensions": (array((1,) * 65, (0,) * 65), "broken or cut off"),
    "a key too deep to look at": (
        P + b"}" + b")" + b"\x85" * 200_000 + b"Ns.", "names something by a tuple",
    ),
    "a set too deep to look at": (
        P + b"\x8f(" + b")" + b"\x85" * 200_000 + b"\x90.", "names something by a tuple",
    ),
    "more taken than put down": (P + b"0.", "broken or cut off"),
    "no mark": (P + b"t.", "broken or cut off"),
    "instructions without end": (P + b"N0" * 1_600_000, "more than 3,000,000 instructions"),
    "an unknown instruction": (P + b"\xff.", "broken or cut off"),
    "no end": (P + b"N", "broken or cut off"),
    "nothing": (b"", "broken or cut off"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(64), "is not converted"),
    "another format of PyTorch": (b"PK\x03\x04" + bytes(64), "is not converted"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "told"), HOSTILE.values(), ids=HOSTILE)
def test_it_is_refused_with_a_sentence_and_nothing_of_it_happens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "net.pkl"
    path.write_bytes(content)
    with pytest.raises(ConversionError) as refusal:
        convert(path, class_count=1)
    assert told in str(refusal.value)
    assert str(refusal.value).startswith("net.pkl is not converted: ")
    assert len(str(refusal.value)) < 400
    assert list(tmp_path.iterdir()) == [path]


def test_the_source_that_comes_with_every_module_is_never_run(tmp_path: Path) -> None:
    held = published(network("t", 1))
    mark = tmp_path / MARK
    held["G_ema"].meta["module_src"] = f"import os; os.mkdir({str(mark)!r})"
    held["augment_pipe"] = Persistent("AugmentPipe", {}, f"import os; os.mkdir({str(mark)!r})")
    convert(written(tmp_path / "net.pkl", held), class_count=1)
    assert not mark.exists()


def test_wherever_a_file_was_cut_off_it_is_refused(tmp_path: Path) -> None:
    whole = written(tmp_path / "whole.pkl", published(network("t", 1))).read_bytes()
    path = tmp_path / "net.pkl"
    for end in np.linspace(1, len(whole) - 1, 25, dtype=int):
        path.write_bytes(whole[:end])
        with pytest.raises(ConversionError, match=r"net\.pkl is not converted"):
            convert(path, class_count=1)


def test_whatever_bytes_are_changed_it_is_converted_or_refused(tmp_path: Path) -> None:
    whole = written(tmp_path / "whole.pkl", published(network("t", 1), parts=("G_ema",)))
    content, draws = whole.read_bytes(), np.random.default_rng(0)
    path, refused = tmp_path / "net.pkl", 0
    for _ in range(60):
        broken = bytearray(content)
        for at in draws.integers(0, len(content), 20):
            broken[at] = int(draws.integers(256))
        path.write_bytes(bytes(broken))
        try:
            convert(path, class_count=1)
        except ConversionError:
            refused += 1
    assert refused > 10
