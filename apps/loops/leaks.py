"""Images that would tell a round's models what they are measured on."""

from __future__ import annotations

from apps.images.splits.mending import leaks_set_apart
from apps.loops.models import Round
from apps.loops.services import safeguard_tell
from apps.review.services import image_tasks_withdraw

LEAKS = "leaks"
"""The safeguard's name in a round."""


def leaks_stop(round_: Round) -> None:
    """Set apart what nearly equals an image that measures, before anything learns from it.

    A round does so before it trains, and again before it freezes what may be mixed, for people
    upload and annotate meanwhile; it says how many there were the last time that there were any.
    """
    count = leaks_set_apart(project=round_.project, withdraw=image_tasks_withdraw)
    if count:
        told = (
            f"{count} image{'' if count == 1 else 's'} nearly equal one that measures, and"
            f" {'was' if count == 1 else 'were'} set apart: to learn from them would be to learn"
            " the answers. Restored, they join the split of what they equal."
        )
        safeguard_tell(round_=round_, name=LEAKS, sentence=told)
