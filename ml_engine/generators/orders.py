"""What several processes are told to train: files that one program writes and another reads."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_engine.config import GeneratorConfig, generator_config_from_json
from ml_engine.writing import whole_file

ORDER, ARRAYS = "order.json", "order.npz"


@dataclass(frozen=True)
class Judge:
    """A classifier's checkpoint, and the real images beside which it sees health."""

    folder: Path
    network: str
    """What it is, for people."""
    rows: NDArray[np.int64]
    classes: NDArray[np.int64]


@dataclass(frozen=True)
class Order:
    """The arguments of `train_generator`, as files can hold them."""

    pack: Path
    rows: NDArray[np.int64]
    targets: NDArray[np.int64]
    class_count: int
    config: GeneratorConfig
    seed: int
    folder: Path
    warm_start: Path | None
    class_names: tuple[str, ...]
    judge: Judge | None

    def write(self, folder: Path) -> None:
        """Write to `folder`; raises `DiskFullError`."""
        judge = self.judge
        arrays = {"rows": self.rows, "targets": self.targets}
        if judge:
            arrays |= {"judge_rows": judge.rows, "judge_classes": judge.classes}
        facts = {
            "pack": str(self.pack.absolute()), "class_count": self.class_count,
            "config": self.config.to_json(), "seed": self.seed,
            "folder": str(self.folder.absolute()),
            "warm_start": self.warm_start and str(self.warm_start.absolute()),
            "class_names": list(self.class_names),
            "judge": judge and {"folder": str(judge.folder.absolute()), "network": judge.network},
        }  # fmt: skip
        with whole_file(folder / ARRAYS) as path, path.open("wb") as file:
            np.savez(file, allow_pickle=False, **arrays)
        with whole_file(folder / ORDER) as path:
            path.write_text(json.dumps(facts))


def read_order(folder: Path) -> Order:
    """The order in `folder`; raises `OSError`, `ValueError` or `KeyError` where there is none."""
    facts: dict[str, Any] = json.loads((folder / ORDER).read_text())
    with np.load(folder / ARRAYS, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    told = facts["judge"]
    judge = told and Judge(
        Path(told["folder"]), told["network"], arrays["judge_rows"], arrays["judge_classes"]
    )
    return Order(
        pack=Path(facts["pack"]),
        rows=arrays["rows"],
        targets=arrays["targets"],
        class_count=facts["class_count"],
        config=generator_config_from_json(facts["config"]),
        seed=facts["seed"],
        folder=Path(facts["folder"]),
        warm_start=None if facts["warm_start"] is None else Path(facts["warm_start"]),
        class_names=tuple(facts["class_names"]),
        judge=judge,
    )
