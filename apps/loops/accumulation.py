"""What was learned from stays: a round adds to what may be mixed, and replaces nothing.

Generators collapse where what they make replaces what is real, and do not where it only joins it
(Gerstgrasser et al. 2024, "Is Model Collapse Inevitable?"). Here every mix holds all annotated
real images, and draws fairly among the synthetic ones of all rounds that were let in. Only people
take an image out.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from apps.datasets.listing import entry_list
from apps.datasets.selection import Selection
from apps.images.models import Image
from apps.loops.asking import StepFailedError
from apps.loops.mixes import mix_rows
from apps.loops.models import Mix, Round
from apps.loops.recipes import Candidates
from apps.loops.services import safeguard_tell
from apps.projects.models import Project

TAKEN_BACK = "taken_back"
"""The safeguard's name in a round."""


def accumulation_check(*, round_: Round, before: Mix | None, found: Candidates) -> None:
    """See that what may be mixed now holds all that the mix in use does, but what people took out.

    Raises `StepFailedError` where something else is missing.
    """
    if before is None:
        return
    held = {row.sha256 for row in mix_rows(before)}
    missing = held - {row.sha256 for row in (*found.real, *found.synthetic)}
    lost = missing & _standing(round_.project) if missing else set()
    if lost:
        raise StepFailedError(
            f"{len(lost)} images of the mix in use are missing from version"
            f" {round_.version.number if round_.version else 0}, although nobody took them out"
            f" (the first is {min(lost)[:12]}…). A round adds to what is learned from and replaces"
            " nothing; look for what froze the version without them."
        )
    if missing:
        told = (
            f"{len(missing)} image{'' if len(missing) == 1 else 's'} of the mix in use may not be"
            " mixed any more: people judged anew."
        )
        safeguard_tell(round_=round_, name=TAKEN_BACK, sentence=told)


def _standing(project: Project) -> AbstractSet[str]:
    """Hashes of all that may be mixed at this moment."""
    return {
        entry.sha256
        for entry in entry_list(project, Selection())
        if entry.split == Image.Split.TRAIN
    }
