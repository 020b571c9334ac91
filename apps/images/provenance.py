"""What a file says of its own making."""

from __future__ import annotations

from apps.images.refusals import Reason, Refuse

TRAINED_ALGORITHMIC_MEDIA = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
"""IPTC's digital source type of what a model has generated."""


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
