"""How each person reviews: how much, how fast, and how far they agree with what was judged.

What is told of a person's agreement is measured on tasks that several answered or a
reviewer decided: of a question that they answered alone, they would agree with themselves.
Still, their own answer is among those that were judged, so agreement with a majority
of three is a little too kind; gold answers are not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from apps.accounts.errors import Conflict
from apps.accounts.models import User
from apps.accounts.services import audit_record
from apps.projects.models import Project
from apps.projects.selectors import membership_list
from apps.review.models import Remark, Reviewer, Skip
from apps.review.people.counting import rows_of
from apps.review.shares import Share

LEAST_TIMED = 10
LEAST_JUDGED = 20
LEAST_GOLD = 10
"""With fewer answers than these, nothing is said of a person's speed, agreement and gold."""
STRETCHES_PER_HOUR = 12
"""An hour at work is so many stretches of five minutes in which a person answered."""
NOTHING = Share(0, 0)
PERIODS = {"7": "7 days", "30": "30 days", "90": "90 days", "all": "All time"}
"""In days, as they are asked for, with their words."""

# The standing answers of a period; every query goes on from here.
STANDING = """
WITH standing AS (
    SELECT review.user_id, review.created_at, review.seconds, review.by_chance, review.gold_right,
        task.kind
    FROM review_review review
    JOIN review_reviewtask task ON task.id = review.task_id
    WHERE task.project_id = %(project)s AND review.superseded_at IS NULL
        AND (%(since)s::timestamptz IS NULL OR review.created_at >= %(since)s)
        AND (%(user)s::bigint IS NULL OR review.user_id = %(user)s)
)
"""
COUNTS = """
SELECT user_id, kind, count(*), count(*) FILTER (WHERE by_chance), max(created_at),
    count(gold_right), count(*) FILTER (WHERE gold_right)
FROM standing GROUP BY 1, 2
"""
# Percentiles to a tenth of a second are counted off: quicker than sorting every answer.
SPEED = """
, timed AS (
    SELECT user_id, round(seconds * 10)::int AS tenths, count(*) AS answers
    FROM standing WHERE seconds > 0 GROUP BY 1, 2
), placed AS (
    SELECT user_id, tenths, sum(answers) OVER (PARTITION BY user_id ORDER BY tenths) AS upto,
        sum(answers) OVER (PARTITION BY user_id) AS answers
    FROM timed
)
SELECT user_id, min(tenths) FILTER (WHERE upto >= answers * 0.5) / 10.0::float,
    min(tenths) FILTER (WHERE upto >= answers * 0.9) / 10.0::float, max(answers)::int
FROM placed GROUP BY 1
"""
PACE = """
, stretches AS (
    SELECT user_id, date_bin('5 minutes', created_at, 'epoch'::timestamptz), count(*) AS answers
    FROM standing GROUP BY 1, 2
)
SELECT user_id, sum(answers)::int, count(*) FROM stretches GROUP BY 1
"""
JUDGED = """
SELECT review.user_id, count(*), count(*) FILTER (WHERE CASE task.kind
    WHEN 'annotate' THEN review.verdict = judgement.verdict
        AND review.annotation_class_id IS NOT DISTINCT FROM judgement.annotation_class_id
    ELSE (review.verdict = 'right') = (judgement.verdict = 'right') END)
FROM review_judgement judgement
JOIN review_reviewtask task ON task.id = judgement.task_id
JOIN review_review review ON review.task_id = task.id AND review.superseded_at IS NULL
WHERE task.project_id = %(project)s AND judgement.superseded_at IS NULL
    AND judgement.verdict <> '' AND (task.reviews_needed > 1 OR judgement.method = 'adjudicated')
    AND (%(since)s::timestamptz IS NULL OR review.created_at >= %(since)s)
    AND (%(user)s::bigint IS NULL OR review.user_id = %(user)s)
GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class Speed:
    """Seconds of looking at an image, to a tenth; over answers that say how long they took."""

    median: float
    p90: float
    answers: int

    @property
    def is_told(self) -> bool:
        """Whether there are enough answers to show it."""
        return self.answers >= LEAST_TIMED


@dataclass(frozen=True, slots=True)
class Pace:
    """Answers an hour at work."""

    answers: int
    stretches: int
    """Of five minutes, with an answer at least."""

    @property
    def per_hour(self) -> float:
        """As many as in twelve such stretches."""
        return self.answers / self.stretches * STRETCHES_PER_HOUR

    @property
    def is_told(self) -> bool:
        """Whether there are enough answers to show it."""
        return self.answers >= LEAST_TIMED


@dataclass(slots=True)
class Person:
    """What one person has done in a project, in a period."""

    user_id: int
    username: str
    role: str
    """Empty for who is no member any more."""
    answers: dict[str, int] = field(default_factory=dict)
    """Standing answers by kind of task."""
    by_chance: int = 0
    """Of these, to tasks drawn at random."""
    last_at: datetime | None = None
    speed: Speed | None = None
    pace: Pace | None = None
    agreement: Share = NOTHING
    gold: Share = NOTHING
    skips: dict[str, int] = field(default_factory=dict)
    """By reason."""
    flags: int = 0
    paused_at: datetime | None = None
    warned_at: datetime | None = None

    @property
    def total(self) -> int:
        """All standing answers."""
        return sum(self.answers.values())

    @property
    def chance_share(self) -> float | None:
        """The share of their answers that are the control arm's."""
        return self.by_chance / self.total if self.total else None

    @property
    def agreement_is_told(self) -> bool:
        """Whether enough of their answers were judged."""
        return self.agreement.of >= LEAST_JUDGED

    @property
    def gold_is_told(self) -> bool:
        """Whether they answered enough gold tasks."""
        return self.gold.of >= LEAST_GOLD


