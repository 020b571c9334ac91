"""Getting the demo's pictures: from wherever they can be had on this machine."""

from __future__ import annotations

import gzip
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from config import env

GARMENTS = (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
    "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)  # fmt: skip
FILES = {
    "train": ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"),
    "test": ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"),
}
DEBIAN_PACKAGE = "dataset-fashion-mnist"
DEBIAN_FOLDER = Path("usr/share/datasets/fashion-mnist")
PATIENCE = 20
"""Seconds that a silent mirror is waited for."""


@dataclass(frozen=True)
class Dataset:
    """Annotated grey pictures, in a part to learn from and one to be tested on."""

    name: str
    classes: tuple[str, ...]
    size: int
    """Side at which the networks see them."""
    mirror: bool
    """Whether a mirrored picture keeps its class."""
    train: tuple[NDArray[np.uint8], NDArray[np.int64]]
    """Pictures (N, H, W) and class positions (N,)."""
    test: tuple[NDArray[np.uint8], NDArray[np.int64]]


def cache_folder() -> Path:
    """Where downloaded datasets are kept for the next Assay on this machine."""
    return env.folder("XDG_CACHE_HOME", Path.home() / ".cache") / "assay" / "fashion-mnist"


def fashion_mnist(say: Callable[[str], None]) -> Dataset | None:
    """Fashion-MNIST (Xiao et al. 2017): from the cache, its mirrors, or Debian's package."""
    folder = cache_folder()
    for way in (_from_cache, _from_mirrors, _from_debian):
        try:
            way(folder)
            return _read(folder)
        except (OSError, RuntimeError, ValueError, subprocess.SubprocessError) as error:
            if way is not _from_cache:
                say(f"Fashion-MNIST could not be had {WAYS[way]}: {_first_line(error)}")
    return None


def digits() -> Dataset:
    """scikit-learn's bundled digits: 1,797 scans of 8 by 8 pixels."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    pictures = (bunch.images * (255 / 16)).astype(np.uint8)
    positions = bunch.target.astype(np.int64)
    order = np.random.default_rng(0).permutation(len(pictures))
    learn, test = order[:1400], order[1400:]
    return Dataset(
        name="scikit-learn's digits",
        classes=tuple(str(digit) for digit in range(10)),
        size=16,
        mirror=False,
        train=(pictures[learn], positions[learn]),
        test=(pictures[test], positions[test]),
    )


def _from_cache(folder: Path) -> None:
    _read(folder)


def _from_mirrors(folder: Path) -> None:
    from torchvision.datasets import FashionMNIST

    import ml_engine.torchvision_operators  # noqa: F401 — before torchvision's first import

    with tempfile.TemporaryDirectory() as scratch, _patience():
        for train in (True, False):
            FashionMNIST(scratch, train=train, download=True)
        _keep(Path(scratch) / "FashionMNIST" / "raw", folder)


def _from_debian(folder: Path) -> None:
    installed = Path("/") / DEBIAN_FOLDER
    if installed.is_dir():
        _keep(installed, folder)
        return
    if shutil.which("apt-get") is None:
        raise RuntimeError("this is no Debian")
    with tempfile.TemporaryDirectory() as scratch:
        _apt("download", DEBIAN_PACKAGE, folder=scratch)
        (package,) = Path(scratch).glob("*.deb")
        subprocess.run(["dpkg", "-x", str(package), scratch], check=True, capture_output=True)
        _keep(Path(scratch) / DEBIAN_FOLDER, folder)


def _apt(*arguments: str, folder: str) -> None:
    command = ["apt-get", "-q", *arguments]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if result.returncode and os.geteuid() == 0:
        subprocess.run(["apt-get", "-q", "update"], capture_output=True, check=False)
        result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if result.returncode:
        raise RuntimeError(result.stderr.strip() or "apt-get failed")


WAYS = {_from_mirrors: "from its mirrors", _from_debian: f"from Debian's {DEBIAN_PACKAGE}"}


@contextmanager
def _patience() -> Iterator[None]:
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(PATIENCE)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def _keep(source: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for names in FILES.values():
        for name in names:
            partial = folder / f".{name}.{os.getpid()}"
            shutil.copyfile(source / name, partial)
            partial.rename(folder / name)


def _read(folder: Path) -> Dataset:
    train, test = (
        (_idx(folder / pictures, 3), _idx(folder / positions, 1).astype(np.int64))
        for pictures, positions in FILES.values()
    )
    return Dataset("Fashion-MNIST", GARMENTS, 28, mirror=True, train=train, test=test)


def _idx(path: Path, dimensions: int) -> NDArray[np.uint8]:
    """An array in the IDX format of uint8. Raises ValueError where the file is something else."""
    content = gzip.decompress(path.read_bytes())
    header = 4 + 4 * dimensions
    if content[:4] != bytes([0, 0, 8, dimensions]):
        raise ValueError(f"{path} is no IDX file of {dimensions} dimensions.")
    shape = np.frombuffer(content, ">u4", dimensions, offset=4)
    if len(content) != header + int(np.prod(shape)):
        raise ValueError(f"{path} is cut short; delete it to have it fetched again.")
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape)


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
