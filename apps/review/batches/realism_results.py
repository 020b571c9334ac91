"""What realism tests found: which share of fakes is taken for real, and who paid attention."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.shortcuts import get_object_or_404

from apps.accounts.models import User
from apps.images.models import Image
from apps.projects.models import Project
from apps.review.models import RealismTest, Review, ReviewTask
from apps.review.shares import Share

REAL, FAKE = Review.Verdict.REAL, Review.Verdict.FAKE
NONE = Share(0, 0)
LEAST_REALS = 8
"""So many real images a person must have seen before their attention is judged."""


@dataclass(frozen=True, slots=True)
class Looks:
    """Answers to a test: of all who took part, or of one person."""

    fooled: Share = NONE
    """Fakes that were taken for real, of the fakes looked at."""
    doubted: Share = NONE
    """Real images that were taken for fake, of the real ones looked at."""

    def __add__(self, other: Looks) -> Looks:
        return Looks(self.fooled + other.fooled, self.doubted + other.doubted)

    @property
    def errors(self) -> Share:
        """Looks that were wrong, of all: HYPE's error rate; half is what guessing gives."""
        return self.fooled + self.doubted

    @property
    def right(self) -> Share:
        """Looks that were right, of all."""
        return Share(self.errors.of - self.errors.count, self.errors.of)

    @property
    def is_inattentive(self) -> bool:
        """Whether every real image was called fake: such looks say nothing about the fakes."""
        return self.doubted.of >= LEAST_REALS and self.doubted.count == self.doubted.of


@dataclass(frozen=True, slots=True)
class RealismResult:
    """What one test found."""

    looks: Looks
    """Of everybody but those who paid no attention."""
    people: dict[str, Looks] = field(default_factory=dict)
    """By username."""
    left_out: int = 0
    """Answers by people who had judged the image before, so that they knew what it was."""

    @property
    def inattentive(self) -> list[str]:
        """Whose looks do not count: they called every real image fake."""
        return [name for name, looks in self.people.items() if looks.is_inattentive]


def realism_results(tests: Iterable[RealismTest]) -> dict[int, RealismResult]:
    """The results of tests by their ids, from the answers that stand."""
    tests = list(tests)
    judged_before = Review.objects.filter(
        task__image=OuterRef("task__image"),
        user=OuterRef("user"),
        created_at__lt=OuterRef("created_at"),
    ).exclude(task__kind=ReviewTask.Kind.REALISM)
    rows = (
        Review.objects.filter(task__realism_test__in=tests, superseded_at=None)
        .annotate(knew=Exists(judged_before))
        .values_list(
            "task__realism_test", "user__username", "task__image__origin", "verdict", "knew"
        )
        .annotate(Count("pk"))
        .order_by("user__username")
    )
    people: defaultdict[int, defaultdict[str, Looks]] = defaultdict(lambda: defaultdict(Looks))
    left_out: defaultdict[int, int] = defaultdict(int)
    for test_id, username, origin, verdict, knew, count in rows:
        if knew:
            left_out[test_id] += count
        else:
            people[test_id][username] += _looks(origin, verdict, count)
    return {
        test.pk: RealismResult(
            total(looks for looks in people[test.pk].values() if not looks.is_inattentive),
            dict(people[test.pk]),
            left_out[test.pk],
        )
        for test in tests
    }


def total(looks: Iterable[Looks]) -> Looks:
    """All of them together."""
    return sum(looks, Looks())


def _looks(origin: str, verdict: str, count: int) -> Looks:
    if origin == Image.Origin.SYNTHETIC:
        return Looks(fooled=Share(count if verdict == REAL else 0, count))
    return Looks(doubted=Share(count if verdict == FAKE else 0, count))


# --- Tests ----------------------------------------------------------------------------------
def realism_test_list(project: Project) -> QuerySet[RealismTest]:
    """The project's tests, newest first.

    Each with its `images`, the `open` ones among them, the looks that it `needed` and
    those `given`, and `looks_per_image`. Without an open image it is done.
    """
    given = Review.objects.filter(task__realism_test=OuterRef("pk"), superseded_at=None)
    counted = given.order_by().values("task__realism_test").annotate(count=Count("pk"))
    return (
        RealismTest.objects.filter(project=project)
        .select_related("created_by")
        .annotate(
            images=Count("tasks"),
            open=Count("tasks", filter=Q(tasks__status=ReviewTask.Status.OPEN)),
            needed=Coalesce(Sum("tasks__reviews_needed"), 0),
            looks_per_image=Coalesce(Max("tasks__reviews_needed"), 0),
            given=Coalesce(Subquery(counted.values("count")), 0),
        )
        .order_by("-id")
    )


def realism_test_get(project: Project, test_id: int) -> RealismTest:
    """One of them. Raises Http404."""
    return get_object_or_404(realism_test_list(project), pk=test_id)


def is_done(test: RealismTest) -> bool:
    """Whether no image of the test waits for looks."""
    return not test.tasks.filter(status=ReviewTask.Status.OPEN).exists()


def own_results(project: Project, user: User) -> list[tuple[RealismTest, Looks]]:
    """How a person did in the tests that are done, newest first; of others nothing is told yet."""
    taken = Review.objects.filter(user=user, superseded_at=None).values("task__realism_test")
    asked = ReviewTask.objects.filter(project=project, status=ReviewTask.Status.OPEN)
    waiting = asked.exclude(realism_test=None).values("realism_test")
    tests = list(realism_test_list(project).filter(pk__in=taken).exclude(pk__in=waiting))
    results = realism_results(tests)
    looks = [(test, results[test.pk].people.get(user.username)) for test in tests]
    return [(test, own) for test, own in looks if own is not None]


@dataclass(frozen=True, slots=True)
class LookedAt:
    """An image of a test, and how many took it for what."""

    image: Image
    real: int
    fake: int

    @property
    def is_mistaken(self) -> bool:
        """Whether at least half of the looks were wrong."""
        wrong = self.real if self.image.origin == Image.Origin.SYNTHETIC else self.fake
        return 2 * wrong >= self.real + self.fake


def realism_images(test: RealismTest, without: Collection[str] = ()) -> list[LookedAt]:
    """What people, but those of some usernames, took a done test's images for."""
    standing = Q(reviews__superseded_at=None) & ~Q(reviews__user__username__in=without)
    tasks = (
        test.tasks.select_related("image__annotation_class")
        .annotate(
            real=Count("reviews", filter=standing & Q(reviews__verdict=REAL)),
            fake=Count("reviews", filter=standing & Q(reviews__verdict=FAKE)),
        )
        .order_by("pk")
    )
    return [LookedAt(task.image, task.real, task.fake) for task in tasks if task.real + task.fake]
