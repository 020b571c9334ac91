"""Makes `import torchvision` work beside any build of torch.

torchvision's Python code registers shape functions for `nms` and `qnms`, which its compiled
extension declares. Where that extension was built for another torch (the CUDA wheel beside a
CPU-only torch), it does not load and the import fails with "operator torchvision::nms does not
exist". Declaring the two names is enough: nothing in the engine calls them.

Import this module before the first import of torchvision or timm.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import torch

_SCHEMAS = {
    "nms": "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}


def _load_extension() -> None:
    """Load torchvision's compiled operators if they fit this torch."""
    spec = find_spec("torchvision")
    if spec is None or spec.origin is None:
        return
    for library in Path(spec.origin).parent.glob("_C.*"):
        try:
            torch.ops.load_library(str(library))  # type: ignore[no-untyped-call]
        except (ImportError, OSError):
            # Built for another torch: the names are declared below instead.
            continue


def _declare_missing() -> torch.library.Library | None:
    """Declare the operators that are still unknown; the library must be kept alive."""
    missing = [name for name in _SCHEMAS if not hasattr(torch.ops.torchvision, name)]
    if not missing:
        return None
    library = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]
    for name in missing:
        library.define(_SCHEMAS[name])  # type: ignore[no-untyped-call]
    return library


_load_extension()
_library = _declare_missing()
