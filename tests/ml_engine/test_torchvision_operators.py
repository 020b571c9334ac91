from __future__ import annotations

import subprocess
import sys


def test_torchvision_and_timm_import_after_it():
    program = "import ml_engine.torchvision_operators, torchvision.ops, timm"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)
