"""`bench acceptance`: batches of known quality, put to the test that the site puts them to."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from statistics import fmean, variance

from apps.review.batches.drawing import interleaved
from apps.review.batches.sequential import Outcome, Plan, Risks, fixed_plan, plan_make, risks, walk
from config.report import table

ALLOWED = (0.05, 0.1, 0.2, 0.3)
SIZES = (300, 1_000, 10_000)
CONFIDENCE = 0.95
BATCHES = 10_000
"""Good ones and bad ones, of each, in every setting."""
CLASSES = 10
AT_RANDOM, BY_CLASS = "at random", "by class"
"""From the batch as a whole, as the risks are worked out; and as the site draws, its classes in
fair turns, in batches whose defects are heaped in as few classes as hold them."""
Z_95 = 1.96
Batch = Iterable[bool]
Make = Callable[[random.Random, int, int], Batch]
HEAD = (
    "allowed", "batch", "draw", "bad certified (95%)", "exact", "good refused (95%)", "exact",
    "mean looks", "fixed plan", "ratio (95%)",
)  # fmt: skip


@dataclass(frozen=True)
class Measured:
    """What one setting came to."""

    allowed: float
    size: int
    draw: str
    certified_bad: float
    refused_good: float
    looks: float
    """Mean, over as many good batches as bad ones."""
    looks_error: float
    """Half of that mean's 95% interval."""
    fixed_looks: int
    exact: Risks
    """Of draws at random."""

    @property
    def ratio(self) -> float:
        """Mean looks ÷ looks of the fixed plan."""
        return self.looks / self.fixed_looks


def acceptance(say: Callable[[str], None]) -> Mapping[str, float]:
    """Certify and refuse simulated batches, half of them with half of the defects that are
    allowed and half with twice as many; the looks are compared with the smallest fixed plan's.

    A figure without a setting is the mean over all settings. Behind the dots stand the allowed
    percentage and the images in the batch. What is worst over all settings is exact, for the
    worst of many simulated shares says more of chance than of the test.
    """
    plain = [
        _measure(say, allowed, size, AT_RANDOM, drawn) for allowed in ALLOWED for size in SIZES
    ]
    heaped = [_measure(say, allowed, SIZES[0], BY_CLASS, drawn_by_class) for allowed in ALLOWED]
    say(table(HEAD, [_row(item) for item in plain + heaped]))
    figures = {
        "certified_bad": fmean(item.certified_bad for item in plain),
        "refused_good": fmean(item.refused_good for item in plain),
        "looks_ratio": fmean(item.ratio for item in plain),
        "certified_bad_worst": max(item.exact.certified_bad for item in plain),
        "refused_good_worst": max(item.exact.refused_good for item in plain),
        "looks_ratio_worst": max(item.ratio for item in plain),
    }
    for item in plain + heaped:
        setting = f"{item.allowed * 100:g}.{item.size}" + (".by_class" if item in heaped else "")
        figures[f"certified_bad.{setting}"] = item.certified_bad
        figures[f"refused_good.{setting}"] = item.refused_good
        figures[f"looks_ratio.{setting}"] = item.ratio
    return figures


def _measure(
    say: Callable[[str], None], allowed: float, size: int, draw: str, make: Make
) -> Measured:
    say(f"{BATCHES:,} good and bad batches of {size:,}, {allowed:.0%} allowed, {draw} …")
    plan = plan_make(size, allowed, CONFIDENCE)
    chance = random.Random(f"{allowed} {size} {draw}")  # noqa: S311 — a simulation, no secret
    refused, looks_good = _ended(plan, make, chance, plan.good, Outcome.REFUSED)
    certified, looks_bad = _ended(plan, make, chance, plan.bad, Outcome.CERTIFIED)
    return Measured(
        allowed,
        size,
        draw,
        certified_bad=certified / BATCHES,
        refused_good=refused / BATCHES,
        looks=(fmean(looks_good) + fmean(looks_bad)) / 2,
        looks_error=Z_95 * math.sqrt((variance(looks_good) + variance(looks_bad)) / BATCHES) / 2,
        fixed_looks=fixed_plan(size, allowed, CONFIDENCE).looks,
        exact=risks(plan),
    )


def _ended(
    plan: Plan, make: Make, chance: random.Random, defects: int, wrong: Outcome
) -> tuple[int, list[int]]:
    """Of batches with so many defects: how many ended wrongly, and the looks that each took."""
    ends = []
    for _ in range(BATCHES):
        *_, last = walk(plan, make(chance, plan.size, defects))
        ends.append(last)
    return sum(end.outcome is wrong for end in ends), [end.looks for end in ends]


def drawn(chance: random.Random, size: int, defects: int) -> Iterator[bool]:
    """A batch's images one by one, at random and not put back."""
    for left in range(size, 0, -1):
        is_defect = chance.random() * left < defects
        defects -= is_defect
        yield is_defect


def drawn_by_class(chance: random.Random, size: int, defects: int) -> list[bool]:
    """A batch in the order in which the site asks about it, its defects heaped in few classes."""
    images = [True] * defects + [False] * (size - defects)
    each = math.ceil(size / CLASSES)
    strata = {
        number: chance.sample(part, len(part))
        for number in range(CLASSES)
        if (part := images[number * each : (number + 1) * each])
    }
    return interleaved(strata, lambda _: chance.random(), chance.random())


def _row(item: Measured) -> tuple[str, ...]:
    return (
        f"{item.allowed:.0%}",
        f"{item.size:,}",
        item.draw,
        _share(item.certified_bad),
        f"{item.exact.certified_bad:.4f}" if item.draw == AT_RANDOM else "less",
        _share(item.refused_good),
        f"{item.exact.refused_good:.4f}" if item.draw == AT_RANDOM else "less",
        f"{item.looks:.1f}",
        f"{item.fixed_looks:,}",
        f"{item.ratio:.3f} (± {item.looks_error / item.fixed_looks:.3f})",
    )


def _share(share: float) -> str:
    """With Wilson's interval for so many batches."""
    z2 = Z_95**2
    centre = (share + z2 / (2 * BATCHES)) / (1 + z2 / BATCHES)
    spread = Z_95 * math.sqrt(share * (1 - share) / BATCHES + z2 / (4 * BATCHES**2))
    spread /= 1 + z2 / BATCHES
    return f"{share:.4f} ({max(0.0, centre - spread):.4f} to {centre + spread:.4f})"
