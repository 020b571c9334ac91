"""Dawid and Skene's model: on their own data, on a crowd whose truth is known, and at its edges."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from ml_engine.truth import Answers, dawid_skene
from tests.services import ROOT

# Dawid & Skene 1979, table 1: 45 patients' fitness for anaesthesia, 1 to 4, as five observers put
# it: the first one three times, the others once.
PATIENTS = """
111 1 1 1 1;333 4 3 3 4;112 2 1 2 2;222 3 1 2 1;222 3 2 2 2;222 3 3 2 2;122 2 1 1 1;333 3 4 3 3
222 2 2 2 3;232 2 2 2 3;444 4 4 4 4;222 3 3 4 3;111 1 1 1 1;222 3 2 1 2;121 1 1 1 1;111 2 1 1 1
111 1 1 1 1;111 1 1 1 1;222 2 2 2 1;222 1 3 2 2;222 2 2 2 2;222 2 2 2 1;222 3 2 2 2;221 2 2 2 2
111 1 1 1 1;111 1 1 1 1;232 2 2 2 2;111 1 1 1 1;111 1 1 1 1;112 1 1 2 1;111 1 1 1 1;333 3 2 3 3
111 1 1 1 1;222 2 2 2 2;222 3 2 3 2;433 4 3 4 3;221 2 2 3 2;232 3 2 3 3;333 3 4 3 2;111 1 1 1 1
111 1 1 1 1;121 2 1 1 1;232 2 2 2 2;121 1 1 1 1;222 2 2 2 2
"""


def anaesthetists() -> Answers:
    rows = [
        (patient, observer, int(grade) - 1)
        for patient, grades in enumerate(PATIENTS.strip().replace("\n", ";").split(";"))
        for observer, said in enumerate(grades.split())
        for grade in said
    ]
    return Answers(*np.array(rows).T)


def crowd(seed: int, skills: list[float], tasks: int, classes: int, each: int):
    """A crowd's answers, `each` to a task, and the truth: right by skill, else any other class."""
    draws = np.random.default_rng(seed)
    truth = draws.integers(0, classes, tasks)
    people = np.concatenate([draws.choice(len(skills), each, replace=False) for _ in range(tasks)])
    which = np.repeat(np.arange(tasks), each)
    is_right = draws.random(len(which)) < np.array(skills)[people]
    wrong = (truth[which] + draws.integers(1, classes, len(which))) % classes
    return Answers(which, people, np.where(is_right, truth[which], wrong)), truth


def by_definition(answers: Answers, classes: int, turns: int) -> np.ndarray:
    """Posteriors after so many turns of the paper's equations 2.3 to 2.5, from shares of votes."""
    task_count, person_count = answers.tasks.max() + 1, answers.people.max() + 1
    said = np.zeros((task_count, person_count, classes))
    np.add.at(said, (answers.tasks, answers.people, answers.values), 1)
    posterior = said.sum(axis=1) / said.sum(axis=(1, 2))[:, None]
    for _ in range(turns):
        prevalence = posterior.mean(axis=0)
        errors = np.einsum("tj,twk->wjk", posterior, said)
        errors = errors / np.maximum(errors.sum(axis=2, keepdims=True), 1e-300)
        likelihood = np.ones((task_count, classes)) * prevalence
        for person in range(person_count):
            powers = errors[person][None] ** said[:, person, None, :]
            likelihood *= powers.prod(axis=2)
        posterior = likelihood / likelihood.sum(axis=1, keepdims=True)
    return posterior


def test_the_published_example_comes_out_as_published() -> None:
    truth = dawid_skene(anaesthetists(), 4)
    assert truth.prevalence.round(2).tolist() == [0.40, 0.42, 0.11, 0.07]


def test_it_is_what_the_papers_equations_give() -> None:
    answers = anaesthetists()
    truth = dawid_skene(answers, 4)
    np.testing.assert_allclose(
        truth.posteriors, by_definition(answers, 4, truth.iterations), atol=1e-6
    )
    np.testing.assert_allclose(truth.posteriors.sum(axis=1), 1)
    np.testing.assert_allclose(truth.confusion.sum(axis=2), 1)


@pytest.mark.parametrize("seed", range(3))
def test_it_beats_the_majority_where_people_differ(seed: int) -> None:
    answers, truth = crowd(seed, [0.95, 0.9, 0.6, 0.5, 0.4, 0.85], tasks=600, classes=5, each=3)
    found = dawid_skene(answers, 5)
    votes = np.zeros((600, 5))
    np.add.at(votes, (answers.tasks, answers.values), 1)
    majority = (votes.argmax(axis=1) == truth).mean()
    weighed = (found.posteriors.argmax(axis=1) == truth).mean()
    assert weighed > majority + 0.02
    skill = found.confusion.trace(axis1=1, axis2=2) / 5
    np.testing.assert_allclose(skill, [0.95, 0.9, 0.6, 0.5, 0.4, 0.85], atol=0.1)


def test_the_order_of_the_answers_does_not_matter() -> None:
    answers, _ = crowd(0, [0.9, 0.6, 0.6, 0.8], tasks=80, classes=3, each=3)
    shuffled = np.random.default_rng(1).permutation(len(answers.tasks))
    again = Answers(answers.tasks[shuffled], answers.people[shuffled], answers.values[shuffled])
    one, other = dawid_skene(answers, 3), dawid_skene(again, 3)
    assert (one.posteriors == other.posteriors).all()
    np.testing.assert_allclose(one.confusion, other.confusion)


def test_a_crowd_that_errs_alike_is_set_right_by_tasks_whose_truth_is_known() -> None:
    # Three of four call every 1 a 0. Left alone, the majority's mistake is taken for the truth.
    truth = np.arange(120) % 2
    people = np.tile(np.arange(4), 120)
    which = np.repeat(np.arange(120), 4)
    values = np.where(people == 3, truth[which], 0)
    answers = Answers(which, people, values)
    alone = dawid_skene(answers, 2).posteriors.argmax(axis=1)
    held = dawid_skene(answers, 2, {task: int(truth[task]) for task in range(40)})
    assert (alone == truth).mean() < 0.6
    assert (held.posteriors.argmax(axis=1) == truth).all()
    assert held.posteriors[:40].max(axis=1) == pytest.approx(1)


def test_an_answer_that_nobody_gave_has_no_probability() -> None:
    answers = Answers(np.array([0, 0, 1]), np.array([0, 1, 0]), np.array([2, 2, 0]))
    truth = dawid_skene(answers, 4, {1: 3})
    assert truth.posteriors.shape == (2, 4)
    assert truth.posteriors[:, [1, 3]].max() == 0
    assert dawid_skene(Answers(*np.zeros((3, 0), np.int64)), 4).posteriors.shape == (0, 4)


def test_answers_must_come_complete() -> None:
    with pytest.raises(ValueError, match="there are 1, 1 and 0"):
        Answers(np.array([0]), np.array([0]), np.array([], np.int64))


def test_only_the_job_that_judges_loads_what_the_model_brings_along() -> None:
    program = """
import sys
import numpy as np
from ml_engine.truth import Answers, dawid_skene
assert "crowdkit" not in sys.modules and "pandas" not in sys.modules
dawid_skene(Answers(*np.zeros((3, 1), np.int64)), 1)
assert "crowdkit" in sys.modules
print([name for name in ("torch", "transformers", "tokenizers") if name in sys.modules])
"""
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "[]"
