"""Assay's PyTorch engine: frozen configuration, paths and a seed in; files and typed events out."""

import os

# Threads that wait for one another by spinning make a shared processor several times slower;
# OpenMP reads this once, when torch is first imported.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
