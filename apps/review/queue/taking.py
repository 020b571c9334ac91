"""The statements that take a queue's next tasks, each a walk along the head of an index.

Written in SQL because the way of a walk, its bound and what it locks are the point: a
person waits for them. Whoever calls has locked the person and is in a transaction.
"""
# ruff: noqa: S608 — statements are put together from what this file names; values are bound.

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from django.db import connection

from apps.accounts.rows import RowReader
from apps.images.models import Image
from apps.review.models import ReviewSettings, ReviewTask

TASK = RowReader(
    ReviewTask,
    "task",
    [
        "id", "project_id", "image_id", "kind", "status", "expected_class_id", "round_number",
        "reason", "context", "about_id", "realism_test_id",
    ],
)  # fmt: skip
IMAGE = RowReader(Image, "image", ["id", "project_id", "file", "width", "height"])
"""As much as is told of a task that is held: twenty are read at every turn."""
OFFER = f"""{TASK.columns}, {IMAGE.columns},
    EXISTS (SELECT FROM review_remark remark WHERE remark.task_id = task.id
        AND remark.user_id = %(user)s AND remark.kind = 'bookmark' OFFSET 0)"""


class Offer(NamedTuple):
    """A task, with its image, as it is offered to a person."""

    task: ReviewTask
    is_bookmarked: bool
    """By that person."""


@dataclass(frozen=True, slots=True)
class Walk:
    """A way along the queue: the column that it follows, and in which direction."""

    column: str
    direction: str


CHANCE = "chance"
WALKS = {
    ReviewSettings.Order.SCORE.value: Walk("priority", "DESC"),
    ReviewSettings.Order.AGE.value: Walk("id", "ASC"),
    CHANCE: Walk("random_rank", "ASC"),
}
"""By `ReviewSettings.Order`, and by chance. An index carries each, with and without a class."""

WAITING = """
    task.project_id = %(project)s AND task.status = 'open' AND task.free_places > 0
    AND task.id <> ALL(%(chosen)s::bigint[])"""
# Each is looked up by task, of which there are few; by person there may be a hundred thousand.
# OFFSET 0 keeps them look-ups, and + 0 the indexes by person away: where statistics are old,
# PostgreSQL would read all that the person ever answered, for every task.
NEW_TO_THE_PERSON = """
    AND NOT EXISTS (SELECT FROM review_review answer
        WHERE answer.task_id = task.id AND answer.user_id + 0 = %(user)s
        AND answer.superseded_at IS NULL OFFSET 0)
    AND NOT EXISTS (SELECT FROM review_reservation held
        WHERE held.task_id = task.id AND held.user_id + 0 = %(user)s OFFSET 0)
    AND NOT EXISTS (SELECT FROM review_skip skip
        WHERE skip.task_id = task.id AND skip.user_id + 0 = %(user)s OFFSET 0)"""
OF_KINDS_AND_CLASSES = """
    task.kind = ANY(%(kinds)s) AND (cardinality(%(classes)s::bigint[]) = 0
        OR task.expected_class_id = ANY(%(classes)s::bigint[]))"""

HOLD = """
WITH held AS (
    INSERT INTO review_reservation (task_id, user_id, expires_at, by_chance, created_at)
    SELECT id, %(user)s, %(until)s, id = ANY(%(by_chance)s::bigint[]), now()
    FROM unnest(%(tasks)s::bigint[]) WITH ORDINALITY AS task (id, number)
    ORDER BY number
)
UPDATE review_reviewtask SET free_places = free_places - 1
WHERE id = ANY(%(tasks)s::bigint[])
"""


@dataclass(frozen=True, slots=True)
class Arm:
    """A part of the queue that is one range of an index: a kind, and perhaps an expected class."""

    kind: str
    is_of_class: bool = False
    """Whether only tasks of one expected class are meant; without a `class_id`, of none."""
    class_id: int | None = None

    @property
    def condition(self) -> str:
        """What narrows its walk, as SQL."""
        if not self.is_of_class:
            return "task.kind = arm.kind"
        if self.class_id is None:
            return "task.kind = arm.kind AND task.expected_class_id IS NULL"
        return "task.kind = arm.kind AND task.expected_class_id = arm.class_id"


