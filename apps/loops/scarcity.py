"""Classes with too few real images for a generator: under about thirty it learns single images.

They are augmented while the classifier trains, as all are, and people annotate more of them.
"""

from __future__ import annotations

from collections import Counter

from apps.loops.models import Round
from apps.loops.services import safeguard_tell
from apps.projects.selectors import annotation_class_list
from apps.training.learning import annotated_rows
from ml_engine.config import FAMILIES

SCARCE = "scarce_classes"
"""The safeguard's name in a round."""


def scarce_classes(round_: Round) -> set[int]:
    """Positions of the classes that the round's generator must not make; the round says which.

    None for a family that only varies real images.
    """
    # Older rounds have no such setting, and of a class without an image none can be made.
    fewest = max(1, round_.settings.get("fewest_real_per_class", 0))
    if not FAMILIES[round_.settings["generator"]].learns:
        return set()
    counts = Counter(position for _, position in annotated_rows(round_.project))
    scarce = {
        known.position: f"{known.name} ({counts[known.position]})"
        for known in annotation_class_list(round_.project)
        if counts[known.position] < fewest
    }
    if scarce:
        told = (
            f"No images were made of {', '.join(scarce.values())}: a class needs"
            f" {fewest} annotated training image{'' if fewest == 1 else 's'} before a generator"
            " makes any."
        )
        safeguard_tell(round_=round_, name=SCARCE, sentence=told)
    return set(scarce)
