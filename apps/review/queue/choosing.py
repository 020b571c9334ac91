"""Choosing a person's next tasks: in order, by chance, and gold ones among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from apps.review.queue.policy import Policy, mixed, share_of
from apps.review.queue.taking import CHANCE, Arm, Offer, Queue

REACHES = (1, 8)
"""How many times as many tasks as are wanted are looked at: first, and where others lock those."""
FARTHEST = 2000
"""How many are looked at, of each arm, where these were too few: more than others lock at once."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Tasks that are locked to be held, in the order in which the person will see them."""

    offers: list[Offer]
    by_chance: list[int]
    """The ids of those that were drawn at random."""


def tasks_choose(
    *, queue: Queue, policy: Policy, project_classes: Sequence[int], count: int
) -> Choice:
    """Lock the next `count` tasks by the policy, or as many as there are.

    Gold tasks come only among others, and are of kinds that are there: alone they would
    be known for what they are.
    """
    settings = policy.settings
    helping = Helping(queue, policy.arms(project_classes), settings.balance_classes)
    gold_count = share_of(count, settings.gold_share)
    by_chance = helping.take(share_of(count - gold_count, settings.random_share), CHANCE)
    ordered = helping.take(count - gold_count - len(by_chance), settings.order)
    gold: list[Offer] = []
    if gold_count and helping.task_ids:
        kinds = {offer.task.kind for offer in by_chance + ordered}
        gold = queue.gold(size=gold_count, kinds=kinds, class_ids=policy.class_ids)
    ordered += helping.take(count - len(by_chance) - len(ordered) - len(gold), settings.order)
    return Choice(mixed(ordered, by_chance + gold), [offer.task.pk for offer in by_chance])


@dataclass(slots=True)
class Helping:
    """Tasks locked so far, as more are taken."""

    queue: Queue
    arms: list[Arm]
    in_turn: bool
    """Whether the arms are taken from in turn, and not in one order for all."""
    task_ids: list[int] = field(default_factory=list)

    def take(self, count: int, order: str) -> list[Offer]:
        """Lock the next `count` tasks, or as many as there are."""
        # The control arm is drawn from all classes alike: turns would make it no random draw.
        in_turn = self.in_turn and order != CHANCE
        taken: list[Offer] = []
        sharing = len(self.arms) if in_turn else 1
        for reach in (*(-(-count * times // max(1, sharing)) for times in REACHES), FARTHEST):
            missing = count - len(taken)
            if missing < 1 or not self.arms:
                break
            found = self.queue.take(
                self.arms,
                size=missing,
                order=order,
                in_turn=in_turn,
                reach=reach,
                chosen=self.task_ids,
            )
            self.task_ids += [offer.task.pk for offer in found]
            taken += found
        return taken
