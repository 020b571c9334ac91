"""What a file says of its own making."""

from __future__ import annotations

from apps.images.refusals import Reason, Refuse
from ml_engine.config import TRAINED_ALGORITHMIC_MEDIA


def real_check(content: bytes) -> None:
    """Raises `Refuse` where an XMP packet says that the image was generated.

    Taken in as real it would lose its mark, and would measure what it was made from.
    """
    if TRAINED_ALGORITHMIC_MEDIA.encode() in content:
        raise Refuse(
            Reason.MARKED_SYNTHETIC,
            "Its metadata say that it was generated (IPTC trainedAlgorithmicMedia). Only real"
            " images are taken in; synthetic ones come from the project's own generators.",
        )