@dataclass(frozen=True, slots=True)
class Queue:
    """A project's queue as one person meets it."""

    project_id: int
    user_id: int

    def take(
        self,
        arms: Sequence[Arm],
        *,
        size: int,
        order: str,
        in_turn: bool,
        reach: int,
        chosen: Collection[int],
    ) -> list[Offer]:
        """Lock the next `size` tasks, passing by what others lock.

        They come in one order for all arms or, `in_turn`, of each arm as many. Of each, `reach`
        tasks are looked at, so that fewer may be found than there are: then reach further.
        """
        walk = WALKS[order]
        candidates, values = _walks(arms, walk, reach)
        first = "turn, random()" if in_turn else f"place {walk.direction}, id"
        return self._offers(
            # One after another is locked, in that order, until there are enough.
            f"""SELECT {OFFER} FROM (
                SELECT *, row_number() OVER (
                    PARTITION BY number ORDER BY place {walk.direction}, id) AS turn
                FROM ({candidates}) candidate ORDER BY {first}
            ) next
            CROSS JOIN LATERAL (
                SELECT * FROM review_reviewtask task
                WHERE task.id = next.id AND task.status = 'open' AND task.free_places > 0
                FOR NO KEY UPDATE SKIP LOCKED
            ) task
            CROSS JOIN LATERAL (
                SELECT * FROM images_image image WHERE image.id = task.image_id OFFSET 0
            ) image
            LIMIT {size}""",
            values | {"chosen": list(chosen)},
        )

    def gold(self, *, size: int, kinds: Collection[str], class_ids: Collection[int]) -> list[Offer]:
        """Lock up to `size` gold tasks of these kinds that the person has not met, drawn at random.

        Those that others lock are passed by here, too: to wait for one while holding others
        would be the one way to wait for each other.
        """
        return self._offers(
            f"""SELECT {OFFER} FROM review_reviewtask task
            JOIN images_image image ON image.id = task.image_id
            WHERE task.project_id = %(project)s AND task.status = 'gold' AND task.free_places > 0
            AND {OF_KINDS_AND_CLASSES}
            AND task.id NOT IN (SELECT task_id FROM review_review WHERE user_id = %(user)s
                AND gold_right IS NOT NULL AND superseded_at IS NULL)
            AND task.id NOT IN (SELECT task_id FROM review_reservation WHERE user_id = %(user)s)
            AND task.id NOT IN (SELECT task_id FROM review_skip WHERE user_id = %(user)s)
            ORDER BY random() LIMIT {size} FOR NO KEY UPDATE OF task SKIP LOCKED""",
            {"kinds": list(kinds), "classes": list(class_ids)},
        )

    def hold(self, task_ids: Sequence[int], *, by_chance: Collection[int], until: datetime) -> None:
        """Hold tasks for the person, in this order; locked they are, each with a place free."""
        values = {"tasks": list(task_ids), "by_chance": list(by_chance), "until": until}
        with connection.cursor() as cursor:
            cursor.execute(HOLD, self._named(values))

    def renew(
        self, *, kinds: Collection[str], class_ids: Collection[int], until: datetime
    ) -> list[Offer]:
        """Let what the person still holds run until then. Returns it in the order of the holds."""
        rows = self._rows(
            f"""UPDATE review_reservation held SET expires_at = %(until)s
            FROM review_reviewtask task JOIN images_image image ON image.id = task.image_id
            WHERE held.user_id = %(user)s AND task.id = held.task_id
            AND task.project_id = %(project)s AND task.status IN ('open', 'gold')
            AND {OF_KINDS_AND_CLASSES}
            RETURNING held.id, {OFFER}""",
            {"kinds": list(kinds), "classes": list(class_ids), "until": until},
        )
        return [_offer(row) for _, *row in sorted(rows, key=itemgetter(0))]

    def fullest_class(self, *, kind: str, enough: int) -> int | None:
        """The expected class for a sheet of tasks: one that the person holds tasks of already,
        or else the one with most waiting, where `enough` is as good as any more.
        """
        rows = self._rows(
            f"""SELECT expected.id FROM projects_annotationclass expected
            CROSS JOIN LATERAL (SELECT count(*) FROM review_reservation held
                JOIN review_reviewtask task ON task.id = held.task_id
                WHERE held.user_id = %(user)s AND task.expected_class_id = expected.id
                AND task.kind = %(kind)s AND task.status IN ('open', 'gold')) mine
            CROSS JOIN LATERAL (SELECT count(*) FROM (SELECT FROM review_reviewtask task
                WHERE {WAITING} AND task.kind = %(kind)s AND task.expected_class_id = expected.id
                {NEW_TO_THE_PERSON} LIMIT {enough}) found) waiting
            WHERE expected.project_id = %(project)s AND mine.count + waiting.count > 0
            ORDER BY mine.count DESC, waiting.count DESC, expected.position LIMIT 1""",
            {"kind": kind, "chosen": []},
        )
        return rows[0][0] if rows else None

    def _offers(self, statement: str, values: dict[str, Any]) -> list[Offer]:
        return [_offer(row) for row in self._rows(statement, values)]

    def _rows(self, statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(statement, self._named(values))
            return list(cursor.fetchall())

    def _named(self, values: dict[str, Any]) -> dict[str, Any]:
        return values | {"project": self.project_id, "user": self.user_id}


def _offer(row: Sequence[Any]) -> Offer:
    task = TASK.read(row[: TASK.width])
    task.image = IMAGE.read(row[TASK.width : -1])
    return Offer(task, row[-1])


def _walks(arms: Sequence[Arm], walk: Walk, reach: int) -> tuple[str, dict[str, Any]]:
    """The first tasks of each arm, `reach` of them, as SQL and its values.

    The number is written as it is: PostgreSQL plans well only what it is told the length of.
    """
    parts: list[str] = []
    values: dict[str, Any] = {}
    numbered = sorted(enumerate(arms), key=_condition)
    for group, (condition, alike) in enumerate(groupby(numbered, key=_condition)):
        parts.append(
            f"""SELECT arm.number, next.id, next.place
            FROM unnest(%(numbers{group})s::int[], %(kinds{group})s::text[],
                %(classes{group})s::bigint[]) AS arm (number, kind, class_id)
            CROSS JOIN LATERAL (
                SELECT task.id, task.{walk.column} AS place FROM review_reviewtask task
                WHERE {WAITING} AND {condition} {NEW_TO_THE_PERSON}
                ORDER BY task.{walk.column} {walk.direction}, task.id LIMIT {reach}
            ) next"""
        )
        numbers, members = zip(*alike, strict=True)
        values[f"numbers{group}"] = list(numbers)
        values[f"kinds{group}"] = [arm.kind for arm in members]
        values[f"classes{group}"] = [arm.class_id for arm in members]
    return " UNION ALL ".join(parts), values


def _condition(numbered: tuple[int, Arm]) -> str:
    """What arms share that are walked along in one go."""
    return numbered[1].condition
