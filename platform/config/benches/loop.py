"""`bench loop`: what choosing saves and what synthetic images add, on real data."""

from __future__ import annotations

import argparse
import math
import multiprocessing
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from config.benches.choosing import size_list
from config.benches.documents import document
from config.benches.loop_docs import EARLIER, arms_text, labels_text
from config.benches.loop_study import SCALES, Study, Task, dataset_of
from config.benches.studied import over_seeds
from ml_engine.config import BATCH_STRATEGIES, STRATEGIES

Say = Callable[[str], None]
CHANCE = "random"
"""The strategy that the others are compared with."""
PARTS = ("labels", "arms")
DOCUMENT = Path(__file__).parents[3] / "docs" / "results.md"


def _names(known: Sequence[str]) -> Callable[[str], list[str]]:
    def read(text: str) -> list[str]:
        asked = text.split(",")
        for name in asked:
            if name not in known:
                told = f"There is no {name!r}; there are {', '.join(known)}."
                raise argparse.ArgumentTypeError(told)
        return asked

    return read


EVERY_STRATEGY = (CHANCE, *(name for name in (*STRATEGIES, *BATCH_STRATEGIES) if name != CHANCE))
OPTIONS: dict[str, dict[str, Any]] = {
    "dataset": {"choices": list(SCALES), "default": "fashion-mnist", "help": "what is learnt"},
    "seeds": {"type": int, "default": 5, "metavar": "N", "help": "each draws everything anew"},
    "parts": {
        "type": _names(PARTS), "default": PARTS, "metavar": "A,B",
        "help": "labels: what strategies save; arms: what synthetic images add",
    },
    "strategies": {
        "type": _names(EVERY_STRATEGY), "default": EVERY_STRATEGY, "metavar": "A,B",
        "help": "these only, and random",
    },
    "annotations": {
        "type": size_list, "metavar": "A,B", "help": "numbers of annotations for the arms",
    },
    "generator": {"default": "conditional_gan", "help": "family of the arms with synthetic images"},
    "generator_steps": {"type": int, "default": 6000, "metavar": "N", "help": "as the loop's"},
    "looks": {
        "type": int, "default": 40, "metavar": "N",
        "help": "what people spend on a batch, in images that they could annotate instead",
    },
    "processes": {
        "type": int, "default": os.cpu_count() or 1, "metavar": "N", "help": "at a time",
    },
    "folder": {
        "type": Path,
        "help": "keep everything there, and go on where a study with the same options was broken"
        " off; without it everything is made anew and removed",
    },
    "only_measured": {"action": "store_true", "help": "train nothing: take what the folder holds"},
    "docs": {"action": "store_true", "help": "write the dataset's tables of docs/results.md, too"},
}  # fmt: skip


def loop(
    say: Say,
    *,
    dataset: str = "fashion-mnist",
    seeds: int = 5,
    parts: Sequence[str] = PARTS,
    strategies: Sequence[str] = EVERY_STRATEGY,
    annotations: Sequence[int] | None = None,
    generator: str = "conditional_gan",
    generator_steps: int = 6000,
    looks: int = 40,
    processes: int = 1,
    folder: Path | None = None,
    only_measured: bool = False,
    docs: bool = False,
) -> Mapping[str, float]:
    """Annotations that strategies save, and points that synthetic images add."""
    if only_measured and folder is None:
        raise RuntimeError("--only-measured takes what --folder DIR holds; name the folder.")
    with ExitStack() as stack:
        where = folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        study = Study(dataset, generator, generator_steps, looks, where)
        chosen = list(dict.fromkeys([CHANCE, *strategies])) if "labels" in parts else []
        sizes = list(annotations or study.scale.annotations) if "arms" in parts else []
        if not only_measured:
            tasks = [
                task
                for seed in range(seeds)
                for task in (
                    *(Task(study, seed, strategy=strategy) for strategy in chosen),
                    *(Task(study, seed, annotated=size) for size in sizes),
                )
            ]
            dataset_of(dataset)
            _run(tasks, processes, say)
        figures = _labels(study, chosen, range(seeds)) | _arms(study, sizes, range(seeds))
    if docs and "labels" in parts:
        document(DOCUMENT, f"{dataset}, labels", labels_text(figures, study.scale.sizes))
    if docs and "arms" in parts:
        document(DOCUMENT, f"{dataset}, arms", arms_text(figures))
    return figures


def _run(tasks: Sequence[Task], processes: int, say: Say) -> None:
    """All tasks, several at a time; a failure or an interruption ends the others."""
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(processes, mp_context=context, initializer=_one_thread)
    try:
        for done in as_completed([pool.submit(task.run) for task in tasks]):
            say(done.result())
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for child in multiprocessing.active_children():
            child.terminate()
        raise
    pool.shutdown()


def _one_thread() -> None:
    from ml_engine.studies.learning import one_thread

    one_thread()


def _labels(study: Study, strategies: Sequence[str], seeds: Sequence[int]) -> dict[str, float]:
    """Accuracies by strategy and number of annotations, and what each strategy saves."""
    from ml_engine.studies.acquisition import labels_needed, labels_ratio

    trials = {seed: study.acquisition(seed) for seed in seeds} if strategies else {}
    found = {
        strategy: {
            seed: accuracies
            for seed, trial in trials.items()
            if (accuracies := trial.recorded(strategy)) is not None
        }
        for strategy in strategies
    }
    figures: dict[str, float] = {}
    for strategy, curves in found.items():
        both = [seed for seed in curves if seed in found[CHANCE]]
        if not both:
            continue
        own = np.array([curves[seed] for seed in both])
        chance = np.array([found[CHANCE][seed] for seed in both])
        sizes = study.scale.sizes
        figures[f"label_seeds.{strategy}"] = len(both)
        for size, values in zip(sizes, own.T, strict=True):
            figures |= over_seeds(f"accuracy.{strategy}.{size}", values.tolist())
        needed = labels_needed(sizes, own.mean(axis=0), float(chance[:, -1].mean()))
        if needed is not None:
            figures[f"labels_needed.{strategy}"] = needed
        if strategy == CHANCE:
            continue
        for at, of in ((-1, strategy), (EARLIER, f"{strategy}.{sizes[EARLIER]}")):
            ratio = labels_ratio(sizes, chance, own, at)
            figures[f"labels_ratio.{of}"] = ratio.value
            if not math.isnan(ratio.low):
                figures[f"labels_ratio_low.{of}"] = ratio.low
                figures[f"labels_ratio_high.{of}"] = ratio.high
    return figures


def _arms(study: Study, sizes: Sequence[int], seeds: Sequence[int]) -> dict[str, float]:
    """Accuracies of real images alone, and the points that each arm adds, in pairs by seed."""
    from ml_engine.studies.mixing import REAL

    figures: dict[str, float] = {}
    for size in sizes:
        found = [study.mixing(size, seed).recorded() for seed in seeds]
        whole = [accuracies for accuracies in found if accuracies is not None]
        if not whole:
            continue
        figures[f"arm_seeds.{size}"] = len(whole)
        figures |= over_seeds(f"arm_accuracy.{REAL}.{size}", [one[REAL] for one in whole])
        for arm in whole[0]:
            if arm != REAL:
                gains = [100 * (one[arm] - one[REAL]) for one in whole]
                figures |= over_seeds(f"gain_points.{arm}.{size}", gains)
    return figures
