"""Agreement beyond chance: against published examples, other implementations and resampling."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone
from sklearn.metrics import cohen_kappa_score

from apps.projects.models import Project
from apps.review.models import Review, ReviewTask
from apps.review.people.agreement import alpha, alpha_of, kappa, pair_kappas
from tests.factories import ReviewFactory, ReviewTaskFactory, UserFactory

# Krippendorff 2011, "Computing Krippendorff's alpha-reliability", part C: four observers,
# twelve units, some not observed.
PUBLISHED = ["123321412...", "1233224125.3", ".3332342251.", "12332441251."]
UNITS = [Counter(values[unit] for values in PUBLISHED if values[unit] != ".") for unit in range(12)]


def test_the_published_example_comes_out_as_published() -> None:
    found = alpha((unit, 1) for unit in UNITS)
    assert round(found.value, 3) == 0.743
    assert found.tasks == 11, "the last unit was seen by one observer only"


def test_complete_agreement_chance_and_worse() -> None:
    assert alpha([({"a": 2}, 10), ({"b": 2}, 10)]).value == 1
    assert alpha([({"a": 1, "b": 1}, 20)]).value < 0
    draws = np.random.default_rng(0)
    random = [(Counter(draws.choice(["a", "b", "c"], 3).tolist()), 1) for _ in range(5000)]
    assert alpha(random).value == pytest.approx(0, abs=0.02)
    assert alpha([({"a": 3}, 50)]).value is None, "with one answer only, chance agrees as well"
    assert alpha([]).tasks == 0


def crowd(tasks: int, seed: int = 1) -> np.ndarray:
    """Answers (tasks, 3) of people who are right 80, 70 and 60 times of a hundred."""
    draws = np.random.default_rng(seed)
    truth = draws.integers(0, 4, tasks)[:, None]
    is_right = draws.random((tasks, 3)) < [0.8, 0.7, 0.6]
    return np.where(is_right, truth, draws.integers(0, 4, (tasks, 3)))


def units_of(answers: np.ndarray) -> list[tuple[Counter[str], int]]:
    return [(Counter(map(str, row)), 1) for row in answers.tolist()]


def test_alphas_interval_is_that_of_resampled_tasks() -> None:
    answers = crowd(200)
    found = alpha(units_of(answers))
    draws = np.random.default_rng(2)
    resampled = [alpha(units_of(answers[draws.integers(0, 200, 200)])).value for _ in range(400)]
    low, high = np.quantile(resampled, [0.025, 0.975])
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.03)


def test_where_nobody_disagreed_the_interval_says_how_few_were_asked() -> None:
    few, many = (alpha([({"a": 2}, half), ({"b": 2}, half)]) for half in (5, 500))
    assert few.value == many.value == few.high == many.high == 1
    assert few.low < 0.5
    assert 0.98 < many.low < 1
    pair = kappa({("a", "a"): 30, ("b", "b"): 30})
    assert pair.value == pair.high == 1
    assert 0.8 < pair.low < 0.95


@pytest.mark.parametrize(("one", "other"), [(0, 1), (0, 2), (1, 2)])
def test_kappa_is_scikit_learns_and_its_interval_that_of_resampled_tasks(one, other) -> None:
    answers = crowd(300)[:, [one, other]]
    found = kappa(Counter(map(tuple, answers.astype(str).tolist())))
    assert found.value == pytest.approx(cohen_kappa_score(*answers.T))
    draws = np.random.default_rng(3)
    resampled = [cohen_kappa_score(*answers[draws.integers(0, 300, 300)].T) for _ in range(300)]
    low, high = np.quantile(resampled, [0.025, 0.975])
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.03)


@pytest.mark.django_db
def test_the_database_counts_what_people_answered(project: Project) -> None:
    """The published example as reviews, with some beside it that must not count."""
    people = UserFactory.create_batch(4)
    coat = project.annotation_classes.get(name="coat")
    for unit in range(12):
        task = ReviewTaskFactory(project=project, status="done", reviews_needed=4)
        for person, values in zip(people, PUBLISHED, strict=True):
            if values[unit] != ".":
                said = {"1": "unclear", "2": "class"}.get(values[unit], values[unit])
                ReviewFactory(
                    task=task, user=person, verdict=said,
                    annotation_class=coat if said == "class" else None,
                )  # fmt: skip
        taken_back = ReviewFactory(task=task, user=people[3], superseded_at=timezone.now())
        assert taken_back.pk
    kind = ReviewTask.Kind.ANNOTATE
    gold = ReviewTaskFactory(project=project, status="gold", reviews_needed=30000)
    for person, said in zip(people[:2], ["real", "fake"], strict=True):
        ReviewFactory(task=gold, user=person, verdict=said)
    ReviewFactory(task=ReviewTaskFactory(project=project, status="done"), verdict="unclear")

    found = alpha_of(project, kind)
    assert (round(found.value, 3), found.tasks) == (0.743, 11)
    assert alpha_of(project, ReviewTask.Kind.VALIDATE).tasks == 0
    pairs = {(pair.one, pair.other): pair.kappa for pair in pair_kappas(project, kind)}
    first, second, _, fourth = (person.pk for person in people)
    assert pairs[first, second].tasks == 10, "nine units and the gold one"
    with_fourth = pairs[first, fourth]
    assert with_fourth.value == pytest.approx(
        cohen_kappa_score([*PUBLISHED[0][:9]], [*PUBLISHED[3][:9]])
    )
    values = [pair.kappa.value for pair in pair_kappas(project, kind)]
    assert values == sorted(values)

    Review.objects.update(created_at=timezone.now() - timedelta(days=40))
    assert alpha_of(project, kind, timezone.now() - timedelta(days=30)).tasks == 0
