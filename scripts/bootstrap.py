"""Sets up what Assay needs, and only what has changed since the last time.

    scripts/bootstrap run    the environment, the packages, the pages
    scripts/bootstrap dev    the same, and what checks and tests need

Python's own library only: nothing is installed yet when this runs.
"""

from __future__ import annotations

import hashlib
import importlib.util
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
NODE_MODULES = ROOT / "node_modules"
PAGES = ROOT / "frontend" / "dist"

LEAST_NODE = 20
FULL_BYTES = 50_000_000
NEEDED_GIGABYTES = 3
"""Free space for a first set-up with a CPU build of torch; CUDA's takes some 6 more."""


def main() -> None:
    """Bring environment, packages and pages up to date."""
    with_tests = sys.argv[1:] == ["dev"]
    check_node()
    make_environment()
    install_python_packages(with_tests)
    install_node_packages()
    build_pages()


def check_node() -> None:
    """Node and npm are there, and new enough."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        stop(
            f"Node.js {LEAST_NODE} or newer, with npm, is needed to build the pages; install it"
            " and see that node and npm are on PATH."
        )
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    number = re.match(r"v(\d+)", version.stdout)
    if number is None or int(number[1]) < LEAST_NODE:
        stop(f"Node.js {LEAST_NODE} or newer is needed; {node} is {version.stdout.strip()}.")


def make_environment() -> None:
    """A virtual environment that works, made anew where its Python is gone."""
    python = ENVIRONMENT / "bin" / "python"
    if python.exists() and runs(python, "-m", "pip", "--version"):
        return
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        stop("Python's venv module is missing; on Debian or Ubuntu: sudo apt install python3-venv")
    free = shutil.disk_usage(ROOT).free / 1e9
    if free < NEEDED_GIGABYTES:
        stop(
            f"Only {free:.1f} GB are free on the disk of {ROOT};"
            f" the first start needs {NEEDED_GIGABYTES} GB."
        )
    shutil.rmtree(ENVIRONMENT, ignore_errors=True)
    say("Making the Python environment")
    command(sys.executable, "-m", "venv", str(ENVIRONMENT))


def install_python_packages(with_tests: bool) -> None:
    """What the requirement files pin. An environment with the tests' packages serves both."""
    files = [ROOT / "constraints.txt", ROOT / "requirements.txt"]
    present = [f"run {fingerprint(files)}"]
    if with_tests:
        files.append(ROOT / "requirements-dev.txt")
        present.append(f"dev {fingerprint(files)}")
    stamp = ENVIRONMENT / ".installed"
    if stamp.exists() and set(present) <= set(stamp.read_text().splitlines()):
        return
    say("Installing Python packages (a few minutes the first time)")
    command(
        str(ENVIRONMENT / "bin" / "python"), "-m", "pip", "install", "--quiet",
        "--disable-pip-version-check", "-r", str(files[-1]),
    )  # fmt: skip
    stamp.write_text("\n".join(present))


def install_node_packages() -> None:
    """Exactly what package-lock.json pins."""
    stamp = NODE_MODULES / ".installed"
    present = fingerprint([ROOT / "package.json", ROOT / "package-lock.json"])
    if stamp.exists() and stamp.read_text() == present:
        return
    say("Installing packages for the pages")
    command("npm", "ci", "--no-audit", "--no-fund", "--loglevel=error")
    stamp.write_text(present)


def build_pages() -> None:
    """Scripts and styles, built from the sources under frontend/."""
    stamp = PAGES / ".built"
    sources = [
        path
        for folder in ("src", "styles", "templates", "public")
        for path in (ROOT / "frontend" / folder).rglob("*")
        if path.is_file()
    ]
    configuration = [
        ROOT / name for name in ("package-lock.json", "vite.config.ts", "tsconfig.json")
    ]
    present = fingerprint([*configuration, *sources])
    if stamp.exists() and stamp.read_text() == present:
        return
    say("Building the pages")
    command("npm", "run", "--silent", "build", "--", "--logLevel", "warn")
    stamp.write_text(present)


def fingerprint(files: Iterable[Path]) -> str:
    """One hash of the names and contents of these files."""
    digest = hashlib.sha256()
    for path in sorted(files):
        if path.exists():
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            digest.update(f"{path.relative_to(ROOT)} {content}\n".encode())
    return digest.hexdigest()


def runs(*arguments: object) -> bool:
    """Whether a command ends well."""
    command_line = [str(argument) for argument in arguments]
    return subprocess.run(command_line, capture_output=True, check=False).returncode == 0


def command(*arguments: str) -> None:
    """Run a step of the set-up; where it fails, show what it said and stop."""
    result = subprocess.run(
        arguments,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if result.returncode == 0:
        return
    if shutil.disk_usage(ROOT).free < FULL_BYTES:
        stop(f"The disk of {ROOT} is full; free some space and start again.")
    print(result.stdout, file=sys.stderr)
    stop(f"`{' '.join(arguments)}` failed; the lines above say why.")


def say(text: str) -> None:
    """One line of progress."""
    print(f"assay: {text} …", flush=True)


def stop(sentence: str) -> NoReturn:
    """End in one sentence."""
    sys.exit(f"assay: {sentence}")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        stop(f"{error.strerror or error}: {error.filename or ROOT}.")
