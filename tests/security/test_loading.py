"""Nothing that is read back can run: no pickles, neither ours nor anybody else's."""

from __future__ import annotations

import ast
import os
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.conf import settings

from config.celery import app

ROOT = Path(__file__).resolve().parent.parent.parent
RUNNING = {
    "pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve", "torch.load",
    "torch.hub.load", "yaml.load", "yaml.unsafe_load", "pandas.read_pickle", "numpy.load.pickle",
    "eval", "exec", "compile", "os.system", "os.popen", "torch.jit.load",
}  # fmt: skip


def test_no_code_of_ours_loads_what_can_run() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line} {name}"
        for folder in ("apps", "ml_engine", "platform")
        for path in (ROOT / folder).rglob("*.py")
        for line, name in _used(path)
        if name in RUNNING
    ]
    assert found == []


def _used(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, node.module or ""
        elif isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            yield node.lineno, name
            pickles = [word for word in node.keywords if word.arg == "allow_pickle"]
            if pickles and ast.unparse(pickles[0].value) != "False":
                yield node.lineno, "pickle"


class Harm:
    """What a pickle does as soon as it is loaded."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.mark),)


def test_a_pickle_in_a_checkpoints_place_is_refused_and_not_run(tmp_path: Path) -> None:
    from ml_engine.checkpoints import CheckpointError, load_checkpoint, save_checkpoint

    mark, folder = tmp_path / "it ran", tmp_path / "checkpoint"
    save_checkpoint(folder, {}, {"kind": "classifier"})
    for name in ("weights.safetensors", "metadata.json"):
        whole = (folder / name).read_bytes()
        (folder / name).write_bytes(pickle.dumps(Harm(mark)))
        with pytest.raises(CheckpointError):
            load_checkpoint(folder)
        (folder / name).write_bytes(whole)
    assert not mark.exists()


def test_a_pickle_in_a_packs_place_is_refused_and_not_run(tmp_path: Path) -> None:
    from PIL import Image

    from ml_engine.config import ImageShape
    from ml_engine.packs import PackError, open_pack, write_pack

    mark = tmp_path / "it ran"
    picture = Image.new("L", (28, 28))
    pack = write_pack(tmp_path / "pack", ImageShape(28, 1), [("a", lambda: picture)], 1)
    np.save(pack.path / "images.npy", np.array([Harm(mark)], object), allow_pickle=True)
    with pytest.raises(PackError, match="damaged"):
        open_pack(pack.path)
    assert not mark.exists()


def test_neither_the_queue_nor_sessions_carry_pickles() -> None:
    assert set(app.conf.accept_content) == {"json"}
    assert app.conf.task_serializer == "json"
    assert settings.SESSION_SERIALIZER.endswith("JSONSerializer")