# --- Reading --------------------------------------------------------------------------------
def period_start(period: str) -> datetime | None:
    """When one of the `PERIODS` began; None where it has no beginning."""
    return None if period == "all" else timezone.now() - timedelta(days=int(period))


def person_list(
    project: Project, since: datetime | None = None, only: User | None = None
) -> list[Person]:
    """All members, and all others who answered, those with most answers first; or one of them."""
    bounds = {"project": project.pk, "since": since, "user": only.pk if only else None}
    counts = rows_of(STANDING + COUNTS, bounds)
    people = _people(project, {row[0] for row in counts}, only)
    for user_id, kind, answers, by_chance, last_at, gold, gold_right in counts:
        person = people[user_id]
        person.answers[kind] = answers
        person.by_chance += by_chance
        person.gold += Share(gold_right, gold)
        person.last_at = max(last_at, person.last_at or last_at)
    for user_id, median, p90, answers in rows_of(STANDING + SPEED, bounds):
        people[user_id].speed = Speed(median, p90, answers)
    for user_id, answers, stretches in rows_of(STANDING + PACE, bounds):
        people[user_id].pace = Pace(answers, stretches)
    for user_id, judged, agreed in rows_of(JUDGED, bounds):
        people[user_id].agreement = Share(agreed, judged)
    _besides(people, project, since)
    return sorted(people.values(), key=lambda person: (-person.total, person.username))


def _people(project: Project, others: set[int], only: User | None) -> dict[int, Person]:
    """Members, and others who answered, by id, with whether they may go on."""
    members = membership_list(project)
    if only is not None:
        members = members.filter(user=only)
    people = {
        member.user_id: Person(member.user_id, member.user.username, member.role)
        for member in members
    }
    for user in User.objects.filter(pk__in=others - set(people)):
        people[user.pk] = Person(user.pk, user.username, "")
    for reviewer in Reviewer.objects.filter(project=project, user__in=people):
        person = people[reviewer.user_id]
        person.paused_at, person.warned_at = reviewer.paused_at, reviewer.warned_at
    return people


def _besides(people: dict[int, Person], project: Project, since: datetime | None) -> None:
    """What people did beside answering: skips by reason, and flags."""
    of_project = Q(task__project=project, user__in=people)
    if since is not None:
        of_project &= Q(created_at__gte=since)
    words = dict(Skip.Reason.choices)
    skips = Skip.objects.filter(of_project).values_list("user_id", "reason")
    for user_id, reason, count in skips.annotate(count=Count("pk")).order_by("-count", "reason"):
        people[user_id].skips[str(words[reason])] = count
    flags = Remark.objects.filter(of_project, kind=Remark.Kind.FLAG).values_list("user_id")
    for user_id, count in flags.annotate(count=Count("pk")):
        people[user_id].flags = count


# --- Writing --------------------------------------------------------------------------------
def reviewer_resume(*, project: Project, user: User, actor: User) -> None:
    """Let a person go on whom their gold answers have paused, and count these from now on.

    It takes back a warning, too. Raises `Conflict` where they were neither.
    """
    with transaction.atomic():
        reviewer = Reviewer.objects.select_for_update().filter(project=project, user=user).first()
        if reviewer is None or not (reviewer.paused_at or reviewer.warned_at):
            raise Conflict(f"{user.username} is neither paused nor warned.")
        detail: dict[str, object] = {"person": user.username}
        for name in ("paused_at", "warned_at"):
            since = getattr(reviewer, name)
            if since:
                detail[name.removesuffix("_at")] = since.isoformat(timespec="seconds")
        reviewer.paused_at = reviewer.warned_at = None
        reviewer.gold_since = timezone.now()
        reviewer.save(update_fields=["paused_at", "warned_at", "gold_since"])
        audit_record(
            actor=actor, action="reviewer.resume", project_slug=project.slug, detail=detail
        )
