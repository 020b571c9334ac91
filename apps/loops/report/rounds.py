"""One round's entry in a report, and what it cost: functions of rows that were read before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from apps.evaluation.realism import share_payload
from apps.loops.batches import HELD
from apps.loops.models import Decision, Loop, Mix, Round
from apps.loops.report.facts import Answered, Asked, Kind, Worked
from apps.loops.selection import RANDOM
from apps.review.shares import Share

NOTHING = Share(0, 0)
OF_SUMMARY = ("split", "image_count", "real_only", "mixed", "arms", "pool", "classes", "forecast")
"""What a round's summary knows of it that a report tells as it is."""
NOTES = ("generator_kept", "refinement", "choosing")
"""Sentences of a summary."""
KEPT_OF_DECISION = ("outcome", "candidate_ratio", "gain", "low", "high", "reason")
KEPT_OF_MIX = ("ratio", "asked_ratio", "real_count", "synthetic_count", "images_sha256", "practice")


def round_entry(
    round_: Round,
    *,
    before: Round | None,
    asked: Sequence[Asked],
    batches: Sequence[Mapping[str, Any]],
    pauses: Sequence[str],
    failures: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """What does not depend on the clock. `round_` has its decisions and their mixes at hand."""
    summary = round_.summary
    return {
        "number": round_.number,
        "seed": round_.seed,
        "step": round_.step,
        "settings_changed": _changed(round_.settings, before.settings if before else {}),
        "asked": asked_payload(asked),
        "control": control_payload(asked),
        "annotated": summary.get("annotated"),
        "annotated_more": _more(summary, before),
        "synthetic_accepted": summary.get("synthetic_accepted"),
        "ratio": summary.get("ratio"),
        "mixed_from": summary.get("mixed_from", {}),
        "seeds": len(summary.get("seeds", [])),
        "notes": _notes(round_),
        "decisions": [_decision(decision) for decision in round_.decisions.all()],
        "batches": list(batches),
        "pauses": list(pauses),
        "failures": list(failures),
        **{name: summary.get(name) for name in OF_SUMMARY},
    }


def _notes(round_: Round) -> list[str]:
    """What the round says of itself; a batch that was held back says why with the batches."""
    told = [round_.summary.get(name) for name in NOTES]
    told += [round_.safeguards[name] for name in sorted(round_.safeguards) if name != HELD]
    return [sentence for sentence in told if sentence]


def figure_of(entry: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    """The accuracy on select of `real_only` or `mixed`, with its interval; None unmeasured."""
    accuracy: dict[str, Any] | None = (entry[name] or {}).get("accuracy")
    return accuracy


def asked_payload(asked: Sequence[Asked]) -> list[dict[str, Any]]:
    """Questions by kind and reason."""
    return [
        {
            "kind": part.kind,
            "reason": part.reason,
            "asked": part.asked,
            "answered": part.answered,
            "withdrawn": part.withdrawn,
        }
        for part in asked
    ]


def control_payload(asked: Sequence[Asked]) -> dict[str, Any]:
    """What the classifier's guesses were worth, by who chose the images.

    Of images drawn at random the share that it had guessed right estimates, without bias, its
    accuracy on what was left in the pool; what it had wrong is what chance finds. The strategy's
    share of wrong ones beside it says what choosing finds beyond chance.
    """
    random, strategy = NOTHING, NOTHING
    for part in asked:
        if part.kind == Kind.ANNOTATE and part.reason == RANDOM:
            random += part.guessed
        elif part.kind == Kind.ANNOTATE and part.reason in Loop.Strategy.values:
            strategy += part.guessed
    return {
        "random_right": share_payload(random),
        "random_wrong": share_payload(_rest(random)),
        "strategy_wrong": share_payload(_rest(strategy)),
    }


def _rest(part: Share) -> Share:
    return Share(part.of - part.count, part.of)


def _changed(settings: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """All of the first round's settings; of a later one's, those unlike the round's before it."""
    return {
        name: value
        for name, value in settings.items()
        if name not in before or before[name] != value
    }


def _more(summary: Mapping[str, Any], before: Round | None) -> int | None:
    """Annotated images that may be trained on, beyond those of the round before."""
    if "annotated" not in summary:
        return None
    return int(summary["annotated"]) - int((before.summary if before else {}).get("annotated", 0))


def _decision(decision: Decision) -> dict[str, Any]:
    figures = {name: part for name, part in decision.figures.items() if name != "equal_minutes"}
    return {
        **{name: getattr(decision, name) for name in KEPT_OF_DECISION},
        "figures": figures,
        "mix": _mix(decision.mix),
    }


def _mix(mix: Mix) -> dict[str, Any]:
    return {name: getattr(mix, name) for name in KEPT_OF_MIX}


# --- What depends on the clock ---------------------------------------------------------------
def round_times(
    round_: Round, answered: Sequence[Answered], worked: Sequence[Worked]
) -> dict[str, Any]:
    """When it was, what it cost, and what else its minutes might have bought."""
    equal = (each.figures.get("equal_minutes") for each in round_.decisions.all())
    return {
        "number": round_.number,
        "started_at": round_.started_at.isoformat(timespec="seconds"),
        "finished_at": round_.finished_at and round_.finished_at.isoformat(timespec="seconds"),
        "cost": round_.summary.get("forecast_cost"),
        "equal_minutes": next(filter(None, equal), None),
        **cost_payload(answered, worked),
    }


def cost_payload(answered: Sequence[Answered], worked: Sequence[Worked]) -> dict[str, Any]:
    """Minutes of people by kind of question, and of machines by kind of job.

    People's minutes are null where no answer says how long it took.
    """
    minutes = [part.minutes for part in answered if part.minutes is not None]
    return {
        "human_minutes": sum(minutes) if minutes else None,
        "machine_minutes": sum(part.seconds for part in worked) / 60,
        "answers": [
            {
                "kind": part.kind,
                "answers": part.answers,
                "timed": part.timed,
                "minutes": part.minutes,
            }
            for part in answered
        ],
        "jobs": [
            {"kind": part.kind, "jobs": part.jobs, "minutes": part.seconds / 60} for part in worked
        ],
    }
