"""How a round chose what people are asked about, and what it left out as doubtful."""

from __future__ import annotations

from apps.loops.asking import job_of, key_of
from apps.loops.models import Loop, Round

MOST_NAMES = 3
COUNTS = ("outliers", "would_ask", "mislabelled")


def scoring_doubts(round_: Round) -> dict[str, int] | None:
    """What scoring doubted: outliers of the pool, how many of these the strategy had chosen, and
    annotations. None before it is done, and where nothing was guarded."""
    job = job_of(round_, key_of(round_, "score"))
    if job is None or not round_.settings.get("guard_share") or "outliers" not in job.result:
        return None
    return {name: job.result[name] for name in COUNTS}


def choosing_sentence(round_: Round) -> str:
    """Why another strategy asked, and what was not asked about; empty where there is neither."""
    told = [round_.strategy_reason, waiting_sentence(round_), doubts_sentence(round_)]
    return " ".join(filter(None, told))


def waiting_sentence(round_: Round) -> str:
    """Why nothing was left out yet; empty where that is not so."""
    job = job_of(round_, key_of(round_, "score"))
    names = job.result.get("guard_waits_for", []) if job else []
    if not names:
        return ""
    shown = ", ".join(names[:MOST_NAMES]) + (" and others" if len(names) > MOST_NAMES else "")
    return f"No image is held for junk yet, for of {shown} too few are annotated to know it by."


def doubts_sentence(round_: Round) -> str:
    """What was left out of the questions, and what it spared; empty where nothing was."""
    doubts = scoring_doubts(round_)
    if not doubts or not doubts["outliers"]:
        return ""
    count, spared = doubts["outliers"], doubts["would_ask"]
    images = (
        "1 image of the pool hardly belongs there and was"
        if count == 1
        else (f"{count:,} images of the pool hardly belong there and were")
    )
    name = Loop.Strategy(round_.asks_by).label
    return f"{images} not asked about; {name} had chosen {spared or 'none'} of {_them(count)}."


def _them(count: int) -> str:
    return "it" if count == 1 else "them"
