"""A queue policy in plain words, for those who set it and those who work by it."""

from __future__ import annotations

import math
from collections.abc import Callable

from apps.review.models import ReviewSettings

MOST_ONE_IN = 1000


def policy_words(settings: ReviewSettings) -> list[tuple[str, list[str]]]:
    """What the settings mean, by the headings of `policy_settings.GROUPS`."""
    parts: dict[str, Callable[[ReviewSettings], list[str]]] = {
        "Holding": _holding,
        "What comes next": _order,
        "Answers": _answers,
        "Checking people": _checking,
        "Accepting batches": _accepting,
    }
    return [(heading, words(settings)) for heading, words in parts.items()]


def share_words(share: float, one: str, many: str) -> str:
    """What a share of the tasks is or has, as people say it: "One in 20 has", "7 in 100 have"."""
    one_in = round(1 / share)
    if one_in <= MOST_ONE_IN and math.isclose(share * one_in, 1, rel_tol=0.01):
        return f"One in {one_in} tasks {one}"
    return f"{share * 100:.2g} in 100 tasks {many}"


def votes_needed(people: int, least_agreement: float) -> int | None:
    """How many of so many must agree for the share to be above the least; None: not even all do."""
    needed = math.floor(people * least_agreement + 1e-9) + 1
    return needed if needed <= people else None


def _holding(settings: ReviewSettings) -> list[str]:
    return [
        f"A person holds up to {_counted(settings.reservation_size, 'task')} at once, for"
        f" {_counted(settings.reservation_minutes, 'minute')}. What they have not answered by then"
        " goes back to the others."
    ]


def _order(settings: ReviewSettings) -> list[str]:
    first = {
        ReviewSettings.Order.SCORE: "The images of which the model is least sure come first.",
        ReviewSettings.Order.AGE: "The questions that have waited longest come first.",
    }[ReviewSettings.Order(settings.order)]
    words = [first]
    if settings.random_share >= 1:
        words = ["Every task is drawn at random: nothing is asked by its score or age."]
    elif settings.random_share > 0:
        words.append(
            f"{share_words(settings.random_share, 'is', 'are')} drawn at random instead: the"
            " control that shows what the order is worth."
        )
    if settings.balance_classes:
        words.append("The expected classes take turns.")
    return words


def _answers(settings: ReviewSettings) -> list[str]:
    people = settings.reviews_per_task
    needed = votes_needed(people, settings.least_agreement)
    if people == 1:
        words = ["Each question is answered by one person, and that answer counts."]
    elif settings.truth_method == ReviewSettings.TruthMethod.MAJORITY:
        words = [
            f"Each question is answered by {people} people; the answer of most of them counts."
        ]
        if needed == people:
            words.append("A reviewer decides where they are not all of one mind.")
        elif needed:
            words.append(f"A reviewer decides where fewer than {needed} agree.")
    else:
        words = [
            f"Each question is answered by {people} people, and each is weighed by how often they"
            " confuse which classes. A reviewer decides where the probability of the best answer is"
            f" not above {settings.least_agreement:.0%}."
        ]
    if people > 1 and needed is None:
        words.append("A least agreement of 1 is never passed: a reviewer decides every question.")
    if settings.show_guess:
        words.append(
            "People see the model's guess while they annotate. They agree with it more often than"
            " they would by themselves, so its mistakes come back as annotations."
        )
    else:
        words.append("People annotate without seeing the model's guess.")
    return words


def _checking(settings: ReviewSettings) -> list[str]:
    if settings.gold_share <= 0:
        return ["No task has a known answer, so nobody is checked."]
    then = {
        ReviewSettings.GoldAction.NOTHING: "nothing happens; managers see it on the people page",
        ReviewSettings.GoldAction.WARN: "they are told, and marked for managers",
        ReviewSettings.GoldAction.PAUSE: "they are paused until a manager lets them go on",
    }[ReviewSettings.GoldAction(settings.gold_action)]
    least = math.ceil(settings.gold_window * settings.gold_floor - 1e-9)
    return [
        f"{share_words(settings.gold_share, 'has', 'have')} a known answer.",
        f"Where a person answers fewer than {least} of their last {settings.gold_window} such"
        f" tasks right ({settings.gold_floor:.0%}), {then}.",
    ]


def _accepting(settings: ReviewSettings) -> list[str]:
    allowed, wrongly = settings.allowed_defects, 1 - settings.acceptance_confidence
    return [
        f"A batch may have {_percent(allowed)} defects. People look at images drawn from it until"
        " that is decided, then no further.",
        f"A batch with {_percent(2 * allowed)} is certified, and one with {_percent(allowed / 2)}"
        f" refused, at most {_percent(wrongly)} of the time.",
    ]


def _counted(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _percent(share: float) -> str:
    return f"{share * 100:.3g}%"
