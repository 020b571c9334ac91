"""Assay's PyTorch engine: frozen configuration, paths and a seed in; files and typed events out."""

import os

# Threads that wait for one another by spinning for long make a shared processor several times
# slower, and threads that sleep at once make an idle one a third slower. OpenMP reads this once,
# when torch is first imported: GNU's takes the number of turns, others the policy.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "10000")
