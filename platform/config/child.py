"""Becomes another program, one that does not outlive the process that started it.

    python child.py PARENT PROGRAM [ARGUMENT …]

A script of its own: nothing may run between fork and exec in a process with threads.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Ask the kernel for a signal at the parent's death where it can give one, then exec."""
    parent, program = int(sys.argv[1]), sys.argv[2]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before the kernel was asked
            sys.exit(1)
    os.execv(program, sys.argv[2:])  # noqa: S606 — no shell is wanted


if __name__ == "__main__":
    main()
